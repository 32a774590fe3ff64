/** Rows of the layers table: every node with what is known of it, sorted, filtered and added up. Pure. */
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import { matchesWords, searchTextOf, wordsOfQuery } from '../../../../engine/analysis/find-nodes';
import { layerOperators } from '../../../../engine/passes/quantize/weights/weights-options';
import { findPass } from '../../../../engine/passes/registry';
import type { PassReport } from '../../../../engine/recipe/optimization';
import { formatCsv } from '../../../../engine/report/csv';
import { endSentence, formatNodePath, formatShape } from '../../../../engine/format';
import type { NodeMetric, NodeNumbers, NodeSubject } from '../../../node-facts/node-metric';

export interface LayerRow {
  /** Position in the file, from one. */
  readonly number: number;
  readonly op: string;
  readonly path: string;
  /** The path without the name of the main graph. */
  readonly label: string;
  /** The shape of the first output. */
  readonly shape: string;
  readonly precision: string | null;
  /** The name by which a recipe sets the bits of its weights; empty if it has none to set. */
  readonly bits: string;
  /** Numbers by metric. `null` if unknown, absent if the node has no such number. */
  readonly numbers: Readonly<Record<string, LayerNumber | null>>;
  /** Providers that are predicted to leave the node to the CPU. */
  readonly leaves: string;
  /** The reason why passes of the recipe left the node unchanged. */
  readonly leftAlone: string;
  readonly searchText: string;
  /** Paths of the helper nodes whose numbers it has. */
  readonly helpers: readonly string[];
}

export interface LayerNumber {
  readonly value: number;
  /** The share of the whole model; `null` if it is unknown or has no meaning. */
  readonly share: number | null;
}

/** A metric with what it says of the model. */
export interface MetricColumn {
  readonly metric: NodeMetric;
  readonly numbers: NodeNumbers;
}

export type TextColumn = 'number' | 'op' | 'label' | 'shape' | 'precision' | 'leaves' | 'leftAlone';

/** A column of texts, or the id of a metric. */
export type LayerColumn = TextColumn | (string & {});

export interface LayerOrder {
  readonly column: LayerColumn;
  readonly descending: boolean;
}

const quantized: ReadonlySet<string> = new Set(layerOperators);

/** While the model has not been described, precision is unknown. `passes`: of the recipe that made it. */
export function layerRows(
  subject: NodeSubject,
  metrics: readonly MetricColumn[],
  passes: readonly PassReport[],
): LayerRow[] {
  const { inspection, graphs } = subject;
  const precisions = new Map(graphs.flatMap(({ items }) => items.map(({ path, precision }) => [path, precision])));
  const reasons = reasonsByNode(graphs, passes);
  const numbersOf = numberReader(subject, metrics);
  return inspection.nodes.map((node, index) => ({
    number: index + 1,
    op: node.op,
    path: node.path,
    label: formatNodePath(node.path),
    shape: node.outputShapes.length === 0 ? '' : formatShape(node.outputShapes[0] ?? null),
    precision: precisions.get(node.path) ?? null,
    bits: quantized.has(node.op) && precisions.get(node.path) != null ? node.name || node.path : '',
    numbers: numbersOf(node.path),
    leaves: leavesOf(node.leaves ?? []),
    leftAlone: reasons.get(node.path) ?? '',
    searchText: searchTextOf(node),
    helpers: [],
  }));
}

/** The rows without helper nodes, whose numbers and reasons their layers have. `folded`: the path of the layer by that of the helper. */
export function foldRows(
  rows: readonly LayerRow[],
  folded: ReadonlyMap<string, string>,
  metrics: readonly MetricColumn[],
): readonly LayerRow[] {
  const helpers = new Map<string, LayerRow[]>();
  for (const row of rows) {
    const layer = folded.get(row.path);
    if (layer !== undefined) helpers.set(layer, [...(helpers.get(layer) ?? []), row]);
  }
  const summed = metrics.flatMap(({ metric }) => (metric.sum === null ? [] : [metric.id]));
  return rows.flatMap((row) => {
    if (folded.has(row.path)) return [];
    const own = helpers.get(row.path);
    return own === undefined ? [row] : [withHelpers(row, own, summed)];
  });
}

function withHelpers(row: LayerRow, helpers: readonly LayerRow[], summed: readonly string[]): LayerRow {
  const all = [row, ...helpers];
  const joined = (texts: readonly string[], separator: string): string =>
    [...new Set(texts.filter((text) => text !== ''))].join(separator);
  const sums = summed.flatMap((id) => {
    const found = all.flatMap(({ numbers }) => numbers[id] ?? (numbers[id] === null ? [null] : []));
    return found.length === 0 ? [] : [[id, found.includes(null) ? null : found.reduce(added)] as const];
  });
  return {
    ...row,
    numbers: { ...row.numbers, ...Object.fromEntries(sums) },
    leaves: joined(
      all.flatMap(({ leaves }) => leaves.split(', ')),
      ', ',
    ),
    leftAlone: joined(
      all.map(({ leftAlone }) => leftAlone),
      ' ',
    ),
    searchText: joined(
      all.map(({ searchText }) => searchText),
      '\n',
    ),
    helpers: helpers.map(({ path }) => path),
  };
}

