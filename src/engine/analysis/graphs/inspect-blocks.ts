/** Finds the repeated blocks of a model's graphs for the drawing: the items of each block, and its name. */
import { dataTypeName } from '../../onnx/data-type';
import type { Model, Node } from '../../onnx/graph';
import { canonicalDomain, nodesOf, scopes } from '../../onnx/traverse';
import { weights } from '../../onnx/weights';
import type { GraphStructure } from './inspect-graphs';
import { attributeText } from '../inspect-node-contents';
import { repeatedBlocks, type BlockNode, type RepeatedBlock } from './repeated-blocks';

export interface GraphBlock {
  /** A path that distinguishes blocks from each other and from items: `graph:block:<path of its first node>`. */
  readonly path: string;
  /**
   * The common part of its nodes' names, or `Block 3 of 12`. It is `Group 2, block 3 of 12` if several repetitions of
   * the graph have no names. No other block of the graph has the same title.
   */
  readonly title: string;
  /** Positions in the graph's `items`: from `start` up to, not including, `end`; all of them are nodes. */
  readonly start: number;
  readonly end: number;
  /** The number of the block in its repetition, counted from one. */
  readonly place: number;
  readonly count: number;
}

/**
 * Returns the blocks by the path of a graph; graphs without repetitions are absent. Nodes with the same operator, attributes and shapes of
 * weights count as equal. No weights are read. Graphs share `deadlineMs` evenly.
 *
 * @param graphs the graphs of the model, as `inspectGraphs` gives them.
 */
export function inspectBlocks(
  model: Model,
  graphs: readonly GraphStructure[],
  { deadlineMs }: { readonly deadlineMs: number },
): Map<string, readonly GraphBlock[]> {
  const signatures = signaturesByPath(model);
  const found = new Map<string, readonly GraphBlock[]>();
  for (const graph of graphs) {
    const blocks = blocksOf(graph, signatures, deadlineMs / graphs.length);
    if (blocks.length > 0) found.set(graph.path, blocks);
  }
  return found;
}

interface Signed {
  readonly signature: string;
  readonly name: string;
}

function blocksOf({ path, items, edges }: GraphStructure, signed: ReadonlyMap<string, Signed>, deadlineMs: number) {
  const first = items.findIndex(({ kind }) => kind === 'node');
  if (first === -1) return [];
  const sources: number[][] = items.map(() => []);
  for (const { from, to } of edges) sources[to]!.push(from - first);
  const nodes = items.flatMap((item, at): BlockNode[] => {
    if (item.kind !== 'node') return [];
    const { signature, name } = signed.get(item.path) ?? { signature: item.title, name: '' };
    return [{ signature, name, sources: sources[at]! }];
  });
  const blocks = repeatedBlocks(nodes, { deadlineMs });
  const titles = titlesOf(blocks);
  return blocks.map(({ start, end, place, count }, at): GraphBlock => ({
    path: `${path}:block:${items[first + start]!.path}`,
    title: titles[at]!,
    start: first + start,
    end: first + end,
    place: place + 1,
    count,
  }));
}

function titlesOf(blocks: readonly RepeatedBlock[]): string[] {
  const uses = new Map<string, number>();
  for (const { name } of blocks) uses.set(name, (uses.get(name) ?? 0) + 1);
  const isNamed = ({ name }: RepeatedBlock): boolean => name !== '' && uses.get(name) === 1;
  const groups = [...new Set(blocks.filter((block) => !isNamed(block)).map(({ repetition }) => repetition))];
  return blocks.map((block) => {
    if (isNamed(block)) return block.name;
    const number = `lock ${block.place + 1} of ${block.count}`;
    return groups.length === 1 ? `B${number}` : `Group ${groups.indexOf(block.repetition) + 1}, b${number}`;
  });
}

function signaturesByPath(model: Model): Map<string, Signed> {
  const constants = new Map<string, string>();
  for (const { tensor, consumers } of weights(model)) {
    const text = `${dataTypeName(tensor.dataType ?? 0)}[${tensor.dims.join(',')}]`;
    for (const { path, input } of consumers) constants.set(`${input} ${path}`, text);
  }
  const signed = new Map<string, Signed>();
  for (const scope of scopes(model)) {
    for (const { node, path } of nodesOf(scope)) {
      const inputs = node.inputs.map((name, at) => (name === '' ? '' : (constants.get(`${at} ${path}`) ?? 'value')));
      signed.set(path, { signature: `${operatorText(node)}(${inputs.join(' ')})`, name: node.name ?? '' });
    }
  }
  return signed;
}

function operatorText({ opType, domain, attributes }: Node): string {
  const texts = attributes.map((attribute) => `${attribute.name ?? ''}=${attributeText(attribute)}`).toSorted();
  return `${canonicalDomain(domain)}.${opType ?? ''}{${texts.join(';')}}`;
}
