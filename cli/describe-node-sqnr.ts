import type { NodeSqnrs } from '../src/engine/metrics/node-sqnr';
import { formatCount, formatCounted, formatDecibels } from '../src/engine/format';
import { formatTable } from './table';

const shownNodes = 20;

/** The values that differ most, worst first, and how many could not be compared. */
export function describeNodeSqnr({ samples, inputs, nodes }: NodeSqnrs): string {
  const compared = nodes.flatMap(({ sqnrDb, ...node }) => (sqnrDb === null ? [] : [{ ...node, sqnrDb }]));
  const differing = compared.filter(({ maxAbs }) => maxAbs !== 0).sort((a, b) => a.sqnrDb - b.sqnrDb);
  const rows = differing
    .slice(0, shownNodes)
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
