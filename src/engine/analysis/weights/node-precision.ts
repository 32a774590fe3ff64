/** The element type of the weights that each node computes with. */
import { dataTypeName } from '../../onnx/data-type';
import type { Model, Node } from '../../onnx/graph';
import { weightOperandsOf } from '../../onnx/ops/registry';
import { elementCount } from '../../onnx/tensor';
import { isDefaultDomain, scopes, nodesOf } from '../../onnx/traverse';
import type { Weight } from '../../onnx/weights';
import { isParameter } from './parameters';

interface Held {
  readonly dtype: string;
  readonly elements: number;
  readonly isParameter: boolean;
}

/**
 * By the node's path: `float32`, `int8`, … of the largest weight that it reads, directly or through DequantizeLinear.
 * Nodes without weights are absent.
 *
 * @param all the weights of the model, as `weights(model)` gives them.
 */
export function nodePrecisions(model: Model, all: readonly Weight[]): Map<string, string> {
  const read = weightsByInput(all);
  const precisions = new Map<string, string>();
  for (const scope of scopes(model)) {
    const dequantized = new Map<string, Held>();
    for (const { node, path } of nodesOf(scope)) {
      const own = read.get(path);
      if (node.opType === 'DequantizeLinear' && isDefaultDomain(node.domain) && own?.has(0)) {
        dequantized.set(node.outputs[0] ?? '', own.get(0)!);
      }
      const largest = largestOf(node, (input) => own?.get(input) ?? dequantized.get(node.inputs[input] ?? ''));
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
