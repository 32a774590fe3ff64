/** What every cell of a benchmark shares: how long, with which input sizes, threads and seed. */
import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { freeDimensionsOf, type FreeDimension } from '../../../../engine/data/free-dimensions';
import type { MeasuringBudget } from '../../../../engine/metrics/cell';
import { mostThreads, setBudget, setFreeDimension, setSeed, setThreads } from '../../../state/measurement-actions';
import { useJob, useWorkspace } from '../../../state/use-stores';
import { Term } from '../../components/Term';
import { WholeNumberInput } from '../../components/WholeNumberInput';
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

interface WholeNumberFieldProps {
  readonly label: ReactNode;
  /** For assistive technology, which is not given the label. */
  readonly name: string;
  readonly title?: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
  readonly width?: number;
  readonly note: ReactNode;
}

function WholeNumberField({
  label,
  name,
  title,
  value,
  least,
  most,
  onChange,
  width = 88,
  note,
}: WholeNumberFieldProps) {
  return (
    <div className={classes.field} title={title}>
      <span className={classes.label}>{label}</span>
      <WholeNumberInput
        aria-label={name}
        value={value}
        least={least}
        most={most}
        onChange={onChange}
        disabled={least === most}
        w={width}
      />
      <span className={classes.note}>{note}</span>
    </div>
  );
}

function DimensionField({ dimension }: { readonly dimension: FreeDimension }) {
  const size = useWorkspace((state) => state.freeDimensions[dimension.key]);
  const places = dimension.places.map(({ input, axis }) => `${input}, axis ${axis}`).join('; ');
  return (
    <WholeNumberField
      label={<Term name="Free dimension">{dimension.key}</Term>}
      name={`Size of ${dimension.key} (${places})`}
      title={places}
      value={size ?? dimension.suggested}
      least={1}
      most={1_000_000}
      onChange={(value) => setFreeDimension(dimension.key, value)}
      width={112}
      note={size === undefined || size === dimension.suggested ? dimension.why : 'Your choice.'}
    />
  );
}

function ThreadsField() {
  const device = useWorkspace((state) => state.device);
  const threads = useWorkspace((state) => state.threads);
  if (device === null) return null;
  const most = mostThreads(device);
  return (
    <WholeNumberField
      label={<Term name="Threads" />}
      name="Threads"
      value={threads ?? device.threads}
      least={1}
      most={most}
      onChange={(value) => setThreads(value === device.threads ? null : value)}
      note={device.crossOriginIsolated ? `of ${most}, WASM only` : 'One only: the page is not isolated.'}
    />
  );
}

function SeedField() {
  const seed = useWorkspace((state) => state.seed);
  return (
    <WholeNumberField
      label={<Term name="Seed" />}
      name="Seed of the synthetic inputs"
      value={seed}
      least={0}
      most={0xffffffff}
      onChange={setSeed}
      note={
        <>
          of the <Term name="Synthetic input">synthetic inputs</Term>
        </>
      }
    />
  );
}
