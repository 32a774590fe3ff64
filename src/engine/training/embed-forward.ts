/** Puts forward graphs into a step graph: the student under its own names, a teacher under names of its own. */
import type { Graph, Node, Tensor, ValueName } from '../onnx/graph';
import { renameValues } from '../onnx/rename-values';
import { namesDefinedBy, subgraphsOf } from '../onnx/subgraphs';
import { isDefaultDomain } from '../onnx/traverse';
import { getAttributeInt } from '../onnx/traverse';
import { trainingDomain, type ForwardGraph } from './prepare-forward';
import { StepBuilder } from './step-builder';

/** A builder in which every name of these graphs is taken. */
export function createBuilder(...forwards: readonly ForwardGraph[]): StepBuilder {
  const graphs = forwards.flatMap(({ graph }) => [graph, ...innerGraphs(graph)]);
  return new StepBuilder({
    values: graphs.flatMap((graph) => [...namesDefinedBy(graph)]),
    nodes: graphs.flatMap(({ nodes }) => nodes.flatMap(({ name }) => (name ? [name] : []))),
  });
}

function innerGraphs(graph: Graph): Graph[] {
  return graph.nodes.flatMap(subgraphsOf).flatMap((inner) => [inner, ...innerGraphs(inner)]);
}

/** @param parameters weights that the step computes from its state: their initializers stay behind. */
export function embedStudent(builder: StepBuilder, student: ForwardGraph, parameters: ReadonlySet<ValueName>): void {
  declareShapes(builder, student, (name) => name);
  for (const node of student.graph.nodes) builder.nodes.push(asOnnx(node));
  builder.initializers.push(...student.graph.initializers.filter(({ name }) => !parameters.has(name ?? '')));
}

/** The names that the values of the teacher have in the step. Its inputs are those of the student. */
export function embedTeacher(builder: StepBuilder, teacher: ForwardGraph): ReadonlyMap<ValueName, ValueName> {
  const { graph } = teacher;
  const renamed = new Map<ValueName, ValueName>(graph.inputs.map(({ name = '' }) => [name, name]));
  for (const each of [graph, ...innerGraphs(graph)]) {
    for (const name of namesDefinedBy(each)) {
      if (name !== '' && !renamed.has(name)) renamed.set(name, builder.freshName(`teacher/${name}`));
    }
  }
  declareShapes(builder, teacher, (name) => renamed.get(name)!);
  const rename = (node: Node): Node => renameValues(node, renamed, (name) => builder.freshNodeName(`teacher/${name}`));
  for (const node of graph.nodes) builder.nodes.push(rename(asOnnx(node)));
  builder.initializers.push(...graph.initializers.map((each): Tensor => ({ ...each, name: renamed.get(each.name!) })));
  return renamed;
}

function asOnnx(node: Node): Node {
  if (node.domain !== trainingDomain) return node;
  const { domain: _domain, ...plain } = node;
  return plain;
}

function declareShapes(
  builder: StepBuilder,
  { graph, ...forward }: ForwardGraph,
  nameOf: (name: string) => string,
): void {
  for (const name of namesDefinedBy(graph)) {
    const shape = forward.shapeOf(name);
    if (shape !== undefined && name !== '') builder.declare(nameOf(name), shape);
  }
}

/** Returns the input of a final Softmax or LogSoftmax over the last axis, because losses take logits. Returns any other output itself. */
export function logitsOf(forward: ForwardGraph, output: ValueName): ValueName {
  const producer = forward.graph.nodes.find(({ outputs }) => outputs.includes(output));
  const rank = forward.shapeOf(output)?.length ?? 0;
  const isSoftmax =
    producer !== undefined &&
    isDefaultDomain(producer.domain) &&
    (producer.opType === 'Softmax' || producer.opType === 'LogSoftmax') &&
    [-1, rank - 1].includes(getAttributeInt(producer, 'axis') ?? -1);
  return isSoftmax ? producer.inputs[0]! : output;
}
