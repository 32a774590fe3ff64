/** The same load run live: real sessions, real waiting, and the error of the simulation. */
import { Group, Stack, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useStore } from 'zustand';
import {
  formatChange,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
} from '../../../../engine/format';
import { describeLive, formatClaim } from '../../../../engine/serving/describe-serving';
import { mostLiveInstances, type LiveComparison } from '../../../../engine/serving/compare-live';
import type { ServingResult } from '../../../../engine/serving/serving-result';
import type { MeasuredBatchTimes } from '../../../state/serving/batch-times';
import { isLiveResultOf, liveLoadOf, liveStore } from '../../../state/serving/live-run';
import { recordingStore, servingSettingsStore } from '../../../state/serving/serving-settings';
import { hasJob } from '../../../state/jobs/job-store';
import { variantName } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { Note } from '../../components/Note';
import { ScrollTable } from '../../components/ScrollTable';
import { colorOfRow } from '../../theme/variant-color';
import { ServingNumberField } from './ServingNumberField';

const QueueChart = lazy(() => import('./QueueChart'));

export function LiveRun({ times }: { readonly times: MeasuredBatchTimes }) {
  const settings = useStore(servingSettingsStore);
  const { file } = useStore(recordingStore);
  const live = useStore(liveStore);
  const isRunning = useJob((jobs) => hasJob(jobs, 'run-live'));
  const name = useWorkspace((state) => variantName(state, state.selected));
  const request = liveLoadOf(settings, times);
  const tooMany = settings.instances > mostLiveInstances;
  const lacksRecording = settings.kind === 'replay' && file === null;
  const hasLengths = request.lengths !== undefined;
  return (
    <Stack component="section" gap={24} miw={0} aria-labelledby="serving-live">
      <Stack gap={8}>
        <h2 id="serving-live">Live run</h2>
        <Text c="dimmed">Sends the same requests to {name} in real time on this device.</Text>
        <Group align="flex-end" gap={16}>
          <ServingNumberField name="liveS" label="Live for (s)" />
          <CommandButton command="run-live" disabled={isRunning || tooMany || lacksRecording || hasLengths}>
            Run the load
          </CommandButton>
        </Group>
        {hasLengths ? <Note role="status">A live run has inputs of one size. Clear the text lengths.</Note> : null}
        {tooMany ? <Note role="status">A live run supports up to {mostLiveInstances} instances.</Note> : null}
      </Stack>
      {live.compared !== null && isLiveResultOf(live, request) ? <Compared compared={live.compared} /> : null}
    </Stack>
  );
}

function Compared({ compared }: { readonly compared: LiveComparison }) {
  const color = useWorkspace((state) => colorOfRow(state, state.selected));
  const { queue, slowdown, handOverMs, lateMs, live } = compared;
  return (
    <>
      <Text fz="lg" fw={600} maw="60ch" data-testid="live-headline" aria-live="polite">
        {describeLive(compared)}
      </Text>
      <Figures compared={compared} />
      <Suspense fallback={null}>
        <QueueChart
          title="Queue length, live and simulated"
          subtitle="Longest queue in each interval."
          fileName="serving-queue-live"
          series={[
            { name: 'Live', color, points: queue.live },
            { name: 'Simulated', color: 'var(--text-muted)', isDashed: true, points: queue.simulated },
          ]}
        />
      </Suspense>
      <Text component="details" size="xs" c="dimmed">
        <summary>How was this measured?</summary>
        {formatCount(live.offeredPerSecond * spanOf(queue.live))} requests. Runs took {formatNumber(slowdown, 3)}× the
        time measured alone, plus {formatDuration(handOverMs)} to hand over a batch (median). Requests arrived up to{' '}
        {formatDuration(lateMs)} late (p99); this counts as waiting.
      </Text>
    </>
  );
}

/** The span in s, because points are the middles of equal parts. */
function spanOf(points: LiveComparison['queue']['live']): number {
  return ((points.at(-1)?.atMs ?? 0) + (points[0]?.atMs ?? 0)) / 1000;
}

function Figures({ compared: { live, simulated, onLiveTimes } }: { readonly compared: LiveComparison }) {
  const row = (
    name: string,
    figure: (result: ServingResult) => number | null,
    format: (value: number | null) => string,
  ) => {
    const [real, predicted, explained] = [figure(live), figure(simulated), figure(onLiveTimes)];
    const error = real === null || predicted === null || real === 0 ? '–' : formatChange(real, predicted);
    return { name, cells: [format(real), format(predicted), error, format(explained)] };
  };
  const claim = (quantile: number) => (ms: number | null) => formatClaim(ms, quantile);
  const whole = (format: (value: number) => string) => (value: number | null) => format(value ?? 0);
  return (
    <ScrollTable
      label="Live and simulated"
      caption="Live run and simulation"
      columns={[
        { name: 'Figure' },
        { name: 'Live', isNumeric: true },
        { name: 'Simulated', isNumeric: true },
        { name: 'Error', isNumeric: true },
        { name: 'Simulated on live times', isNumeric: true },
      ]}
      rows={[
        row('Throughput (per s)', ({ servedPerSecond }) => servedPerSecond, whole(formatRate)),
        row(
          'Utilization',
          ({ utilization }) => utilization,
          whole((share) => formatPercent(share)),
        ),
        row('p50 latency', ({ answeredMs }) => answeredMs.p50, claim(0.5)),
        row('p95 latency', ({ answeredMs }) => answeredMs.p95, claim(0.95)),
        row('p99 latency', ({ answeredMs }) => answeredMs.p99, claim(0.99)),
        ...(live.cache === null
          ? []
          : [
              row(
                'Cache hit rate',
                ({ cache }) => cache?.hitRate ?? 0,
                whole((share) => formatPercent(share)),
              ),
            ]),
        row('Rejected or timed out', ({ rejected, timedOut }) => rejected + timedOut, whole(formatCount)),
      ]}
    />
  );
}
