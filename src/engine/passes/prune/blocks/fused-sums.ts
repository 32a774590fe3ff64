/**
 * Sums of residual blocks: an Add, or the node that ONNX Runtime's optimizer makes of it and the normalization behind.
 */
import type { Node, ValueName } from '../../../onnx/graph';
import { floatAttribute } from '../../../onnx/attributes';
import { normalizationForm } from '../../../onnx/ops/normalization-form';
import { canonicalDomain, MICROSOFT_DOMAIN } from '../../../onnx/traverse';

export interface ResidualSumNode {
  /** The two that are added. */
  readonly operands: readonly [ValueName, ValueName];
  /** The sum. If it stays inside a fused node, the output of that node. */
  readonly output: ValueName;
  /** The value that readers of the sum read; absent if nothing outside reads it. */
  readonly sum?: ValueName;
  /** The node without the sum. It normalizes the value that bypasses the block. Absent if nothing is left. */
  readonly alone?: (skip: ValueName) => Node;
}

/** The operator without the sum. */
const fused: ReadonlyMap<string, string> = new Map([
  ['SkipLayerNormalization', 'LayerNormalization'],
  ['SkipSimplifiedLayerNormalization', 'SimplifiedLayerNormalization'],
]);

/** `undefined` for nodes that are no such sum. */
export function residualSumOf(node: Node): ResidualSumNode | undefined {
  const { opType = '', domain, inputs, outputs } = node;
  const [left = '', right = ''] = inputs;
  if (!left || !right || left === right) return undefined;
  if (opType === 'Add' && canonicalDomain(domain) === '') {
    return { operands: [left, right], output: outputs[0] ?? '', sum: outputs[0] ?? '' };
  }
  const opTypeAlone = canonicalDomain(domain) === MICROSOFT_DOMAIN ? fused.get(opType) : undefined;
  const form = opTypeAlone === undefined ? undefined : normalizationForm(node);
  if (form === undefined || !outputs[0]) return undefined;
  const { scale, bias, epsilon } = form;
  // An input after these is a bias of the block.
  const alone = (skip: ValueName): Node => ({
    opType: opTypeAlone,
    name: node.name,
    inputs: [skip, ...[scale, bias].flatMap((name) => name ?? [])],
    outputs: withoutEmptyEnd(outputs.slice(0, 3)),
    attributes: [floatAttribute('epsilon', epsilon)],
  });
  const sum = outputs[3] || undefined;
  return { operands: [left, right], output: sum ?? outputs[0], ...(sum !== undefined && { sum }), alone };
}

function withoutEmptyEnd(names: readonly ValueName[]): readonly ValueName[] {
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}
