/** Activations over a run as data for a chart: what is alive while each node runs. Pure. */
import type { Inspection } from '../../../../engine/analysis/inspection';
import { formatBytes, formatFirst, formatNodePath } from '../../../../engine/format';
import { activationsByNode } from '../../../node-facts/inspected-metrics';
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

/** Returns `null` if sizes are open, or the bytes of nodes are unknown. */
export function drawActivations(inspection: Inspection): ActivationDrawing | null {
  const { peakActivation } = inspection;
  const nodes = activationsByNode(inspection);
  if (peakActivation === null || nodes === null || nodes.length === 0) return null;
  const { bytes, node, alive, aliveCount } = peakActivation;
  const named = formatFirst(
    alive.map((value) => `${value.name} (${formatBytes(value.bytes)})`),
    mostNamed,
    aliveCount,
  );
  const step = Math.ceil(nodes.length / mostPoints);
  const points: { node: number; bytes: number }[] = [];
  for (let first = 0; first < nodes.length; first += step) {
    points.push({ node: first + 1, bytes: Math.max(...nodes.slice(first, first + step).map((each) => each.bytes)) });
  }
  return {
    peak: `The peak is ${formatBytes(bytes)} while ${formatNodePath(node)} runs: ${named}.`,
    points,
    table: {
      columns: [
        { title: 'Node', csvName: 'node' },
        { title: 'Alive', csvName: 'activation_bytes' },
      ],
      rows: nodes.map((each) => [
        { text: formatNodePath(each.path), value: each.path },
        { text: formatBytes(each.bytes), value: each.bytes },
      ]),
    },
  };
}
