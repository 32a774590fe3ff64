import type { ValueName } from '../../onnx/graph';
import { elementCount } from '../../onnx/tensor';
import { readFloats } from './float-tensor';
import type { RewriteGraph } from './rewrite-graph';

/** The number of a float constant with one element. */
export function scalarOf(graph: RewriteGraph, name: ValueName): number | undefined {
  const tensor = graph.constant(name);
  return tensor !== undefined && elementCount(tensor) === 1 ? readFloats(tensor)?.[0] : undefined;
}
