/** The nodes of two models side by side as tables: by node and by operator. Pure. */
import { formatDuration, formatFigures, formatNodePath, formatPercent } from '../../../../engine/format';
import type { NodePair, OperatorPair, TimedNode } from '../../../../engine/profiling/pair-nodes';
import type { ChartTableData, ChartTableCell } from '../../components/charts/chart-table';

/** Names of onnxruntime without what all of them end with. */
export function shortProvider(provider: string | undefined): string {
  return (provider ?? '').replace(/ExecutionProvider$/, '').replace(/^CPU$/, 'WASM');
}

export function signedDuration(ms: number): string {
  return ms > 0 ? `+${formatDuration(ms)}` : formatDuration(ms);
}

export function tabulatePairs(pairs: readonly NodePair[]): ChartTableData {
  return {
    columns: [
      { title: 'Node', csvName: 'node' },
      { title: 'Operator', csvName: 'operator' },
      { title: 'Provider', csvName: 'provider' },
      { title: 'Original', csvName: 'original_ms' },
      { title: 'Variant', csvName: 'variant_ms' },
      { title: 'Share', csvName: 'variant_share' },
      { title: 'GFLOP/s', csvName: 'variant_gflops' },
      { title: 'Difference', csvName: 'difference_ms' },
    ],
    rows: pairs.map(({ original, variant, differenceMs }) => {
      const shown = (variant ?? original)!;
      return [
        nameCell(shown),
        { text: operatorOf(original, variant) },
        { text: changed(shortProvider(original?.provider), shortProvider(variant?.provider)) },
        timeCell(original),
        timeCell(variant),
        { text: variant?.share == null ? '–' : formatPercent(variant.share), value: variant?.share ?? null },
        { text: variant?.gflops == null ? '–' : formatFigures(variant.gflops), value: variant?.gflops ?? null },
        { text: signedDuration(differenceMs), value: differenceMs },
      ];
    }),
  };
}

export function tabulateOperators(sums: readonly OperatorPair[]): ChartTableData {
  const nodes = (count: number, ms: number): ChartTableCell => ({
    text: count === 0 ? '–' : `${formatDuration(ms)} (${count})`,
    value: ms,
  });
  return {
    columns: [
      { title: 'Operator', csvName: 'operator' },
      { title: 'Original (nodes)', csvName: 'original_ms' },
      { title: 'Variant (nodes)', csvName: 'variant_ms' },
      { title: 'Difference', csvName: 'difference_ms' },
    ],
    rows: sums.map(({ op, originalMs, variantMs, originalNodes, variantNodes, differenceMs }) => [
      { text: op },
      nodes(originalNodes, originalMs),
      nodes(variantNodes, variantMs),
      { text: signedDuration(differenceMs), value: differenceMs },
    ]),
  };
}

function nameCell({ path, op }: TimedNode): ChartTableCell {
  return path === null ? { text: `${op}, added by the runtime` } : { text: formatNodePath(path), value: path };
}

/** A fused node has the operator that ran, because its time is the time of that operator. */
function operatorOf(original: TimedNode | undefined, variant: TimedNode | undefined): string {
  const ran = (node: TimedNode | undefined): string => node?.ranAs ?? node?.op ?? '';
  return changed(ran(original), ran(variant));
}

function changed(before: string, after: string): string {
  if (before === after || after === '') return before;
  return before === '' ? after : `${before} → ${after}`;
}

function timeCell(node: TimedNode | undefined): ChartTableCell {
  if (node === undefined) return { text: 'missing', value: null };
  return node.ms === null ? { text: 'fused', value: null } : { text: formatDuration(node.ms), value: node.ms };
}
