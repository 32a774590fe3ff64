/** Groups the nodes of a graph to units that are computed in one step: a node, what is added to its result, and an activation. */
import type { Graph, Node, ValueName } from '../onnx/graph';
import type { NodeFacts } from '../onnx/ops/operator';
import { getAttribute, readersIn, type Readers } from '../onnx/traverse';
import { activationOf, noActivation, silu, type Activation } from './activation';
import { compiledOperator } from './operators/registry';

export interface NodeGroup {
  readonly node: Node;
  /** Name of the first output, of the last node in the group. */
  readonly output: ValueName;
  readonly scaled?: ValueName;
  readonly added?: ValueName;
  readonly activation: Activation;
  /** The only reader of the output, which makes codes of it. */
  readonly quantizer?: Node;
  /** All nodes of the group. */
  readonly nodes: readonly Node[];
}

export interface FusionFacts {
  facts(node: Node): NodeFacts;
  shape(name: ValueName): readonly number[] | undefined;
  /** A constant scalar. */
  scalar(name: ValueName): number | undefined;
  isConstant(name: ValueName): boolean;
}

/** Groups in an order in which each one finds its inputs. */
export function fuseUnits(graph: Graph, facts: FusionFacts): readonly NodeGroup[] {
  const readers = readersIn(graph);
  const places = new Map(graph.nodes.map((node, index) => [node, index]));
  const taken = new Set<Node>();
  const groups: { group: NodeGroup; place: number }[] = [];
  for (const [index, node] of graph.nodes.entries()) {
    if (taken.has(node)) continue;
    const group = groupOf(node, { readers, facts, taken });
    for (const member of group.nodes) taken.add(member);
    // A group that reads another value waits for it; otherwise it is computed where its first node stands.
    const isAlone = group.added === undefined && group.scaled === undefined;
    const place = isAlone ? index : Math.max(...group.nodes.map((member) => places.get(member)!));
    groups.push({ group, place });
  }
  return groups.sort((a, b) => a.place - b.place).map(({ group }) => group);
}

interface Search {
  readonly readers: Readers;
  readonly facts: FusionFacts;
  readonly taken: ReadonlySet<Node>;
}

/** The only reader of a value, if it is a node that is still free. */
function soleReader({ readers, taken }: Search, name: ValueName): Node | undefined {
  const [reader, ...others] = readers.get(name) ?? [];
  return others.length > 0 || reader === undefined || taken.has(reader) ? undefined : reader;
}

function groupOf(node: Node, search: Search): NodeGroup {
  const operator = compiledOperator(node);
  let group: NodeGroup = { node, output: node.outputs[0] ?? '', activation: noActivation, nodes: [node] };
  if (operator === undefined) return group;
  if (operator.fusesScale === true) {
    group = withScale(group, search);
    // Integers without a scale stay integers.
    if (group.scaled === undefined) return group;
  }
  if (operator.fusesAddition?.(search.facts.facts(node)) === true) group = withAddition(group, search);
  if (operator.fusesActivation === true) group = withActivation(group, search);
  return operator.lowerQuantized === undefined ? group : withQuantizer(group, search);
}

function withQuantizer(group: NodeGroup, search: Search): NodeGroup {
  const quantizer = soleReader(search, group.output);
  if (quantizer?.opType !== 'QuantizeLinear' || quantizer.inputs[0] !== group.output) return group;
  return { ...group, quantizer, nodes: [...group.nodes, quantizer] };
}

/** A conversion to floats, and a product with a scalar or a row. */
function withScale(group: NodeGroup, search: Search): NodeGroup {
  const cast = soleReader(search, group.output);
  const product = cast?.opType === 'Cast' ? soleReader(search, cast.outputs[0]!) : undefined;
  if (product?.opType !== 'Mul' || getAttribute(cast!, 'to')?.i !== 1n) return group;
  const scaled = product.inputs.find((name) => name !== cast!.outputs[0]);
  const [own, scale] = [group.output, scaled ?? ''].map((name) => search.facts.shape(name));
  const width = scale?.at(-1) ?? 1;
  const isRow = scale?.slice(0, -1).every((size) => size === 1) === true && (width === 1 || width === own?.at(-1));
  if (scaled === undefined || !isRow || scale.length > own!.length) return group;
  return { ...group, scaled, output: product.outputs[0]!, nodes: [...group.nodes, cast!, product] };
}

function withAddition(group: NodeGroup, search: Search): NodeGroup {
  const reader = soleReader(search, group.output);
  if (reader?.opType !== 'Add') return group;
  const added = reader.inputs.find((name) => name !== group.output);
  if (added === undefined) return group;
  const [own, other] = [search.facts.shape(group.output), search.facts.shape(added)];
  const isRow = group.node.opType?.startsWith('MatMul') === true && other?.length === 1 && other[0] === own?.at(-1);
  const isSame = own !== undefined && own.join() === other?.join();
  if (!isSame && !(isRow && search.facts.isConstant(added))) return group;
  return { ...group, added, output: reader.outputs[0]!, nodes: [...group.nodes, reader] };
}

function withActivation(group: NodeGroup, search: Search): NodeGroup {
  const reader = soleReader(search, group.output);
  if (reader === undefined) return withGate(group, search);
  const activation = activationOf(reader, (name) => search.facts.scalar(name));
  if (activation === undefined || reader.inputs[0] !== group.output) return group;
  return { ...group, activation, output: reader.outputs[0]!, nodes: [...group.nodes, reader] };
}

/** x × sigmoid(x), and x × hard sigmoid(x). */
function withGate(group: NodeGroup, search: Search): NodeGroup {
  const both = search.readers.get(group.output) ?? [];
  const product = both.find((node) => node?.opType === 'Mul');
  const gate = both.find((node) => node?.opType === 'Sigmoid' || node?.opType === 'HardSigmoid');
  if (both.length !== 2 || product === undefined || gate === undefined) return group;
  const gated = gate.outputs[0]!;
  const isGate = soleReader(search, gated) === product && !search.taken.has(gate);
  if (!isGate || !product.inputs.includes(group.output)) return group;
  const plain = activationOf(gate, () => undefined)!;
  const activation = gate.opType === 'Sigmoid' ? silu : { ...plain, kind: 6 };
  return { ...group, activation, output: product.outputs[0]!, nodes: [...group.nodes, gate, product] };
}
