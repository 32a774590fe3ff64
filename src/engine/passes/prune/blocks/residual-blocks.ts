/** Residual blocks compute a value and add the result to it. Without the block, the value itself passes on. */
import { ModelEditor } from '../../../onnx/edit';
import type { Graph, Model, Node, ValueName } from '../../../onnx/graph';
import type { InferredModel } from '../../../onnx/infer';
import { renameValues } from '../../../onnx/rename-values';
import { isSameSize } from '../../../onnx/size';
import { namesReadBy } from '../../../onnx/subgraphs';
import { macsOfNodes } from '../../model-cost';
import { nodesOf, type NodeVisit } from '../../../onnx/traverse';
import { residualSumOf, type ResidualSumNode } from './fused-sums';

export interface ResidualBlock {
  /** The path of the sum that ends it. */
  readonly path: string;
  /** The value that enters the block and bypasses it. */
  readonly skip: ValueName;
  /** The output of the sum. If the sum is fused with a normalization and nothing else reads it: the output of the normalization. */
  readonly output: ValueName;
  /**
   * Nodes that are removed with it, in the order of the graph. The last is the sum; its normalization, if it has one,
   * stays.
   */
  readonly nodes: readonly NodeVisit[];
  /** `null` while a size is open. */
  readonly macs: number | null;
}

export interface BlockProblem {
  readonly path: string;
  readonly op: string;
  readonly reason: string;
}

export interface FoundBlocks {
  readonly blocks: readonly ResidualBlock[];
  /** Sums that end a block which must stay. */
  readonly problems: readonly BlockProblem[];
}

/** Finds the blocks in the order of the main graph. A block may lie within another. Reads no weights. */
export async function residualBlocks(
  model: Model,
  inferred: InferredModel,
  checkpoint: () => Promise<void>,
): Promise<FoundBlocks> {
  const graph = model.graph!;
  const visits = [...nodesOf({ path: 'graph', nodes: graph.nodes, graph })];
  const producers = new Map(visits.flatMap((visit) => visit.node.outputs.map((name) => [name, visit] as const)));
  const inputs = new Set(graph.inputs.flatMap(({ name }) => (name ? [name] : [])));
  const blocks: ResidualBlock[] = [];
  const problems: BlockProblem[] = [];
  for (const visit of visits) {
    const sum = residualSumOf(visit.node);
    const stays = (reason: string): void =>
      void problems.push({ path: visit.path, op: visit.node.opType ?? '', reason });
    const skip = sum && skipOf(sum.operands, producers);
    if (sum === undefined || skip === undefined) {
      const projected = sum && projectionOf(sum.operands, producers);
      if (projected) stays(projectionReason(projected));
      continue;
    }
    const { output } = sum;
    if (!areAlike([skip, ...sum.operands, output], graph, inferred)) {
      stays('The skip connection may have another shape than the sum.');
      continue;
    }
    await checkpoint();
    const left = withoutBlock(model, { skip, output });
    const unread = unreadInput(graph, left.graph!, inputs);
    if (unread !== undefined) {
      stays(`Without it, the input "${unread}" would be unused.`);
      continue;
    }
    const kept = new Set(left.graph!.nodes.flatMap(({ outputs }) => outputs));
    // The name of an output of the model stays, its sum does not.
    const nodes = visits.filter((each) => each === visit || !each.node.outputs.some((name) => kept.has(name)));
    const macs = macsOfNodes(
      nodes.map(({ node }) => node),
      inferred,
    );
    // An example of a block without layers is the cubic term of a GELU that is written out. Another one is a part of a
    // layer's output if something else reads the rest.
    if (macs === 0) stays('It has no layers, so removing it would save nothing.');
    else blocks.push({ path: visit.path, skip, output, nodes, macs });
  }
  return { blocks, problems };
}

/** The operand of a sum that the other one is computed from. */
function skipOf(
  [left, right]: ResidualSumNode['operands'],
  producers: ReadonlyMap<ValueName, NodeVisit>,
): ValueName | undefined {
  if (comesFrom(right, left, producers)) return left;
  return comesFrom(left, right, producers) ? right : undefined;
}

