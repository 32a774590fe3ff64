/**
 * Shows where the selected model spends its time, in words and as a roofline, and a variant that would help. It is
 * loaded when the model was measured.
 */
import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import {
  formatCounted,
  formatDuration,
  formatFigures,
  formatNodePath,
  formatPercent,
  formatProvider,
} from '../../../../engine/format';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import type { Remedy } from '../../../../engine/profiling/bottleneck';
import type { MeasuredRoofline } from '../../../jobs/jobs';
import { readRoofs } from '../../../platform/kept-roofs';
import { findBottleneckOfSelected, tryRemedy } from '../../../state/benchmark/bottleneck-actions';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { ScrollTable } from '../../components/ScrollTable';
import screen from '../../components/Screen.module.css';
import { CartesianGrid, ComposedChart, Line, ResponsiveContainer, Scatter, XAxis, YAxis, ZAxis } from 'recharts';
import {
  isRoofTooLow,
  type Limit,
  type Roof,
  roofAt,
  type RooflineNode,
  roofTooLow,
} from '../../../../engine/profiling/roofline';
import { ChartFrame } from '../../components/charts/ChartFrame';
import chart from '../../components/charts/chart.module.css';
import { bottomAxis, sideAxis } from '../../components/charts/axes';
import type { ChartTableData } from '../../components/charts/chart-table';

const limitNames: Readonly<Record<Limit, string>> = {
  compute: 'arithmetic',
  memory: 'memory',
  kernel: 'the kernel',
  overhead: 'node start',
  copies: 'copies',
};

interface RooflinePoint {
  readonly intensity: number;
  readonly gflops: number;
  readonly share: number;
  readonly limit: Limit;
}

