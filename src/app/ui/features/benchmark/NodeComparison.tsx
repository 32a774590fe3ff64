/** Times of the nodes of the original and the selected variant in one table. Loaded when it is opened. */
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { formatCount, formatDuration, formatFigures, formatNodePath, formatPercent } from '../../../../engine/format';
import type { NodePair, OperatorPair, TimedNode } from '../../../../engine/profiling/pair-nodes';
import { isSlower, pairNodes, sumByOperator } from '../../../../engine/profiling/pair-nodes';
import { saveBlob } from '../../../platform/save-blob';
import { measureSelectedNodes, nodeMeasurementStore, timesOf } from '../../../state/benchmark/node-measurements';
import { hasJob } from '../../../state/jobs/job-store';
import { useGraphDifference } from '../../../state/models/use-inspection';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { type ChartTableCell, type ChartTableData, chartTableToCsv } from '../../components/charts/chart-table';
import { Note } from '../../components/Note';
import { ScrollTable } from '../../components/ScrollTable';

const views = ['All', 'Slower', 'By operator'] as const;
type View = (typeof views)[number];

/** The largest differences stand first, and the file has all. */
const mostRows = 200;

export default function NodeComparison() {
  const [view, setView] = useState<View>('All');
  const isMeasuring = useJob((jobs) => hasJob(jobs, 'measure-nodes'));
  const pairs = useNodePairs();
  const table = useMemo(() => (pairs === null ? null : tableOf(view, pairs)), [view, pairs]);
  return (
    <Stack gap={12} mt={12}>
      <Group gap={12}>
        <Button variant="default" disabled={isMeasuring} onClick={() => void measureSelectedNodes()}>
          Measure nodes
        </Button>
        {table === null ? null : (
          <>
            <SegmentedControl
              aria-label="Nodes shown"
              data={[...views]}
              value={view}
              onChange={(value) => setView(value as View)}
            />
            <Button variant="subtle" onClick={() => saveTable(table)}>
              CSV
            </Button>
          </>
        )}
      </Group>
      <Text c="dimmed">Median of up to 12 profiled runs on WASM.</Text>
      {table === null ? null : <PairTable table={table} />}
    </Stack>
  );
}

/** `null` until both models were measured with the current sizes. */
function useNodePairs(): readonly NodePair[] | null {
  const variant = useWorkspace(selectSelectedVariant);
  const measurements = useStore(nodeMeasurementStore, (state) => state.measurements);
  const a = useInspectedModel(originalId);
  const b = useInspectedModel(variant?.id ?? originalId);
  const { value: difference } = useGraphDifference(a?.files ?? null, variant === null ? null : (b?.files ?? null));
  return useMemo(() => {
    const [timesA, timesB] = [timesOf(a?.files ?? null), timesOf(b?.files ?? null)];
    const [costsA, costsB] = [a?.inspected?.inspection.nodes, b?.inspected?.inspection.nodes];
    if (!difference || !timesA || !timesB || !costsA || !costsB) return null;
    return pairNodes({ times: timesA.times, costs: costsA }, { times: timesB.times, costs: costsB }, difference.pairs);
    // The times are kept by the files. The count changes when new ones come.
    // eslint-disable-next-line react/exhaustive-deps
  }, [a, b, difference, measurements]);
}

function tableOf(view: View, pairs: readonly NodePair[]): ChartTableData {
  if (view === 'By operator') return tabulateOperators(sumByOperator(pairs));
  return tabulatePairs(view === 'Slower' ? pairs.filter(isSlower) : pairs);
}

function saveTable(table: ChartTableData): void {
  saveBlob(new Blob([chartTableToCsv(table)], { type: 'text/csv' }), 'nodes.csv');
}

function PairTable({ table: { columns, rows } }: { readonly table: ChartTableData }) {
  if (rows.length === 0) return <Text>No node is slower.</Text>;
  return (
    <>
      <ScrollTable
        label="Nodes side by side"
        caption="Median times of nodes in the original and the variant, on WASM"
        columns={columns.map(({ title, csvName }) => ({
          name: title,
          isNumeric: /_(ms|share|gflops)$/.test(csvName ?? ''),
        }))}
        rows={rows.slice(0, mostRows).map(([name, ...cells]) => ({
          name: name?.text ?? '',
          cells: cells.map(({ text }) => text),
        }))}
      />
      {rows.length > mostRows ? (
        <Note>{`${formatCount(mostRows)} of ${formatCount(rows.length)} rows. The CSV has all.`}</Note>
      ) : null}
    </>
  );
}

/** Names of onnxruntime without what all of them end with. */
function shortProvider(provider: string | undefined): string {
  return (provider ?? '').replace(/ExecutionProvider$/, '').replace(/^CPU$/, 'WASM');
}

function signedDuration(ms: number): string {
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
