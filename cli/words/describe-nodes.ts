/** Tables of nodes: how far their outputs are apart, and how long they take. */
import {
  formatCount,
  formatCounted,
  formatDecibels,
  formatDuration,
  formatFigures,
  formatPercent,
} from '../../src/engine/format';
import type { CellResult } from '../../src/engine/metrics/cell';
import type { NodeSqnrs } from '../../src/engine/metrics/node-sqnr';
import type { Bottleneck } from '../../src/engine/profiling/bottleneck';
import { isSlower, type NodePair } from '../../src/engine/profiling/pair-nodes';
import { isRoofTooLow, roofTooLow, type Roof, type RooflineNode } from '../../src/engine/profiling/roofline';
import { formatTable } from './table';

const shownDifferences = 20;
const shownTimes = 15;

/** The values that differ most, worst first, and how many could not be compared. */
export function describeNodeSqnr({ samples, inputs, nodes }: NodeSqnrs): string {
  const compared = nodes.flatMap(({ sqnrDb, ...node }) => (sqnrDb === null ? [] : [{ ...node, sqnrDb }]));
  const differing = compared.filter(({ maxAbs }) => maxAbs !== 0).sort((a, b) => a.sqnrDb - b.sqnrDb);
  const rows = differing
    .slice(0, shownDifferences)
    .map(({ a, b, op, sqnrDb, localSqnrDb = null }) => [
      formatDecibels(sqnrDb),
      localSqnrDb === null ? '?' : formatDecibels(localSqnrDb),
      op,
      a === b ? a : `${a} → ${b}`,
    ]);
  const unknown = nodes.length - compared.length;
  const source = inputs === 'data' ? 'of the data' : 'of random input';
  return [
    `SQNR of ${formatCounted(compared.length, 'value')} that both models compute, on ${formatCounted(samples, 'sample')} ${source}. Both run on WASM without graph optimization: ${formatCount(differing.length)} differ.`,
    rows.length === 0 ? '' : formatTable([['SQNR', 'alone', '', ''], ...rows], ['right', 'right']),
    rows.length === 0
      ? ''
      : 'Alone: the node gets the values of the original as inputs, which excludes errors of earlier nodes.',
    ...(unknown > 0
      ? [`${formatCount(unknown)} could not be compared: ${nodes.find(({ reason }) => reason)?.reason}`]
      : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The slowest nodes of a cell, and the nodes without known times. Empty for a cell whose nodes were not timed. */
export function describeNodeTimes({ variant, ep, nodes, nodeTimes }: CellResult): string {
  if (nodes === undefined || nodeTimes === undefined) return '';
  const timed = nodes.flatMap(({ medianMs, share, ...node }) =>
    medianMs === null ? [] : [{ ...node, medianMs, share: share ?? 0 }],
  );
  const rows = timed
    .sort((a, b) => b.medianMs - a.medianMs)
    .slice(0, shownTimes)
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

/** The nodes whose times differ most between a model and its variant. */
export function describeNodePairs(pairs: readonly NodePair[]): string {
  const time = (node: NodePair['original']): string => {
    if (node === undefined) return 'missing';
    return node.ms === null ? 'fused' : formatDuration(node.ms);
  };
  const rows = pairs
    .slice(0, shownTimes)
    .map(({ original, variant, differenceMs }) => [
      time(original),
      time(variant),
      `${differenceMs > 0 ? '+' : ''}${formatDuration(differenceMs)}`,
      [...new Set([original?.ranAs ?? original?.op, variant?.ranAs ?? variant?.op])].filter(Boolean).join(' → '),
      (variant ?? original)?.path ?? 'added by the runtime',
    ]);
  return [
    `Nodes of both models, the largest differences first: ${formatCount(pairs.filter(isSlower).length)} of ${formatCount(pairs.length)} are slower in the variant.`,
    formatTable([['original', 'variant', 'difference', '', ''], ...rows], ['right', 'right', 'right']),
  ].join('\n');
}

/** Describes the bottleneck, the roofs of the device, and the slowest nodes with their limits. */
export function describeRoofline(
  roofline: Roof & { readonly nodes: readonly RooflineNode[] },
  bottleneck: Bottleneck | null,
): string {
  const { threads, peakGflops, bandwidthGbps, nodes } = roofline;
  const rows = nodes
    .slice(0, shownTimes)
    .map(({ path, op, ms, share, gflops, limit }) => [
      formatDuration(ms),
      formatPercent(share),
      gflops === null ? '?' : formatFigures(gflops),
      limit,
      op,
      path,
    ]);
  return [
    ...(bottleneck ? [bottleneck.sentence] : []),
    `This device reaches ${formatFigures(peakGflops)} GFLOP/s and ${formatFigures(bandwidthGbps)} GB/s on WASM with ${formatCounted(threads, 'thread')}.`,
    ...(isRoofTooLow(roofline, nodes) ? [roofTooLow] : []),
    formatTable([['time', 'share', 'GFLOP/s', 'limit', '', ''], ...rows], ['right', 'right', 'right']),
  ].join('\n');
}