/** The roofline chart as data: where its lines and points are, on logarithmic axes. Pure. */
interface RooflineDrawing {
  readonly points: readonly RooflinePoint[];
  /** The name of the node with the largest point. Named beside the chart, because a name in it would cover points. Absent: there is no point. */
  readonly largest?: string;
  readonly roof: readonly { readonly intensity: number; readonly gflops: number }[];
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/** A chart of thousands of points shows no more than one of the slowest. */
const mostPoints = 300;

export function drawRoofline(roof: Roof, nodes: readonly RooflineNode[]): RooflineDrawing {
  const drawn = nodes
    .flatMap(({ path, gflops, intensity, share, limit }) =>
      gflops === null || intensity === null || gflops <= 0 || intensity <= 0
        ? []
        : [{ path, point: { gflops, intensity, share, limit } }],
    )
    .slice(0, mostPoints);
  const points = drawn.map(({ point }) => point);
  const ridge = roof.peakGflops / roof.bandwidthGbps;
  const xTicks = decadesAround([ridge, ...points.map(({ intensity }) => intensity)]);
  const lines = [xTicks[0]!, ridge, xTicks.at(-1)!].map((intensity) => ({
    intensity,
    gflops: roofAt(roof, intensity),
  }));
  const yTicks = decadesAround([roof.peakGflops, ...points.map(({ gflops }) => gflops)]);
  const [first] = drawn;
  return { points, ...(first && { largest: formatNodePath(first.path) }), roof: lines, xTicks, yTicks };
}

/** Powers of ten that cover all values, at least two. */
function decadesAround(values: readonly number[]): readonly number[] {
  const exponents = values.map(Math.log10);
  const first = Math.floor(Math.min(...exponents));
  const last = Math.max(first + 1, Math.ceil(Math.max(...exponents)));
  return Array.from({ length: last - first + 1 }, (_, index) => Number(`1e${first + index}`));
}

export function tabulateRoofline(nodes: readonly RooflineNode[]): ChartTableData {
  const figure = (value: number | null) => ({ text: value === null ? 'unknown' : formatFigures(value), value });
  return {
    columns: [
      { title: 'Node', csvName: 'node' },
      { title: 'Operator', csvName: 'operator' },
      { title: 'Time', csvName: 'median_ms' },
      { title: 'Share', csvName: 'share' },
      { title: 'GFLOP/s', csvName: 'gflops' },
      { title: 'FLOP per byte', csvName: 'flop_per_byte' },
      { title: 'Limited by', csvName: 'limit' },
    ],
    rows: nodes.map(({ path, op, ms, share, gflops, intensity, limit }) => [
      { text: formatNodePath(path), value: path },
      { text: op },
      { text: formatDuration(ms), value: ms },
      { text: formatPercent(share), value: share },
      figure(gflops),
      figure(intensity),
      { text: limitNames[limit], value: limit },
    ]),
  };
}

interface BottleneckProps {
  readonly limits: MeasuredRoofline;
  readonly name: string;
  readonly color: string;
}

export default function Bottleneck({ limits, name, color }: BottleneckProps) {
  const { bottleneck, roofline } = limits;
  return (
    <Stack component="section" aria-label="Bottleneck" className={screen.results} gap={16}>
      <div>
        <h3>Bottleneck on {formatProvider(roofline.ep)}</h3>
        <Text data-testid="bottleneck">{bottleneck?.sentence ?? 'No node was timed.'}</Text>
      </div>
      <Group gap={8}>
        {bottleneck?.remedy === undefined || roofline.ep !== 'wasm' ? null : <TryRemedy remedy={bottleneck.remedy} />}
        <OtherProvider measured={roofline.ep} />
      </Group>
      <Paper withBorder p={16}>
        <RooflineChart limits={limits} name={name} color={color} />
      </Paper>
      <OtherRoofs />
    </Stack>
  );
}

/** The nodes of the provider that is not shown: WASM, or WebGPU where there is one. */
function OtherProvider({ measured }: { readonly measured: ExecutionProvider }) {
  const hasWebgpu = useWorkspace(
    ({ device }) => device?.providers.some(({ ep, available }) => ep === 'webgpu' && available) === true,
  );
  const isBusy = useJob((jobs) => hasJob(jobs, 'roofline'));
  const other = measured === 'wasm' ? 'webgpu' : 'wasm';
  if (other === 'webgpu' && !hasWebgpu) return null;
  return (
    <Button variant="default" disabled={isBusy} onClick={() => void findBottleneckOfSelected(other)}>
      Find it on {formatProvider(other)}
    </Button>
  );
}

/**
 * Offered on the original only, because a recipe begins there. The result stands under the buttons, since the variant
 * is selected then.
 */
function TryRemedy({ remedy }: { readonly remedy: Remedy }) {
  const isOriginal = useWorkspace((state) => state.selected === originalId);
  const isBusy = useJob((jobs) => hasJob(jobs, 'optimize', 'benchmark'));
  if (!isOriginal) return null;
  return (
    <Button variant="default" disabled={isBusy} onClick={() => void tryRemedy(remedy)}>
      Make this variant
    </Button>
  );
}

/** Roofs of all providers that were measured on this device. */
function OtherRoofs() {
  const device = useWorkspace((state) => state.device);
  const roofs = device === null ? [] : readRoofs(device);
  if (roofs.length < 2) return null;
  return (
    <details>
      <Text component="summary" size="xs" c="dimmed">
        Roofs of this device
      </Text>
      <ScrollTable
        label="Roofs of this device"
        caption="Best of several runs of small models, measured once for each browser version"
        columns={[
          { name: 'Provider' },
          { name: 'GFLOP/s', isNumeric: true },
          { name: 'GB/s', isNumeric: true },
          { name: 'Node start', isNumeric: true },
        ]}
        rows={roofs.map(({ ep, threads, peakGflops, bandwidthGbps, launchMs }) => ({
          name: roofName(ep, threads, device?.webgpu?.software === true),
          cells: [formatFigures(peakGflops), formatFigures(bandwidthGbps), formatDuration(launchMs)],
        }))}
      />
    </details>
  );
}

/** WebGPU in software has the roof of the processor, not that of a GPU. */
function roofName(ep: ExecutionProvider, threads: number, isSoftware: boolean): string {
  if (ep === 'wasm') return `${formatProvider(ep)}, ${formatCounted(threads, 'thread')}`;
  return ep === 'webgpu' && isSoftware ? `${formatProvider(ep)} (software)` : formatProvider(ep);
}

interface RooflineChartProps {
  readonly limits: MeasuredRoofline;
  readonly name: string;
  readonly color: string;
}

/** Nodes of a model under the roofline of this device. */
function RooflineChart({ limits: { roofline }, name, color }: RooflineChartProps) {
  const { nodes, ep, peakGflops, bandwidthGbps, threads } = roofline;
  const place = ep === 'wasm' ? `WASM with ${formatCounted(threads, 'thread')}` : formatProvider(ep);
  const title = `Roofline: ${formatFigures(peakGflops)}\u00a0GFLOP/s, ${formatFigures(bandwidthGbps)}\u00a0GB/s`;
  const drawing = drawRoofline(roofline, nodes);
  const sizes = `Larger points take more time${drawing.largest === undefined ? '' : `, ${drawing.largest} the most`}.`;
  const doubt = isRoofTooLow(roofline, nodes) ? ` ${roofTooLow}` : '';
  const subtitle = `GFLOP/s of each node of ${name} by FLOP per byte, on ${place}. ${sizes}${doubt}`;
  return (
    <ChartFrame title={title} subtitle={subtitle} table={tabulateRoofline(nodes)} fileName="roofline" heading={false}>
      <div className={chart.drawn} role="img" aria-label={`${title}. ${subtitle}`}>
        <Drawing drawing={drawing} color={color} />
      </div>
    </ChartFrame>
  );
}

function Drawing({
  drawing: { points, roof, xTicks, yTicks },
  color,
}: {
  readonly drawing: RooflineDrawing;
  readonly color: string;
}) {
  const axis = { type: 'number', scale: 'log', allowDataOverflow: true, tickFormatter: formatFigure } as const;
  return (
    <ResponsiveContainer width="100%" height={260}>
      <ComposedChart margin={{ top: 16, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <CartesianGrid stroke="var(--grid-line)" />
        <XAxis
          {...axis}
          dataKey="intensity"
          domain={[xTicks[0]!, xTicks.at(-1)!]}
          ticks={[...xTicks]}
          {...bottomAxis}
        />
        <YAxis
          {...axis}
          dataKey="gflops"
          domain={[yTicks[0]!, yTicks.at(-1)!]}
          ticks={[...yTicks]}
          {...sideAxis}
          width={56}
        />
        <ZAxis dataKey="share" range={[16, 400]} domain={[0, 1]} />
        <Line
          data={[...roof]}
          dataKey="gflops"
          stroke="var(--text-muted)"
          strokeWidth={2}
          dot={false}
          activeDot={false}
          isAnimationActive={false}
        />
        <Scatter data={[...points]} dataKey="gflops" fill={color} fillOpacity={0.6} isAnimationActive={false} />
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function formatFigure(value: number): string {
  return String(value);
}
