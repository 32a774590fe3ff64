/** Decides which weights are parameters, and which node each of them counts for. */
import { DataType } from '../../onnx/data-type';
import { takesWideIntegerWeight } from '../../onnx/ops/registry';
import { elementCount } from '../../onnx/tensor';
import type { Weight } from '../../onnx/weights';

/** Constants of these types are sizes, axes, indices, conditions and texts. */
const bookkeepingTypes: ReadonlySet<number | undefined> = new Set([
  DataType.int64,
  DataType.uint64,
  DataType.int32,
  DataType.uint32,
  DataType.bool,
  DataType.string,
]);

/**
 * True for floats of every width, including complex ones. True for integers of at most 16 bits, which hold quantized
 * weights with their scales and zero points. True for int32 if a node reads it as a quantized bias. Other integers,
 * bool and text are bookkeeping: shapes, axes, indices, masks. A float constant always counts, even an exponent or a
 * bound.
 */
export function isParameter({ tensor, consumers }: Weight): boolean {
  if (!bookkeepingTypes.has(tensor.dataType)) return true;
  return tensor.dataType === DataType.int32 && consumers.some(({ node, input }) => takesWideIntegerWeight(node, input));
}

/** Elements that count as parameters, of a sparse weight those that are not zero; 0 for bookkeeping. */
export function parametersOf(weight: Weight): number {
  return isParameter(weight) ? elementCount(weight.tensor) : 0;
}

export interface NodeParameters {
  /** Parameters of the weights that this node is the first to compute with. */
  readonly own: number;
  /** Parameters of the other weights that it reads, which another node owns. */
  readonly shared: number;
}

export interface ParameterCounts {
  readonly total: number;
  /** Parameters of weights that no node reads. These and the own parameters of all nodes add up to `total`. */
  readonly unread: number;
  /** The counts by the node's path; nodes that read no parameters are absent. */
  readonly byPath: ReadonlyMap<string, NodeParameters>;
}

/**
 * Counts every parameter once: for the first node that reads it, in the order of `nodes(model)` (outer graphs before those
 * inside them). An Identity counts only if no other node reads the weight: exporters write one for each further layer
 * that shares it, before the layers. A weight in the body of a function counts once, however often the function is called. Reads no data.
 *
 * @param all the weights of the model, as `weights(model)` gives them.
 */
export function countParameters(all: readonly Weight[]): ParameterCounts {
  const byPath = new Map<string, NodeParameters>();
  let [total, unread] = [0, 0];
  for (const weight of all) {
    const count = parametersOf(weight);
    if (count === 0) continue;
    total += count;
    // A node that reads a weight twice has it once.
    const readers = new Set(weight.consumers.map(({ path }) => path));
    if (readers.size === 0) unread += count;
    const computing = weight.consumers.find(({ node }) => node.opType !== 'Identity') ?? weight.consumers[0];
    for (const path of readers) {
      const { own, shared } = byPath.get(path) ?? { own: 0, shared: 0 };
      byPath.set(path, path === computing?.path ? { own: own + count, shared } : { own, shared: shared + count });
    }
  }
  return { total, unread, byPath };
}
