/** Finds the descriptions of values that a reader of the model infers by itself. */
import { statedSize } from '../../onnx/declared-shape';
import type { Dimension, Graph, Model, ValueInfo } from '../../onnx/graph';
import { inferUndeclared } from '../../onnx/infer-undeclared';
import type { SymbolicShape } from '../../onnx/ops/operator';
import { namesDefinedBy } from '../../onnx/subgraphs';

/**
 * Decides if a description in a graph of the model can be removed. It can if the value is gone, or if its type and
 * sizes follow from the inputs by operator rules alone.
 */
export function knownValues(model: Model): (graph: Graph, info: ValueInfo) => boolean {
  const inferred = inferUndeclared(model);
  const defined = new Map([...inferred.keys()].map((graph) => [graph, new Set(namesDefinedBy(graph))]));
  return (graph, { name = '', type }) => {
    const own = defined.get(graph);
    // Nothing is known of graphs in bodies of functions.
    if (own === undefined) return false;
    if (!own.has(name)) return true;
    const found = inferred.get(graph)!(name);
    if (found === undefined || type?.kind !== 'tensor' || found.elementType !== type.elementType) return false;
    return type.shape === undefined || (found.shape !== undefined && coversAll(found.shape, type.shape.dimensions));
  };
}

/** Every size that is declared as a number is known as that, every symbol as something. */
function coversAll(shape: SymbolicShape, declared: readonly Dimension[]): boolean {
  return (
    shape.length === declared.length &&
    declared.every((dimension, axis) => {
      const stated = statedSize(dimension);
      if (stated !== undefined) return shape[axis] === stated;
      return shape[axis] !== null || !('symbol' in dimension && dimension.symbol);
    })
  );
}
