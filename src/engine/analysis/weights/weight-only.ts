/**
 * Models whose weights alone are stored as integers: DequantizeLinear turns constants into floats, and nothing quantizes. The
 * runtime does that at each run unless it is told to do it once, when it loads the model.
 */
import type { Model, Node, ValueName } from '../../onnx/graph';
import { scopes } from '../../onnx/traverse';
import { weights } from '../../onnx/weights';

/** The parts of a node that the rule needs. */
export type NodeOutline = Pick<Node, 'opType' | 'inputs'>;

/** The session option with which such a model runs as fast as with float weights, as ONNX Runtime names it. */
export const foldingSessionOption = { 'session.disable_quant_qdq': '1' } as const;

/** A sentence for each session option of a variant. */
export function describeSessionOptions(options: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(options).map(
    ([name, value]) =>
      `Open it with the session option ${name} = ${value}: weights are then converted to float32 once, not in every run.`,
  );
}

/**
 * True if the option of `foldingSessionOption` speeds the model up. It would slow down a model with integer
 * activations.
 */
export function holdsIntegerWeightsOnly(nodes: Iterable<NodeOutline>, constants: ReadonlySet<ValueName>): boolean {
  let found = false;
  for (const { opType, inputs } of nodes) {
    if (opType === 'QuantizeLinear' || opType === 'DynamicQuantizeLinear') return false;
    if (opType !== 'DequantizeLinear') continue;
    if (!constants.has(inputs[0] ?? '')) return false;
    found = true;
  }
  return found;
}

/** The same of a decoded model. */
export function isWeightOnly(model: Model): boolean {
  const nodes = [...scopes(model)].flatMap((scope) => scope.nodes);
  if (!nodes.some(({ opType }) => opType === 'DequantizeLinear')) return false;
  return holdsIntegerWeightsOnly(nodes, new Set(weights(model).map(({ name }) => name)));
}
