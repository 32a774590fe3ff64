/** A server that does not exist yet: how long requests would wait for the selected model, on measured batch times. */
import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { commandById } from '../../../commands/command-registry';
import { probeDevice } from '../../../state/benchmark/probe-device';
import { hasJob } from '../../../state/jobs/job-store';
import { selectVariant } from '../../../state/recipe/variant-actions';
import {
  batchTimesStore,
  formatRuntime,
  measuredRows,
  servingRuntime,
  servingRuntimes,
  setServingRuntime,
  type MeasuredBatchTimes,
  type MeasuredRow,
  type ServingRuntime,
} from '../../../state/serving/batch-times';
import { loadOf, recordingStore, servingSettingsStore } from '../../../state/serving/serving-settings';
import { simulateLater, type ServedModel } from '../../../state/serving/simulation';
import { selectRowIds, variantName } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { JobList } from '../../components/JobProgress';
import { LastOutcome } from '../../components/OutcomeBanner';
import { StorageBanner } from '../../components/StorageBanner';
import screen from '../../components/Screen.module.css';
import { LiveRun } from './LiveRun';
import { ServingResults } from './ServingResults';
import { LoadFields, ServingSettingsForm, TuneButton } from './ServingSettingsForm';

export function ServingScreen() {
  const state = useWorkspace((workspace) => workspace);
  const chosen = useStore(batchTimesStore);
  useEffect(() => void probeDevice(), []);
  const rows = measuredRows(state, chosen);
  useFirstTimes(rows.length > 0);
  useSimulation(rows);
  if (state.original === null) return null;
  const times = rows[0]?.times ?? null;
  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>Serving</h1>
        <p className={screen.lead}>How long requests wait. Compares settings, does not predict other machines.</p>
      </header>
      <StorageBanner />
      <Subject times={times} />
      <ServingSettingsForm times={times} />
      <Progress />
      <Stack gap={48} miw={0}>
        <ServingResults times={times} />
        {times === null || times.runtime === 'native' ? null : <LiveRun times={times} />}
      </Stack>
    </div>
  );
}

/** Measures when the screen opens without times. A measurement that was canceled waits for the button. */
function useFirstTimes(areKnown: boolean): void {
  const isWanted = useRef(!areKnown);
  useEffect(() => {
    const { isAvailable, perform } = commandById('measure-batches');
    if (isWanted.current && isAvailable()) perform();
    isWanted.current = false;
  }, []);
}

/** Simulates what is set now, on times that are there. */
function useSimulation([own, beside]: readonly MeasuredRow[]): void {
  const settings = useStore(servingSettingsStore);
  const { file } = useStore(recordingStore);
  // The rows are made anew for every change of the workspace, but their parts stay the same.
  const [ownId, ownTimes, besideId, besideTimes] = [own?.id, own?.times, beside?.id, beside?.times];
  const served = useMemo(() => {
    const lacksRecording = settings.kind === 'replay' && file === null;
    const model = (id?: string, times?: MeasuredBatchTimes): readonly ServedModel[] =>
      id === undefined || times === undefined || lacksRecording ? [] : [{ id, request: loadOf(settings, times) }];
    return [...model(ownId, ownTimes), ...model(besideId, besideTimes)];
  }, [settings, file, ownId, ownTimes, besideId, besideTimes]);
  useEffect(() => simulateLater(served), [served]);
}

function Subject({ times }: { readonly times: MeasuredBatchTimes | null }) {
  const rows = useWorkspace((state) => selectRowIds(state).map((id) => `${id}\n${variantName(state, id)}`));
  const selected = useWorkspace((state) => state.selected);
  const known = useStore(batchTimesStore);
  const runtimes = useWorkspace(servingRuntimes);
  const runtime = useWorkspace((state) => servingRuntime(state, known));
  const busy = useJob((state) => hasJob(state, 'measure-batches'));
  return (
    <Group className={screen.settings} align="flex-end" gap="12px 16px" role="group" aria-label="What to serve">
      <LoadFields />
      <NativeSelect
        label="Model"
        value={selected}
        onChange={(event) => selectVariant(event.currentTarget.value)}
        data={rows.map((row) => {
          const [value = '', label = ''] = row.split('\n');
          return { value, label };
        })}
      />
      <NativeSelect
        label="Machine"
        value={runtime}
        onChange={(event) => setServingRuntime(event.currentTarget.value as ServingRuntime)}
        data={runtimes.map((each) => ({ value: each, label: formatRuntime(each) }))}
      />
      <Button
        variant={times === null ? 'filled' : 'default'}
        disabled={busy}
        onClick={commandById('measure-batches').perform}
        data-testid="measure-batches"
      >
        {times === null || times.runtime === 'native' ? 'Measure batch times' : 'Measure again'}
      </Button>
      {times === null ? null : <TuneButton />}
    </Group>
  );
}

function Progress() {
  const jobs = useJob((state) => state.jobs);
  return (
    <>
      <JobList jobs={jobs} />
      <LastOutcome />
    </>
  );
}
