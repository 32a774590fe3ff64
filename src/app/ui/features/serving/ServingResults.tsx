/** What the simulation found: one sentence, the curve over rates, and the tables behind it. */
import { lazy, Suspense } from 'react';
import { useStore } from 'zustand';
import { formatCount, formatDuration, formatNumber, formatPercent, formatProvider } from '../../../../engine/format';
import { median } from '../../../../engine/metrics/quantile';
import {
  describeNeed,
  formatClaim,
  formatRate,
  rateOf,
  servingHeadline,
} from '../../../../engine/serving/describe-serving';
import { mostInstances } from '../../../../engine/serving/needed-instances';
import type { Percentiles } from '../../../../engine/serving/serving-result';
import type { LoadRequest, SimulatedLoad } from '../../../../engine/serving/simulate-load';
import type { MeasuredBatchTimes } from '../../../state/serving/batch-times';
import { recordingStore, servingSettingsStore } from '../../../state/serving/serving-settings';
import { simulationStore, type SimulatedModel } from '../../../state/serving/simulation';
import { variantName } from '../../../state/workspace/selectors';
import { originalId } from '../../../state/workspace/workspace-store';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BarTable } from '../../components/BarTable';
import { ScrollTable } from '../../components/ScrollTable';
import { colourOfRow } from '../../theme/variant-colour';
import classes from './ServingResults.module.css';

const RateChart = lazy(() => import('./RateChart'));
const QueueChart = lazy(() => import('./QueueChart'));

export function ServingResults({ times }: { readonly times: MeasuredBatchTimes | null }) {
  const { models, isPending, problem } = useStore(simulationStore);
  const lacksRecording = useStore(servingSettingsStore, ({ kind }) => kind === 'replay');
  const { file } = useStore(recordingStore);
  if (times === null) {
    return (
      <p className={classes.empty}>
        Measure how long batches take, and the rest follows at once: every setting can then be changed without measuring
        again.
      </p>
    );
  }
  if (lacksRecording && file === null) return <p className={classes.empty}>Choose the recording to replay.</p>;
  if (problem !== null) return <Banner kind="problem">{problem}</Banner>;
  const [own, beside] = models;
  if (own === undefined) return <p className={classes.empty}>Simulating…</p>;
  const { request, simulated } = own;
  return (
    <section className={classes.results} aria-label="Simulated server" data-pending={isPending}>
      <Headline own={own} beside={beside} />
      <FiguresTable models={models} />
      <Charts times={times} own={own} beside={beside} />
      <div className={classes.tables}>
        {simulated.result.saturation.isUnstable ? null : <PercentileTable simulated={simulated} />}
        <BatchTable times={times} simulated={simulated} />
      </div>
      <p className={classes.note}>{methodOf(times, request, simulated)}</p>
    </section>
  );
}

interface Simulated {
  readonly own: SimulatedModel;
  readonly beside: SimulatedModel | undefined;
}

/** What it means first, then what happens. */
function Headline({ own, beside }: Simulated) {
  const state = useWorkspace((workspace) => workspace);
  const { request, simulated } = own;
  const needs = [own, beside].flatMap((model) => {
    const needed = model?.simulated.needed;
    if (model === undefined || needed === undefined) return [];
    return [{ name: model.id === originalId ? 'the original' : variantName(state, model.id), needed }];
  });
  const said = servingHeadline(request.arrivals, simulated.result, simulated.capacityPerSecond);
  return (
    <div className={classes.said} aria-live="polite">
      {needs.length === 0 ? null : (
        <p className={classes.headline} data-testid="serving-need">
          {describeNeed(rateOf(request.arrivals, simulated.result.offeredPerSecond), request.targetMs, needs)}
        </p>
      )}
      <p className={needs.length === 0 ? classes.headline : undefined} data-testid="serving-headline">
        {said}
      </p>
    </div>
  );
}

function methodOf(times: MeasuredBatchTimes, { durationS, seed }: LoadRequest, { result }: SimulatedLoad): string {
  const threads = times.ep === 'wasm' ? ` with ${times.threads} ${times.threads === 1 ? 'thread' : 'threads'}` : '';
  const inputs = times.inputs === 'data' ? 'with your samples' : 'with made-up inputs';
  const requests = formatCount(result.offeredPerSecond * durationS);
  return `Simulated: ${requests} requests in ${formatNumber(durationS)} s from seed ${seed}, on times measured alone on ${formatProvider(times.ep)}${threads}, ${inputs}. Network, decoding and other work of a server are not in it, and nothing of it is kept but the settings.`;
}

