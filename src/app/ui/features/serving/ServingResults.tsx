/** What the simulation found: one sentence, the curve over rates, and the tables behind it. */
import { lazy, Suspense } from 'react';
import { useStore } from 'zustand';
import { formatCount, formatDuration, formatNumber, formatPercent, formatProvider } from '../../../../engine/format';
import { median } from '../../../../engine/metrics/quantile';
import { formatClaim, formatRate, servingHeadline } from '../../../../engine/serving/describe-serving';
import type { Percentiles } from '../../../../engine/serving/serving-result';
import type { LoadRequest, SimulatedLoad } from '../../../../engine/serving/simulate-load';
import type { MeasuredBatchTimes } from '../../../state/serving/batch-times';
import { simulationStore } from '../../../state/serving/simulation';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BarTable } from '../../components/BarTable';
import { FactList, type Fact } from '../../components/FactList';
import { ScrollTable } from '../../components/ScrollTable';
import { colourOfRow } from '../../theme/variant-colour';
import classes from './ServingResults.module.css';

const RateChart = lazy(() => import('./RateChart'));

export function ServingResults({ times }: { readonly times: MeasuredBatchTimes | null }) {
  const { request, simulated, isPending, problem } = useStore(simulationStore);
  if (times === null) {
    return (
      <p className={classes.empty}>
        Measure how long batches take, and the rest follows at once: every setting can then be changed without measuring
        again.
      </p>
    );
  }
  if (problem !== null) return <Banner kind="problem">{problem}</Banner>;
  if (request === null || simulated === null) return <p className={classes.empty}>Simulating…</p>;
  return (
    <section className={classes.results} aria-label="Simulated server" data-pending={isPending}>
      <p className={classes.headline} data-testid="serving-headline" aria-live="polite">
        {servingHeadline(request.arrivals, simulated.result, simulated.capacityPerSecond)}
      </p>
      <Facts simulated={simulated} />
      <Chart times={times} request={request} simulated={simulated} />
      <div className={classes.tables}>
        {simulated.result.saturation.isUnstable ? null : <PercentileTable simulated={simulated} />}
        <BatchTable times={times} simulated={simulated} />
      </div>
      <p className={classes.note}>{methodOf(times, request, simulated)}</p>
    </section>
  );
}

function methodOf(times: MeasuredBatchTimes, { durationS, seed }: LoadRequest, { result }: SimulatedLoad): string {
  const threads = times.ep === 'wasm' ? ` with ${times.threads} ${times.threads === 1 ? 'thread' : 'threads'}` : '';
  const runs = times.times.reduce((sum, { samplesMs }) => sum + samplesMs.length, 0);
  const requests = formatCount(result.offeredPerSecond * durationS);
  return `Simulated: ${requests} requests in ${formatNumber(durationS)} s from seed ${seed}, on ${formatCount(runs)} runs timed alone on ${formatProvider(times.ep)}${threads}. Network, decoding and other work of a server are not in it, and nothing of it is kept but the settings.`;
}

function Facts({ simulated: { result, capacityPerSecond } }: { readonly simulated: SimulatedLoad }) {
  const { withinTarget, cache, servedPerSecond, utilisation } = result;
  const facts: Fact[] = [
    ['Answers a second', `${formatRate(servedPerSecond)} (at most about ${formatRate(capacityPerSecond)})`],
    ['Utilisation', formatPercent(utilisation)],
    ...(withinTarget === null
      ? []
      : [[`Within ${formatNumber(withinTarget.targetMs)} ms`, formatPercent(withinTarget.share)] as const]),
    ...(cache === null
      ? []
      : [
          [
            'From the cache',
            `${formatPercent(cache.hitRate)} (${formatCount(cache.hits)} of ${formatCount(cache.hits + cache.misses)})`,
          ] as const,
        ]),
  ];
  return <FactList facts={facts} />;
}

interface ChartProps {
  readonly times: MeasuredBatchTimes;
  readonly request: LoadRequest;
  readonly simulated: SimulatedLoad;
}

function Chart({ times, request, simulated }: ChartProps) {
  const colour = useWorkspace((state) => colourOfRow(state, state.selected));
  return (
    <Suspense fallback={null}>
      <RateChart
        rates={simulated.rates}
        markedRate={request.arrivals.kind === 'poisson' ? request.arrivals.perSecond : null}
        colour={colour}
        where={formatProvider(times.ep)}
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

function BatchTable({ times, simulated: { result } }: Pick<ChartProps, 'times' | 'simulated'>) {
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
