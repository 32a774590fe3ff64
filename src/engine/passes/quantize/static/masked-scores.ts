/** Values that 8 bits would ruin before a Softmax: an attention mask of −10,000 makes scores between −6 and 6 one number. */
import { isDefaultDomain } from '../../../onnx/traverse';
import type { Node, ValueName } from '../../../onnx/graph';
import type { ValueGraph } from './value-graph';
import type { ValueRange } from '../../../calibration/value-statistics';

/** The widest step between two inputs of a Softmax: rounding to it changes a probability by a quarter at most. */
const widestStep = 0.5;
const stepsOfRange = 255;

/** Operators through which a mask travels to the Softmax. */
const carriesMasks = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Where', 'Max', 'Min', 'Clip'],
  ...['Identity', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Expand', 'Concat', 'Slice', 'Split'],
]);

/**
 * Finds inputs of Softmax, and their summands, whose observed range is so wide that an 8-bit step would exceed
 * `widestStep`. They must stay in float32. The scores before the mask have a range of their own.
 * @param ranges as observed: one that a calibrator cuts would let what is masked take part.
 * @returns values by the Softmax that they lead to.
 */
export function findMaskedScores(
  nodes: readonly Node[],
  graph: ValueGraph,
  ranges: ReadonlyMap<ValueName, ValueRange>,
): ReadonlyMap<Node, ReadonlySet<ValueName>> {
  const found = new Map<Node, ReadonlySet<ValueName>>();
  for (const softmax of nodes) {
    if (softmax.opType !== 'Softmax' || !isDefaultDomain(softmax.domain)) continue;
    const masked = new Set<ValueName>();
    const waiting = [softmax.inputs[0] ?? ''];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const range = ranges.get(name);
      if (masked.has(name) || !range || range.maximum - range.minimum <= widestStep * stepsOfRange) continue;
      masked.add(name);
      const producer = graph.producer(name);
      if (producer && carriesMasks.has(producer.opType ?? '')) waiting.push(...producer.inputs);
    }
    if (masked.size > 0) found.set(softmax, masked);
  }
  return found;
}