/** The models beside each other, under the same load. */
function FiguresTable({ models }: { readonly models: readonly SimulatedModel[] }) {
  const state = useWorkspace((workspace) => workspace);
  const row = (name: string, cell: (simulated: SimulatedLoad) => string) => ({
    name,
    cells: models.map(({ simulated }) => cell(simulated)),
  });
  const percentile = (quantile: 0.5 | 0.95 | 0.99, of: (times: Percentiles) => number | null) =>
    row(`p${quantile * 100} to an answer`, ({ result: { answeredMs, saturation } }) =>
      saturation.isUnstable ? 'the queue grows' : formatClaim(of(answeredMs), quantile),
    );
  const first = models[0]!;
  const { cache, withinTarget, policy } = first.simulated.result;
  const hasLimits = policy.maxQueue !== undefined || policy.timeoutMs !== undefined;
  return (
    <section className={classes.section} aria-labelledby="serving-figures">
      <h2 id="serving-figures">Figures</h2>
      <ScrollTable
        label="Figures of the server"
        caption="Figures of the server, by model"
        columns={[{ name: 'Figure' }, ...models.map(({ id }) => ({ name: variantName(state, id), isNumeric: true }))]}
        rows={[
          row('Answers a second', ({ result }) => formatRate(result.servedPerSecond)),
          row('At most about', ({ capacityPerSecond }) => formatRate(capacityPerSecond)),
          { ...row('Utilization', ({ result }) => formatPercent(result.utilisation)), term: 'Utilization' },
          percentile(0.5, ({ p50 }) => p50),
          percentile(0.95, ({ p95 }) => p95),
          percentile(0.99, ({ p99 }) => p99),
          ...(withinTarget === null
            ? []
            : [
                row(`Within ${formatNumber(withinTarget.targetMs)} ms`, ({ result }) =>
                  formatPercent(result.withinTarget?.share ?? 0),
                ),
              ]),
          row('Longest queue', ({ queue }) => formatCount(Math.max(...queue.map(({ waiting }) => waiting)))),
          ...(hasLimits
            ? [row('Without an answer', ({ result }) => formatCount(result.rejected + result.timedOut))]
            : []),
          ...(cache === null ? [] : [row('From the cache', ({ result }) => formatPercent(result.cache?.hitRate ?? 0))]),
          ...(first.simulated.needed === undefined
            ? []
            : [row('Instances needed', ({ needed }) => (needed == null ? `over ${mostInstances}` : String(needed)))]),
        ]}
      />
    </section>
  );
}

function Charts({ times, own, beside }: Simulated & { readonly times: MeasuredBatchTimes }) {
  const state = useWorkspace((workspace) => workspace);
  const describe = ({ id }: SimulatedModel) => ({ name: variantName(state, id), colour: colourOfRow(state, id) });
  const { request, simulated } = own;
  const { name, colour } = describe(own);
  return (
    <Suspense fallback={null}>
      <RateChart
        rates={simulated.rates}
        markedRate={request.arrivals.kind === 'poisson' ? request.arrivals.perSecond : null}
        colour={colour}
        where={formatProvider(times.ep)}
        beside={beside === undefined ? null : { ownName: name, rates: beside.simulated.rates, ...describe(beside) }}
      />
      <QueueChart
        title="Requests that wait, over time"
        subtitle={`Simulated: the longest queue in each of ${simulated.queue.length} parts of the run.`}
        fileName="serving-queue"
        series={[own, ...(beside === undefined ? [] : [beside])].map((model) => ({
          ...describe(model),
          points: model.simulated.queue,
        }))}
      />
    </Suspense>
  );
}

function PercentileTable({ simulated: { result } }: { readonly simulated: SimulatedLoad }) {
  const row = (name: string, { p50, p95, p99 }: Percentiles) => ({
    name,
    cells: [formatClaim(p50, 0.5), formatClaim(p95, 0.95), formatClaim(p99, 0.99)],
  });
  return (
    <section className={classes.section} aria-labelledby="serving-times">
      <h2 id="serving-times">Times</h2>
      <ScrollTable
        label="Times of requests"
        caption="Times of requests"
        columns={[
          { name: 'Request' },
          { name: 'p50', isNumeric: true },
          { name: 'p95', term: 'p95', isNumeric: true },
          { name: 'p99', term: 'p99', isNumeric: true },
        ]}
        rows={[
          row('waits', result.waitMs),
          row('is computed', result.computeMs),
          row('both', result.totalMs),
          ...(result.cache === null ? [] : [row('with the cache', result.answeredMs)]),
        ]}
      />
    </section>
  );
}

function BatchTable({
  times,
  simulated: { result },
}: {
  readonly times: MeasuredBatchTimes;
  readonly simulated: SimulatedLoad;
}) {
  const measured = new Map(times.times.map(({ batch, samplesMs }) => [batch, median(samplesMs)]));
  const ran = new Map(Object.entries(result.batchSizes).map(([size, count]) => [Number(size), count]));
  const sizes = [...new Set([...measured.keys(), ...ran.keys()])].toSorted((a, b) => a - b);
  const runs = [...ran.values()].reduce((sum, count) => sum + count, 0);
  return (
    <section className={classes.section} aria-labelledby="serving-batches">
      <h2 id="serving-batches">Batches</h2>
      <BarTable
        label="Batches that ran"
        caption="Batches that ran, by size"
        columns={['Size', 'Takes', 'Ran']}
        rows={sizes.map((size) => {
          const ms = measured.get(size);
          const count = ran.get(size) ?? 0;
          return {
            name: String(size),
            numbers: [ms === undefined ? 'in between' : formatDuration(ms), formatCount(count)],
            share: runs === 0 ? 0 : count / runs,
          };
        })}
      />
    </section>
  );
}
