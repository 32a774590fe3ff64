/** Settings that every cell of a benchmark shares: duration, input sizes, threads and seed. */
import { Fieldset, Group, SegmentedControl } from '@mantine/core';
import type { Device, MeasuringBudget } from '../../../../engine/metrics/cell';
import { largestSeed } from '../../../../engine/seeded-random';
import { mostThreads, setBudget, setSeed, setThreads } from '../../../state/workspace/measurement-actions';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { DimensionFields } from '../../components/DimensionFields';
import { CaptionedField } from '../../components/CaptionedField';
import { Term } from '../../components/Term';
import { WholeNumberField } from '../../components/WholeNumberField';
import screen from '../../components/Screen.module.css';
import { budgets } from './matrix-model';

export function BenchmarkSettings() {
  const busy = useJob((state) => hasJob(state, 'benchmark'));
  return (
    <Fieldset variant="unstyled" className={screen.settings} disabled={busy}>
      <legend className="visually-hidden">Settings</legend>
      <Group align="flex-start" gap="16px 24px">
        <BudgetField />
        <DimensionFields />
        <ThreadsField />
        <SeedField />
      </Group>
    </Fieldset>
  );
}

function BudgetField() {
  const budget = useWorkspace((state) => state.budget);
  const explanation = budgets.find(({ value }) => value === budget)?.explanation;
  return (
    <CaptionedField
      caption={
        <span id="benchmark-budget">
          <Term name="Budget" />
        </span>
      }
      note={explanation}
    >
      <SegmentedControl
        aria-labelledby="benchmark-budget"
        data={budgets.map(({ value, label }) => ({ value, label }))}
        value={budget}
        onChange={(value) => setBudget(value as MeasuringBudget)}
      />
    </CaptionedField>
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
      note={describeMostThreads(device)}
    />
  );
}

function describeMostThreads(device: Device): string {
  if (!device.crossOriginIsolated) return '1 only: the page is not isolated';
  if (device.sharesMemory === false) return '1 only: no SharedArrayBuffer';
  return `of ${mostThreads(device)}, WASM only`;
}

function SeedField() {
  const seed = useWorkspace((state) => state.seed);
  return (
    <WholeNumberField
      label={<Term name="Seed" />}
      name="Seed of random inputs"
      value={seed}
      least={0}
      most={largestSeed}
      onChange={setSeed}
      note={
        <>
          for <Term name="Random input">random inputs</Term>
        </>
      }
    />
  );
}
