/** The same load in earnest: real sessions, real waiting, and how far the simulation was off. */
import { lazy, Suspense } from 'react';
import { useStore } from 'zustand';
import { formatChange, formatCount, formatDuration, formatNumber, formatPercent } from '../../../../engine/format';
import { describeLive, formatClaim, formatRate } from '../../../../engine/serving/describe-serving';
import { mostLiveInstances, type LiveComparison } from '../../../../engine/serving/compare-live';
import type { ServingResult } from '../../../../engine/serving/serving-result';
import type { MeasuredBatchTimes } from '../../../state/serving/batch-times';
import { isLiveResultOf, liveLoadOf, liveStore } from '../../../state/serving/live-run';
import { recordingStore, servingSettingsStore } from '../../../state/serving/serving-settings';
import { hasJob } from '../../../state/jobs/job-store';
import { variantName } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { ScrollTable } from '../../components/ScrollTable';
import { colourOfRow } from '../../theme/variant-colour';
import classes from './ServingResults.module.css';
import { ServingNumberField } from './ServingNumberField';

const QueueChart = lazy(() => import('./QueueChart'));

export function LiveRun({ times }: { readonly times: MeasuredBatchTimes }) {
  const settings = useStore(servingSettingsStore);
  const { file } = useStore(recordingStore);
  const live = useStore(liveStore);
  const isRunning = useJob((jobs) => hasJob(jobs, 'run-live'));
  const name = useWorkspace((state) => variantName(state, state.selected));
  const request = liveLoadOf(settings, times.times, times.fixedBatch !== undefined);
  const tooMany = settings.instances > mostLiveInstances;
  const lacksRecording = settings.kind === 'replay' && file === null;
  return (
    <section className={classes.results} aria-labelledby="serving-live">
      <div className={classes.section}>
        <h2 id="serving-live" className={classes.title}>
          In earnest
        </h2>
        <p className={classes.empty}>
          The same requests come by the clock, and batches of them run in {name} on this device under the same rules.
        </p>
        <div className={classes.run}>
          <ServingNumberField name="liveS" label="For so long, s" />
          <CommandButton command="run-live" disabled={isRunning || tooMany || lacksRecording}>
            Run the load
          </CommandButton>
        </div>
        {tooMany ? (
          <p className={classes.note} role="status">
            A session is opened for each instance: up to {mostLiveInstances}.
          </p>
        ) : null}
      </div>
      {live.compared !== null && isLiveResultOf(live, request) ? <Compared compared={live.compared} /> : null}
    </section>
  );
}

function Compared({ compared }: { readonly compared: LiveComparison }) {
  const colour = useWorkspace((state) => colourOfRow(state, state.selected));
  const { queue, slowdown, handOverMs, lateMs, live } = compared;
  return (
    <>
      <p className={classes.headline} data-testid="live-headline" aria-live="polite">
        {describeLive(compared)}
      </p>
      <Figures compared={compared} />
      <Suspense fallback={null}>
        <QueueChart
          title="Requests that wait, in earnest and simulated"
          subtitle="The longest queue in each part of the run."
          fileName="serving-queue-live"
          series={[
            { name: 'In earnest', colour, points: queue.live },
            { name: 'Simulated', colour: 'var(--text-muted)', isDashed: true, points: queue.simulated },
          ]}
        />
      </Suspense>
      <p className={classes.note}>
        {formatCount(live.offeredPerSecond * spanOf(queue.live))} requests. All runs together took{' '}
        {formatNumber(slowdown, 3)} times as long as when they were timed alone, and handing a batch over{' '}
        {formatDuration(handOverMs)} more (median). Requests came up to {formatDuration(lateMs)} late (p99), which
        counts as waiting.
      </p>
    </>
  );
}

/** In s: the points stand for the middles of equal parts. */
function spanOf(points: LiveComparison['queue']['live']): number {
  return ((points.at(-1)?.atMs ?? 0) + (points[0]?.atMs ?? 0)) / 1000;
}

function Figures({ compared: { live, simulated, onLiveTimes } }: { readonly compared: LiveComparison }) {
  const row = (
    name: string,
    figure: (result: ServingResult) => number | null,
    format: (value: number | null) => string,
  ) => {
    const [real, said, explained] = [figure(live), figure(simulated), figure(onLiveTimes)];
    const error = real === null || said === null || real === 0 ? '–' : formatChange(real, said);
    return { name, cells: [format(real), format(said), error, format(explained)] };
  };
  const claim = (quantile: number) => (ms: number | null) => formatClaim(ms, quantile);
  const whole = (format: (value: number) => string) => (value: number | null) => format(value ?? 0);
  return (
    <ScrollTable
      label="In earnest and simulated"
      caption="The load in earnest, and simulated"
      columns={[
        { name: 'Figure' },
        { name: 'In earnest', isNumeric: true },
        { name: 'Simulated', isNumeric: true },
        { name: 'Off by', isNumeric: true },
        { name: 'On its own times', isNumeric: true },
      ]}
      rows={[
        row('Answers a second', ({ servedPerSecond }) => servedPerSecond, whole(formatRate)),
        row(
          'Utilization',
          ({ utilisation }) => utilisation,
          whole((share) => formatPercent(share)),
        ),
        row('p50 to an answer', ({ answeredMs }) => answeredMs.p50, claim(0.5)),
        row('p95 to an answer', ({ answeredMs }) => answeredMs.p95, claim(0.95)),
        row('p99 to an answer', ({ answeredMs }) => answeredMs.p99, claim(0.99)),
        ...(live.cache === null
          ? []
          : [
              row(
                'From the cache',
                ({ cache }) => cache?.hitRate ?? 0,
                whole((share) => formatPercent(share)),
              ),
            ]),
        row('Without an answer', ({ rejected, timedOut }) => rejected + timedOut, whole(formatCount)),
      ]}
    />
  );
}
