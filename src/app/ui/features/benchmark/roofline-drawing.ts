/** The roofline chart as data: where its lines and points are, on logarithmic axes. Pure. */
import { formatDuration, formatFigures, formatNodePath, formatPercent } from '../../../../engine/format';
import { roofAt, type Limit, type Roof, type RooflineNode } from '../../../../engine/profiling/roofline';
import type { ChartTableData } from '../../components/charts/chart-table';

export const limitNames: Readonly<Record<Limit, string>> = {
  compute: 'arithmetic',
  memory: 'memory',
  kernel: 'the kernel',
  overhead: 'node start',
  copies: 'copies',
};

export interface RooflinePoint {
  readonly intensity: number;
  readonly gflops: number;
  readonly share: number;
  readonly limit: Limit;
}

export interface RooflineDrawing {
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
