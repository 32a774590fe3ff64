/** What every cell of a benchmark shares: how long, with which input sizes, threads and seed. */
import { NumberInput, SegmentedControl } from '@mantine/core';
import { freeDimensionsOf, type FreeDimension } from '../../../../engine/data/free-dimensions';
import type { MeasuringBudget } from '../../../../engine/metrics/cell';
import { setBudget, setFreeDimension, setSeed, setThreads } from '../../../state/measurement-actions';
import { useJob, useWorkspace } from '../../../state/use-stores';
import { Term } from '../../components/Term';
import classes from './BenchmarkSettings.module.css';
import { budgets } from './matrix-model';

export function BenchmarkSettings() {
  const busy = useJob((state) => state.job !== null);
  const inputs = useWorkspace((state) => state.original?.inspection.inputs ?? null);
  const dimensions = inputs === null ? [] : freeDimensionsOf(inputs);
  return (
    <fieldset className={classes.settings} disabled={busy}>
      <legend className="visually-hidden">Settings</legend>
      <BudgetField />
      {dimensions.map((dimension) => (
        <DimensionField key={dimension.key} dimension={dimension} />
      ))}
      <ThreadsField />
      <SeedField />
    </fieldset>
  );
}

function BudgetField() {
  const budget = useWorkspace((state) => state.budget);
  const explanation = budgets.find(({ value }) => value === budget)?.explanation;
  return (
    <div className={classes.field}>
      <span className={classes.label} id="benchmark-budget">
        <Term name="Budget" />
      </span>
      <SegmentedControl
        aria-labelledby="benchmark-budget"
        data={budgets.map(({ value, label }) => ({ value, label }))}
        value={budget}
        onChange={(value) => setBudget(value as MeasuringBudget)}
      />
      <span className={classes.note}>{explanation}</span>
    </div>
  );
}

function DimensionField({ dimension }: { readonly dimension: FreeDimension }) {
  const size = useWorkspace((state) => state.freeDimensions[dimension.key]);
  const places = dimension.places.map(({ input, axis }) => `${input}, axis ${axis}`).join('; ');
  return (
    <div className={classes.field} title={places}>
      <span className={classes.label}>
        <Term name="Free dimension">{dimension.key}</Term>
      </span>
      <NumberInput
        aria-label={`Size of ${dimension.key} (${places})`}
        value={size ?? dimension.suggested}
        onChange={(value) => {
          if (typeof value === 'number' && Number.isInteger(value) && value >= 1)
            setFreeDimension(dimension.key, value);
        }}
        min={1}
        max={1_000_000}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="blur"
        w={112}
      />
      <span className={classes.note}>
        {size === undefined || size === dimension.suggested ? dimension.why : 'Your choice.'}
      </span>
    </div>
  );
}

function ThreadsField() {
  const device = useWorkspace((state) => state.device);
  const threads = useWorkspace((state) => state.threads);
  if (device === null) return null;
  const most = device.crossOriginIsolated ? device.cores : 1;
  return (
    <div className={classes.field}>
      <span className={classes.label}>
        <Term name="Threads" />
      </span>
      <NumberInput
        aria-label="Threads"
        value={threads ?? device.threads}
        onChange={(value) => {
          if (typeof value === 'number' && value >= 1 && value <= most)
            setThreads(value === device.threads ? null : value);
        }}
        min={1}
        max={most}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="blur"
        disabled={most === 1}
        w={88}
      />
      <span className={classes.note}>
        {most === 1 && !device.crossOriginIsolated ? 'One only: the page is not isolated.' : `of ${most}, WASM only`}
      </span>
    </div>
  );
}

function SeedField() {
  const seed = useWorkspace((state) => state.seed);
  return (
    <div className={classes.field}>
      <span className={classes.label}>
        <Term name="Seed" />
      </span>
      <NumberInput
        aria-label="Seed of the synthetic inputs"
        value={seed}
        onChange={(value) => {
          if (typeof value === 'number' && Number.isInteger(value) && value >= 0) setSeed(value);
        }}
        min={0}
        max={0xffffffff}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="blur"
        w={88}
      />
      <span className={classes.note}>of the synthetic inputs</span>
    </div>
  );
}
