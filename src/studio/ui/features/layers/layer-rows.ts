/** Rows of the layers table: every node with what is known of it, sorted, filtered and added up. Pure. */
import type { GraphStructure } from '../../../../engine/analysis/describe-graphs';
import { matchesWords, searchTextOf, wordsOfQuery } from '../../../../engine/analysis/find-nodes';
import type { Inspection } from '../../../../engine/analysis/inspection';
import { passById } from '../../../../engine/passes/registry';
import type { PassReport } from '../../../../engine/recipe/optimization';
import { formatCsv } from '../../../../engine/report/csv';
import { endSentence, formatShape } from '../../../../engine/report/format';

export interface LayerRow {
  /** Position in the file, from one. */
  readonly number: number;
  readonly op: string;
  readonly path: string;
  /** The path without the name of the main graph. */
  readonly label: string;
  /** Of the first output. */
  readonly shape: string;
  readonly precision: string | null;
  readonly parameters: number;
  readonly macs: number | null;
  /** Of all multiply-adds; `null` where either is not known. */
  readonly share: number | null;
  /** Why passes of the recipe left the node as it was. */
  readonly leftAlone: string;
  readonly searchText: string;
}

export type LayerColumn = 'number' | 'op' | 'label' | 'shape' | 'precision' | 'parameters' | 'macs' | 'leftAlone';

export interface LayerOrder {
  readonly column: LayerColumn;
  readonly descending: boolean;
}

/** `graphs`: absent while the model has not been described; precision is then unknown. `passes`: of the recipe that made it. */
export function layerRows(
  inspection: Inspection,
  graphs: readonly GraphStructure[],
  passes: readonly PassReport[],
): LayerRow[] {
  const precisions = new Map(graphs.flatMap(({ items }) => items.map(({ path, precision }) => [path, precision])));
  const reasons = reasonsByNode(graphs, passes);
  return inspection.nodes.map((node, index) => ({
    number: index + 1,
    op: node.op,
    path: node.path,
    label: labelOf(node.path),
    shape: node.outputShapes.length === 0 ? '' : formatShape(node.outputShapes[0] ?? null),
    precision: precisions.get(node.path) ?? null,
    parameters: node.parameters,
    macs: node.macs,
    share: node.macs === null || !inspection.macs ? null : node.macs / inspection.macs,
    leftAlone: reasons.get(node.path) ?? '',
    searchText: searchTextOf(node),
  }));
}

export function labelOf(path: string): string {
  return path.replace(/^graph\//, '');
}

/** Reasons name a node or a weight that it reads. */
function reasonsByNode(graphs: readonly GraphStructure[], passes: readonly PassReport[]): Map<string, string> {
  const byPath = new Map<string, string[]>();
  for (const { id, refusals } of passes) {
    for (const { path, reason } of refusals) {
      const text = `${passById(id).title}: ${endSentence(reason)}`;
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

/** Stable; what is not known comes last in either direction. */
export function sortRows(rows: readonly LayerRow[], { column, descending }: LayerOrder): LayerRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [a[column], b[column]];
    const [leftMissing, rightMissing] = [left === null || left === '', right === null || right === ''];
    if (leftMissing || rightMissing) return Number(leftMissing) - Number(rightMissing);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * collator.compare(String(left), String(right));
  });
}

/** Names count: conv2 comes before conv10. */
const collator = new Intl.Collator('en', { numeric: true });

export interface LayerTotals {
  readonly nodes: number;
  readonly parameters: number;
  readonly macs: number | null;
}

/**
 * Multiply-adds of a node count those of the graphs inside it, so that such a node and what is in it are not added up; nor
 * are bodies of functions, which count where they are called. Weights that several nodes read count for each of them.
 */
export function totalsOf(rows: readonly LayerRow[]): LayerTotals {
  const paths = new Set(rows.map(({ path }) => path));
  let parameters = 0;
  let macs: number | null = 0;
  for (const row of rows) {
    parameters += row.parameters;
    if (row.path.startsWith('function:') || isInside(row.path, paths)) continue;
    macs = macs === null || row.macs === null ? null : macs + row.macs;
  }
  return { nodes: rows.length, parameters, macs };
}

/** `graph/If_0.then_branch/Conv_3` is inside `graph/If_0`. */
function isInside(path: string, paths: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const holder = path.slice(0, at);
    const dot = holder.lastIndexOf('.');
    if (dot > 0 && paths.has(holder.slice(0, dot))) return true;
  }
  return false;
}

export function layersCsv(rows: readonly LayerRow[]): string {
  const header = [
    'number',
    'operator',
    'node',
    'output_shape',
    'weights',
    'parameters',
    'macs',
    'macs_share',
    'left_alone',
  ];
  return formatCsv([
    header,
    ...rows.map((row) => [
      row.number,
      row.op,
      row.path,
      row.shape,
      row.precision,
      row.parameters,
      row.macs,
      row.share,
      row.leftAlone,
    ]),
  ]);
}
