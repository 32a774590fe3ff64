/** Finds the values that a runtime knows when it loads a model. It computes them once, and no node runs for them. */
import type { Graph, Node, ValueName } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import { drawsRandomNumbers } from '../onnx/ops/registry';
import { subgraphsOf } from '../onnx/subgraphs';
import { isDefaultDomain } from '../onnx/traverse';

/**
 * Returns the names of constants that the graph sees. These are initializers that no caller may override, Constant
 * nodes, and results of nodes with only constant inputs. Shape and Size of values of known size count too. Random
 * numbers are no constants, and neither are outputs of DequantizeLinear, which runtimes keep to fuse it. `outer` holds
 * the constants of the graph around it. `overridable` holds initializers that are mere defaults, as
 * `overridableInitializers` returns them.
 */
export function constantsOf(
  graph: Graph,
  inferred: InferredModel,
  { outer, overridable }: { readonly outer?: ReadonlySet<ValueName>; readonly overridable: ReadonlySet<ValueName> },
): Set<ValueName> {
  const constants = new Set(outer);
  for (const { values } of graph.sparseInitializers) if (values?.name) constants.add(values.name);
  // A name of the graph hides that of the one around it, and a sparse weight that is an input is a default.
  for (const { name } of graph.inputs) if (name) constants.delete(name);
  for (const { name } of graph.initializers) if (name && !overridable.has(name)) constants.add(name);
  for (const node of graph.nodes) {
    const isKnown = isWorkedOut(node, graph, inferred, constants);
    for (const output of node.outputs) {
      if (isKnown) constants.add(output);
      else constants.delete(output);
    }
  }
  return constants;
}

function isWorkedOut(node: Node, graph: Graph, inferred: InferredModel, constants: ReadonlySet<ValueName>): boolean {
  if (node.opType === 'DequantizeLinear' || drawsRandomNumbers(node) || subgraphsOf(node).length > 0) return false;
  if (isDefaultDomain(node.domain) && (node.opType === 'Shape' || node.opType === 'Size')) {
    const shape = inferred.value(graph, node.inputs[0] ?? '')?.shape;
    if (shape?.every((size) => typeof size === 'number')) return true;
  }
  return node.inputs.every((name) => name === '' || constants.has(name)) && node.outputs.length > 0;
}
