/** Activations over a run as data for a chart: what is alive while each node runs. Pure. */
import type { Inspection } from '../../../../engine/analysis/inspection';
import { formatBytes, formatFirst, formatNodePath } from '../../../../engine/format';
import type { ChartTableData } from '../../components/charts/chart-table';

export interface ActivationDrawing {
  /** One sentence on the peak. */
  readonly peak: string;
  /** In the order in which nodes run. In a large model a point shows the largest value of several nodes. */
  readonly points: readonly { readonly node: number; readonly bytes: number }[];
  readonly table: ChartTableData;
}

const mostPoints = 400;
const mostNamed = 3;

/** Returns `null` where sizes are open. */
export function drawActivations({ peakActivation, nodes }: Inspection): ActivationDrawing | null {
  // Saved work of earlier versions has no bytes by node.
  const bytesByNode = peakActivation?.bytesByNode as readonly number[] | undefined;
  if (peakActivation === null || bytesByNode === undefined || bytesByNode.length === 0) return null;
  const { bytes, node, alive, aliveCount } = peakActivation;
  const named = formatFirst(
    alive.map((value) => `${value.name} (${formatBytes(value.bytes)})`),
    mostNamed,
    aliveCount,
  );
  const main = nodes.filter(({ inBody }) => inBody !== true);
  const step = Math.ceil(bytesByNode.length / mostPoints);
  const points: { node: number; bytes: number }[] = [];
  for (let first = 0; first < bytesByNode.length; first += step) {
    points.push({ node: first + 1, bytes: Math.max(...bytesByNode.slice(first, first + step)) });
  }
  return {
    peak: `The peak is ${formatBytes(bytes)} while ${formatNodePath(node)} runs: ${named}.`,
    points,
    table: {
      columns: [
        { title: 'Node', csvName: 'node' },
        { title: 'Alive', csvName: 'activation_bytes' },
      ],
      rows: main.map(({ path }, index) => [
        { text: formatNodePath(path), value: path },
        { text: formatBytes(bytesByNode[index] ?? 0), value: bytesByNode[index] ?? 0 },
      ]),
    },
  };
}
