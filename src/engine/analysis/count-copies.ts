/**
 * Copies between the memory of a provider and that of the CPU, which runs the nodes that the provider does not support.
 */
import type { Node, ValueName } from '../onnx/graph';

export interface Sides {
  /** The node runs on the CPU. */
  isLeft(node: Node): boolean;
  /** The provider computes the value, and gives it to the CPU. */
  isGivenToCpu(name: ValueName): boolean;
  /** The provider's kernel wants this input in the memory of the CPU. */
  isReadByCpu(node: Node, input: number): boolean;
}

/**
 * Counts values that some of `nodes` compute on one side and others read on the other side. Each is copied once, as
 * ONNX Runtime inserts its Memcpy nodes. Inputs and outputs of the graph do not count, because they are copied anyway.
 */
export function countCopies(nodes: readonly Node[], { isLeft, isGivenToCpu, isReadByCpu }: Sides): number {
  const isOnCpu = new Map<ValueName, boolean>();
  for (const node of nodes) {
    for (const name of node.outputs) if (name !== '') isOnCpu.set(name, isLeft(node) || isGivenToCpu(name));
  }
  const copied = new Set<ValueName>();
  for (const node of nodes) {
    for (const [input, name] of node.inputs.entries()) {
      const computedOnCpu = isOnCpu.get(name);
      if (computedOnCpu === undefined) continue;
      if (computedOnCpu !== (isLeft(node) || isReadByCpu(node, input))) copied.add(name);
    }
  }
  return copied.size;
}
