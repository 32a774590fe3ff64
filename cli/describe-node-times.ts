import type { CellResult } from '../src/engine/metrics/cell';
import { formatCount, formatCounted, formatDuration } from '../src/engine/format';
import { formatTable } from './table';

const shownNodes = 15;

/** The slowest nodes of a cell and what is not known of; empty for a cell whose nodes were not timed. */
export function describeNodeTimes({ variant, ep, nodes, nodeTimes }: CellResult): string {
  if (nodes === undefined || nodeTimes === undefined) return '';
  const timed = nodes.flatMap(({ medianMs, share, ...node }) =>
    medianMs === null ? [] : [{ ...node, medianMs, share: share ?? 0 }],
  );
  const rows = timed
    .sort((a, b) => b.medianMs - a.medianMs)
    .slice(0, shownNodes)
    .map(({ path, op, ranAs, medianMs, share }) => [
      formatDuration(medianMs),
      `${(share * 100).toFixed(1)} %`,
      ranAs === undefined ? op : `${op} (as ${ranAs})`,
      path,
    ]);
  const others = nodeTimes.unattributed.map(
    ({ op, kernels, share }) => `${formatCounted(kernels, `${op} kernel`)} (${(share * 100).toFixed(1)} %)`,
  );
  return [
    `${variant} on ${ep}: ${formatCount(timed.length)} of ${formatCount(nodes.length)} nodes ran on their own, ${formatDuration(nodeTimes.sumMs)} together (median of ${nodeTimes.runs} runs). The others were fused into them or computed at load.`,
    formatTable(rows, ['right', 'right']),
    ...(others.length > 0 ? [`Unknown nodes: ${others.join(', ')}.`] : []),
  ].join('\n');
}