function added(a: LayerNumber | null, b: LayerNumber | null): LayerNumber | null {
  if (a === null || b === null) return null;
  return { value: a.value + b.value, share: a.share === null || b.share === null ? null : a.share + b.share };
}

const providerTitles = { webgpu: 'WebGPU', webnn: 'WebNN' };

function leavesOf(providers: readonly ('webgpu' | 'webnn')[]): string {
  return providers.map((provider) => providerTitles[provider]).join(', ');
}

function numberReader(subject: NodeSubject, metrics: readonly MetricColumn[]): (path: string) => LayerRow['numbers'] {
  const known = metrics.flatMap(({ metric, numbers }) =>
    numbers.state === 'known' ? [{ metric, byPath: numbers.byPath, total: metric.totalOf?.(subject) ?? null }] : [],
  );
  return (path) => {
    const ofNode: Record<string, LayerNumber | null> = {};
    for (const { metric, byPath, total } of known) {
      // A metric that adds up is zero for a node without a number.
      const value = byPath.has(path) ? (byPath.get(path) ?? null) : metric.sum === null ? undefined : 0;
      if (value === undefined) continue;
      ofNode[metric.id] =
        value === null ? null : { value, share: total === null || total === 0 ? null : value / total };
    }
    return ofNode;
  };
}

/** Reasons name a node or a weight that it reads. */
function reasonsByNode(graphs: readonly GraphStructure[], passes: readonly PassReport[]): Map<string, string> {
  const byPath = new Map<string, string[]>();
  for (const { id, refusals } of passes) {
    for (const { path, reason } of refusals) {
      const text = `${findPass(id)?.presentation.title ?? id}: ${endSentence(reason)}`;
      byPath.set(path, [...(byPath.get(path) ?? []), text]);
    }
  }
  const reasons = new Map(Array.from(byPath, ([path, texts]) => [path, texts.join(' ')]));
  for (const graph of graphs) {
    for (const { path, constants } of graph.items) {
      if (reasons.has(path)) continue;
      const ofWeight = constants
        .map((name) => byPath.get(`${graph.path}/${name}`))
        .find((texts) => texts !== undefined);
      if (ofWeight !== undefined) reasons.set(path, ofWeight.join(' '));
    }
  }
  return reasons;
}

export function filterRows(rows: readonly LayerRow[], query: string): readonly LayerRow[] {
  const words = wordsOfQuery(query);
  return words.length === 0 ? rows : rows.filter(({ searchText }) => matchesWords(searchText, words));
}

/** The most costly first, because a file often begins with shapes and constants: by parameters while no MACs are known. */
export function costliestFirst(rows: readonly LayerRow[]): LayerOrder {
  const areKnown = rows.some(({ numbers }) => (numbers['macs']?.value ?? 0) > 0);
  return { column: areKnown ? 'macs' : 'parameters', descending: true };
}

/** Stable; what is not known comes last in either direction. */
export function sortRows(rows: readonly LayerRow[], { column, descending }: LayerOrder): LayerRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [valueOf(a, column), valueOf(b, column)];
    const [leftMissing, rightMissing] = [left === null || left === '', right === null || right === ''];
    if (leftMissing || rightMissing) return Number(leftMissing) - Number(rightMissing);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * collator.compare(String(left), String(right));
  });
}

const textColumns: ReadonlySet<string> = new Set<TextColumn>([
  'number',
  'op',
  'label',
  'shape',
  'precision',
  'leaves',
  'leftAlone',
]);

function isTextColumn(column: LayerColumn): column is TextColumn {
  return textColumns.has(column);
}

function valueOf(row: LayerRow, column: LayerColumn): string | number | null {
  if (isTextColumn(column)) return row[column];
  return row.numbers[column]?.value ?? null;
}

/** Names count: conv2 comes before conv10. */
const collator = new Intl.Collator('en', { numeric: true });

/** A column for each metric that is known, and one for its shares where there are any. */
export function layersCsv(rows: readonly LayerRow[], metrics: readonly MetricColumn[]): string {
  const columns = metrics.filter(({ numbers }) => numbers.state === 'known').map(({ metric }) => metric);
  const header = [
    ...['number', 'operator', 'node', 'output_shape', 'weights'],
    ...columns.flatMap(({ column, totalOf }) => (totalOf ? [column.csv, `${column.csv}_share`] : [column.csv])),
    ...['leaves', 'left_alone'],
  ];
  return formatCsv([
    header,
    ...rows.map((row) => [
      ...[row.number, row.op, row.path, row.shape, row.precision],
      ...columns.flatMap(({ id, totalOf }) => {
        const number = row.numbers[id] ?? null;
        return totalOf ? [number?.value ?? null, number?.share ?? null] : [number?.value ?? null];
      }),
      row.leaves,
      row.leftAlone,
    ]),
  ]);
}
