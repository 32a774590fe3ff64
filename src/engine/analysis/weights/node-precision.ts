/** The element type of the weights that each node computes with. */
import { dataTypeName } from '../../onnx/data-type';
import type { Model, Node } from '../../onnx/graph';
import { weightOperandsOf } from '../../onnx/ops/registry';
import { elementCount } from '../../onnx/tensor';
import { isDefaultDomain, scopes, nodesOf } from '../../onnx/traverse';
import type { Weight } from '../../onnx/weights';
import { isParameter } from './parameters';

/** Operators between a stored weight and the node that computes with it. */
export const restoringOperators: ReadonlySet<string> = new Set(['DequantizeLinear', 'Cast']);

interface Held {
  readonly dtype: string;
  readonly elements: number;
  readonly isParameter: boolean;
}

/**
 * Returns the precision by the node's path: `float32`, `int8`, … of the largest weight that the node reads, directly or through
 * DequantizeLinear and Cast. Nodes without weights are absent.
 *
 * @param all the weights of the model, as `weights(model)` gives them.
 */
export function nodePrecisions(model: Model, all: readonly Weight[]): Map<string, string> {
  const read = weightsByInput(all);
  const precisions = new Map<string, string>();
  for (const scope of scopes(model)) {
    const restored = new Map<string, Held>();
    for (const { node, path } of nodesOf(scope)) {
      const own = read.get(path);
      const heldAt = (input: number) => own?.get(input) ?? restored.get(node.inputs[input] ?? '');
      const stored = restoringOperators.has(node.opType ?? '') && isDefaultDomain(node.domain) ? heldAt(0) : undefined;
      if (stored !== undefined) restored.set(node.outputs[0] ?? '', stored);
      const largest = largestOf(node, heldAt);
      if (largest) precisions.set(path, largest.dtype);
    }
  }
  return precisions;
}

function weightsByInput(all: readonly Weight[]): Map<string, Map<number, Held>> {
  const byPath = new Map<string, Map<number, Held>>();
  for (const weight of all) {
    const { tensor } = weight;
    const held: Held = {
      dtype: dataTypeName(tensor.dataType ?? 0),
      elements: elementCount(tensor),
      isParameter: isParameter(weight),
    };
    for (const { path, input } of weight.consumers) {
      const inputs = byPath.get(path) ?? new Map<number, Held>();
      inputs.set(input, held);
      byPath.set(path, inputs);
    }
  }
  return byPath;
}

function largestOf(node: Node, heldAt: (input: number) => Held | undefined): Held | undefined {
  const operands = weightOperandsOf(node).map(({ input }) => input);
  const found = operands.map(heldAt).filter((held) => held !== undefined);
  const candidates =
    found.length > 0 ? found : node.inputs.map((_, input) => heldAt(input)).filter((held) => held?.isParameter);
  return candidates.reduce<Held | undefined>(
    (largest, held) => (held && held.elements > (largest?.elements ?? -1) ? held : largest),
    undefined,
  );
}
