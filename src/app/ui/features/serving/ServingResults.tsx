/** Shows the results of the simulation: one sentence, the curve over rates, and the tables behind it. */
import { SimpleGrid, Stack, Text } from '@mantine/core';
import { lazy, Suspense, type ReactNode } from 'react';
import { useStore } from 'zustand';
import {
  formatCount,
  formatCounted,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
} from '../../../../engine/format';
import { median } from '../../../../engine/metrics/quantile';
import { describeNeed, formatClaim, rateOf, servingHeadline } from '../../../../engine/serving/describe-serving';
import { mostInstances, type InstancesNeed } from '../../../../engine/serving/needed-instances';
import type { Percentiles } from '../../../../engine/serving/serving-result';
import type { LoadRequest, SimulatedLoad } from '../../../../engine/serving/simulate-load';
import { formatRuntime, type MeasuredBatchTimes } from '../../../state/serving/batch-times';
import { recordingStore, servingSettingsStore } from '../../../state/serving/serving-settings';
import { simulationStore, type SimulatedModel } from '../../../state/serving/simulation';
import { variantName } from '../../../state/workspace/selectors';
import { originalId } from '../../../state/workspace/workspace-store';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BarTable } from '../../components/BarTable';
import { ScrollTable } from '../../components/ScrollTable';
import { Tuned } from './Tuned';
import { colorOfRow } from '../../theme/variant-color';

const RateChart = lazy(() => import('./RateChart'));
const QueueChart = lazy(() => import('./QueueChart'));

export function ServingResults({ times }: { readonly times: MeasuredBatchTimes | null }) {
  const { models, isPending, isSlow, problem } = useStore(simulationStore);
  const lacksRecording = useStore(servingSettingsStore, ({ kind }) => kind === 'replay');
  const { file } = useStore(recordingStore);
  if (times === null) {
    return (
      <Text c="dimmed" maw="60ch">
        Batch times simulate the server. Settings can then change without a new measurement.
      </Text>
    );
  }
  if (lacksRecording && file === null) return <Text c="dimmed">Choose the recording to replay.</Text>;
  if (problem !== null) return <Banner kind="problem">{problem}</Banner>;
  const [own, beside] = models;
  if (own === undefined) return isSlow ? <Text c="dimmed">Simulating…</Text> : null;
  const { request, simulated } = own;
  return (
    // Text that fades while the simulation repeats would be too pale to read.
    <Stack
      component="section"
      gap={24}
      miw={0}
      aria-label="Simulated server"
      aria-busy={isPending}
      style={{ cursor: isSlow ? 'progress' : undefined }}
    >
      <Headline own={own} beside={beside} />
      <Tuned times={times} />
      <Charts times={times} own={own} beside={beside} />
      <FiguresTable models={models} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing={24} style={{ alignItems: 'start' }}>
        {simulated.result.saturation.isUnstable ? null : <PercentileTable simulated={simulated} />}
        <BatchTable times={times} own={own} />
      </SimpleGrid>
      <Text component="details" size="xs" c="dimmed">
        <summary>How was this measured?</summary>
        {methodOf(times, request, simulated)}
      </Text>
    </Stack>
  );
}

interface Simulated {
  readonly own: SimulatedModel;
  readonly beside: SimulatedModel | undefined;
}

/** States the consequence first, then the events. */
function Headline({ own, beside }: Simulated) {
  const state = useWorkspace((workspace) => workspace);
  const { request, simulated } = own;
  const needs = [own, beside].flatMap((model) => {
    const need = model?.simulated.need;
    if (model === undefined || need === undefined) return [];
    return [{ name: model.id === originalId ? 'the original' : variantName(state, model.id), ...need }];
  });
  const headline = servingHeadline(request.arrivals, simulated.result, { ...simulated, ...request });
  return (
    <Stack gap={8} maw="80ch" aria-live="polite">
      {needs.length === 0 ? null : (
        <Text fz="lg" fw={600} data-testid="serving-need">
          {describeNeed(rateOf(request.arrivals, simulated.result.offeredPerSecond), request.targetMs, needs)}
        </Text>
      )}
      <Text {...(needs.length === 0 && { fz: 'lg', fw: 600 })} data-testid="serving-headline">
        {headline}
      </Text>
    </Stack>
  );
}

function methodOf(times: MeasuredBatchTimes, { durationS, seed }: LoadRequest, { result }: SimulatedLoad): string {
  const requests = formatCount(result.offeredPerSecond * durationS);
  return `Simulated ${requests} requests in ${formatNumber(durationS)} s (seed ${seed}), on batch times measured ${whereOf(times)}. Only the settings are saved.`;
}

function whereOf({ runtime, threads, inputs, server }: MeasuredBatchTimes): string {
  const samples = inputs === 'data' ? 'with your samples' : 'with random inputs';
  const count = formatCounted(threads, 'thread');
  if (server === undefined) {
    const own = runtime === 'wasm' ? ` with ${count}` : '';
    return `on ${formatRuntime(runtime)}${own} ${samples}. Network and decoding are not included`;
  }
  const { onnxruntime, machine, cores } = server.server;
  return `by measure-server on ${machine} (${formatCounted(cores, 'core')}), ONNX Runtime ${onnxruntime} with ${count}, ${samples}, with HTTP and JSON`;
}

