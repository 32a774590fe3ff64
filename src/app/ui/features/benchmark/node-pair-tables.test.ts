import { expect, it } from 'vitest';
import type { NodePair } from '../../../../engine/profiling/pair-nodes';
import { chartTableToCsv } from '../../components/charts/chart-table';
import { tabulateOperators, tabulatePairs } from './NodeComparison';

const pairs: readonly NodePair[] = [
  {
    original: {
      path: 'graph/conv',
      op: 'Conv',
      ms: 4,
      share: 0.5,
      provider: 'CPUExecutionProvider',
      gflops: 10,
      ranAs: 'FusedConv',
    },
    variant: { path: 'graph/conv', op: 'QLinearConv', ms: 1, share: 0.4, provider: 'CPUExecutionProvider', gflops: 40 },
    differenceMs: -3,
  },
  {
    original: { path: 'graph/relu', op: 'Relu', ms: null, share: null, gflops: null },
    variant: { path: 'graph/relu', op: 'Relu', ms: 0.5, share: 0.2, provider: 'CPUExecutionProvider', gflops: 1 },
    differenceMs: 0.5,
  },
  { variant: { path: null, op: 'Transpose', ms: 0.25, share: 0.1, gflops: null }, differenceMs: 0.25 },
];

const textOf = (row: readonly { readonly text: string }[]): string[] =>
  row.map(({ text }) => text.replaceAll('\u00a0', ' '));

it('shows the kernel of a node, nodes that ran as part of another, and missing ones', () => {
  const { rows } = tabulatePairs(pairs);
  expect(rows.map(textOf)).toEqual([
    ['conv', 'FusedConv → QLinearConv', 'WASM', '4.00 ms', '1.00 ms', '40.0 %', '40.0', '−3.00 ms'],
    ['relu', 'Relu', 'WASM', 'fused', '500 µs', '20.0 %', '1.00', '+500 µs'],
    ['Transpose, added by the runtime', 'Transpose', '', 'missing', '250 µs', '10.0 %', '–', '+250 µs'],
  ]);
});

it('exports raw numbers', () => {
  const [head, first] = chartTableToCsv(tabulatePairs(pairs)).split('\r\n');
  expect(head).toBe('node,operator,provider,original_ms,variant_ms,variant_share,variant_gflops,difference_ms');
  expect(first).toBe('graph/conv,FusedConv → QLinearConv,WASM,4,1,0.4,40,-3');
});

it('adds up by operator', () => {
  const sum = { op: 'Conv', originalMs: 4, variantMs: 0, originalNodes: 2, variantNodes: 0, differenceMs: -4 };
  expect(textOf(tabulateOperators([sum]).rows[0]!)).toEqual(['Conv', '4.00 ms (2)', '–', '−4.00 ms']);
});