const projections: ReadonlySet<string | undefined> = new Set(['Conv', 'Gemm', 'MatMul']);
const behindProjections: ReadonlySet<string | undefined> = new Set(['BatchNormalization', 'Add', 'Identity']);

/** The layer that a shortcut leads through, from a value that the other operand is computed from. */
function projectionOf(
  operands: ResidualSumNode['operands'],
  producers: ReadonlyMap<ValueName, NodeVisit>,
): NodeVisit | undefined {
  for (const [shortcut, other] of [operands, operands.toReversed()]) {
    let visit = producers.get(shortcut!);
    while (visit && behindProjections.has(visit.node.opType)) {
      visit = visit.node.inputs.map((name) => producers.get(name)).find((each) => each !== undefined);
    }
    const data = visit?.node.inputs[0];
    if (visit && data && projections.has(visit.node.opType) && comesFrom(other!, data, producers)) return visit;
  }
  return undefined;
}

function projectionReason({ path }: NodeVisit): string {
  return `Its skip connection changes the shape: ${path} projects it. The block cannot be removed.`;
}

function comesFrom(name: ValueName, origin: ValueName, producers: ReadonlyMap<ValueName, NodeVisit>): boolean {
  // Nodes come in topological order: what computes the origin needs nothing behind it.
  const first = producers.get(origin)?.index ?? -1;
  const fused = producers.get(origin)?.node;
  // The other outputs of a fused node are computed from its sum.
  const origins = fused && residualSumOf(fused)?.sum === origin ? fused.outputs : [origin];
  const seen = new Set<ValueName>();
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (origins.includes(next)) return true;
    const producer = producers.get(next);
    if (seen.has(next) || producer === undefined || producer.index <= first) continue;
    seen.add(next);
    pending.push(...namesReadBy(producer.node));
  }
  return false;
}

function areAlike(names: readonly ValueName[], graph: Graph, inferred: InferredModel): boolean {
  const shapes = names.map((name) => inferred.value(graph, name)?.shape);
  const [first] = shapes;
  return (
    first !== undefined &&
    shapes.every(
      (shape) => shape?.length === first.length && shape.every((size, axis) => isSameSize(size, first[axis]!)),
    )
  );
}

/** An input that is read before and not after. */
function unreadInput(before: Graph, after: Graph, inputs: ReadonlySet<ValueName>): ValueName | undefined {
  const readIn = ({ nodes, outputs }: Graph): Set<ValueName> =>
    new Set([...nodes.flatMap(namesReadBy), ...outputs.flatMap(({ name }) => (name ? [name] : []))]);
  const [read, left] = [readIn(before), readIn(after)];
  // One that is a weight as well goes with its reader.
  const weights = new Set(before.initializers.map(({ name }) => name));
  return [...inputs].find((name) => read.has(name) && !left.has(name) && !weights.has(name));
}

/**
 * The model in which readers of the sum read the value that bypassed the block. An output of the model keeps its name.
 */
export function withoutBlock(model: Model, { skip, output }: Pick<ResidualBlock, 'skip' | 'output'>): Model {
  const editor = new ModelEditor(model);
  const graph = model.graph!;
  const { sum = '', alone } = residualSumOf(graph.nodes.find(({ outputs }) => outputs.includes(output))!)!;
  const isOutput = graph.outputs.some(({ name }) => name === sum);
  const renamed = new Map([[sum, skip]]);
  for (const node of graph.nodes) {
    if (node.outputs.includes(output)) {
      // Something asks for the name of the sum, so the name is passed on.
      const passed: Node = { opType: 'Identity', inputs: [skip], outputs: [sum], attributes: [] };
      const named = alone ? passed : { ...passed, name: node.name };
      editor.graph.replaceNode(node, [...(alone ? [alone(skip)] : []), ...(isOutput ? [named] : [])]);
    } else if (sum && namesReadBy(node).includes(sum)) editor.graph.replaceNode(node, [renameValues(node, renamed)]);
  }
  return editor.finish();
}