/** The models beside each other, under the same load. */
function FiguresTable({ models }: { readonly models: readonly SimulatedModel[] }) {
  const state = useWorkspace((workspace) => workspace);
  const row = (name: string, cell: (simulated: SimulatedLoad) => string) => ({
    name,
    cells: models.map(({ simulated }) => cell(simulated)),
  });
  const percentile = (quantile: 0.5 | 0.95 | 0.99, of: (times: Percentiles) => number | null) =>
    row(`p${quantile * 100} latency`, ({ result: { answeredMs, saturation } }) =>
      saturation.isUnstable ? 'queue grows' : formatClaim(of(answeredMs), quantile),
    );
  const first = models[0]!;
  const { cache, withinTarget, policy } = first.simulated.result;
  const hasLimits = policy.maxQueue !== undefined || policy.timeoutMs !== undefined;
  return (
    <Section id="serving-figures" title="Results">
      <ScrollTable
        label="Results of the server"
        caption="Results of the server, by model"
        columns={[{ name: 'Figure' }, ...models.map(({ id }) => ({ name: variantName(state, id), isNumeric: true }))]}
        rows={[
          row('Throughput (per s)', ({ result }) => formatRate(result.servedPerSecond)),
          row('Capacity (per s)', ({ capacityPerSecond }) => formatRate(capacityPerSecond)),
          { ...row('Utilization', ({ result }) => formatPercent(result.utilization)), term: 'Utilization' },
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
            ? [row('Rejected or timed out', ({ result }) => formatCount(result.rejected + result.timedOut))]
            : []),
          ...(cache === null ? [] : [row('Cache hit rate', ({ result }) => formatPercent(result.cache?.hitRate ?? 0))]),
          ...(first.simulated.need === undefined ? [] : [row('Instances needed', ({ need }) => formatNeed(need))]),
        ]}
      />
    </Section>
  );
}

function formatNeed({ needed, idleAnswerMs }: InstancesNeed = { needed: null, idleAnswerMs: null }): string {
  if (needed !== null) return String(needed);
  return idleAnswerMs === null ? `over ${mostInstances}` : 'no number is enough';
}

function Charts({ times, own, beside }: Simulated & { readonly times: MeasuredBatchTimes }) {
  const state = useWorkspace((workspace) => workspace);
  const describe = ({ id }: SimulatedModel) => ({ name: variantName(state, id), color: colorOfRow(state, id) });
  const { request, simulated } = own;
  const { name, color } = describe(own);
  return (
    <Suspense fallback={null}>
      <RateChart
        rates={simulated.rates}
        markedRate={request.arrivals.kind === 'poisson' ? request.arrivals.perSecond : null}
        color={color}
        where={formatRuntime(times.runtime)}
        beside={beside === undefined ? null : { ownName: name, rates: beside.simulated.rates, ...describe(beside) }}
      />
      <QueueChart
        title="Queue length over time"
        subtitle={`Simulated: longest queue in each of ${simulated.queue.length} intervals.`}
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
    <Section id="serving-times" title="Latency">
      <ScrollTable
        label="Latency of requests"
        caption="Latency of requests"
        columns={[
          { name: 'Part' },
          { name: 'p50', isNumeric: true },
          { name: 'p95', term: 'p95', isNumeric: true },
          { name: 'p99', term: 'p99', isNumeric: true },
        ]}
        rows={[
          row('waiting', result.waitMs),
          row('computing', result.computeMs),
          row('total', result.totalMs),
          ...(result.cache === null ? [] : [row('with cache', result.answeredMs)]),
        ]}
      />
    </Section>
  );
}

function BatchTable({ times, own }: { readonly times: MeasuredBatchTimes; readonly own: SimulatedModel }) {
  const { result } = own.simulated;
  const texts = own.request.texts?.byLength[0];
  const measured = new Map((texts ?? times).times.map(({ batch, samplesMs }) => [batch, median(samplesMs)]));
  const ran = new Map(Object.entries(result.batchSizes).map(([size, count]) => [Number(size), count]));
  const sizes = [...new Set([...measured.keys(), ...ran.keys()])].toSorted((a, b) => a - b);
  const runs = [...ran.values()].reduce((sum, count) => sum + count, 0);
  return (
    <Section id="serving-batches" title="Batches">
      <BarTable
        label="Batches"
        caption="Batches by size"
        columns={['Size', texts ? `Time (${formatCounted(texts.length, 'token')})` : 'Time', 'Runs']}
        rows={sizes.map((size) => {
          const ms = measured.get(size);
          const count = ran.get(size) ?? 0;
          return {
            name: String(size),
            numbers: [ms === undefined ? 'interpolated' : formatDuration(ms), formatCount(count)],
            share: runs === 0 ? 0 : count / runs,
          };
        })}
      />
    </Section>
  );
}

interface SectionProps {
  readonly id: string;
  readonly title: string;
  readonly children: ReactNode;
}

function Section({ id, title, children }: SectionProps) {
  return (
    <Stack component="section" gap={8} aria-labelledby={id}>
      <Text component="h2" fz="sm" id={id}>
        {title}
      </Text>
      {children}
    </Stack>
  );
}
