/** Which operators take a weight of 32 bits as an integer: what quantization makes of a bias. */
import type { Node } from '../graph';
import { canonicalDomain, MICROSOFT_DOMAIN } from '../traverse';

/** Keys are `domain::op`; the default domain is empty. */
const inputs: ReadonlyMap<string, number> = new Map([
  ['::DequantizeLinear', 0],
  [`${MICROSOFT_DOMAIN}::DequantizeLinear`, 0],
  ['::QLinearConv', 8],
  [`${MICROSOFT_DOMAIN}::QLinearConv`, 8],
  [`${MICROSOFT_DOMAIN}::QGemm`, 6],
]);

/** True where an int32 that the node reads at `input` is a quantized bias or weight, not a size, an axis or an index. */
export function takesWideIntegerWeight(node: Pick<Node, 'opType' | 'domain'>, input: number): boolean {
  return inputs.get(`${canonicalDomain(node.domain)}::${node.opType ?? ''}`) === input;
}
