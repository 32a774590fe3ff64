/** Describes one node for `inspect`: its operator, its inputs and its cost. */
import type { Model, ValueName } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import { nodes } from '../onnx/traverse';
import type { InspectedNode, InspectedValue } from './inspection';
import type { NodeParameters } from './weights/parameters';
import type { PredictedPlacements } from './predict-placement';
import { flopsOf } from './run-cost';

interface NodeContext {
  readonly inferred: InferredModel;
  readonly parameters: ReadonlyMap<string, NodeParameters>;
  readonly values: ReadonlyMap<ValueName, Pick<InspectedValue, 'shape'>>;
  readonly providers: PredictedPlacements;
}

/** Every node of the model, those in graphs of nodes and in functions too, in the order of `nodes(model)`. */
export function inspectNodes(model: Model, { inferred, parameters, values, providers }: NodeContext): InspectedNode[] {
  const leaving = leavingByPath(providers);
  return Array.from(nodes(model), ({ path, node, scope }) => {
    const { own = 0, shared = 0 } = parameters.get(path) ?? {};
    return {
      path,
      name: node.name ?? '',
      op: node.opType ?? '',
      domain: node.domain ?? '',
      inputs: node.inputs,
      outputs: node.outputs,
      parameters: own,
      ...(shared > 0 && { sharedParameters: shared }),
      macs: inferred.macs(node),
      flops: flopsOf(inferred, node),
      bytes: inferred.bytes(node),
      ...(inferred.hasBody(node) && { includesBodies: true as const }),
      ...(scope.graph !== model.graph && { inBody: true as const }),
      outputShapes: node.outputs.map((output) => values.get(output)?.shape ?? null),
      ...(leaving.has(path) && { leaves: leaving.get(path) }),
    };
  });
}

function leavingByPath({ webgpu, webnn }: PredictedPlacements): Map<string, ('webgpu' | 'webnn')[]> {
  const byPath = new Map<string, ('webgpu' | 'webnn')[]>();
  for (const { path } of webgpu.leaves) byPath.set(path, ['webgpu']);
  for (const { path } of webnn.leaves) byPath.set(path, [...(byPath.get(path) ?? []), 'webnn']);
  return byPath;
}
