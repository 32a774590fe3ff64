/** Finds the groups of channels that are attention heads. People count heads, not the channels of each head. */
import { isLock, type AxisAtoms } from '../../../../onnx/coupling/atoms';
import type { ChannelGroup } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels, CoupledNode } from '../../../../onnx/coupling/couple-channels';
import { getAttributeInt } from '../../../../onnx/traverse';

/**
 * Marks the groups whose units are heads, of one fused operator or of separate products of queries, keys and values.
 */
export function areHeads(coupled: CoupledChannels, groups: readonly ChannelGroup[]): readonly boolean[] {
  const heads = new Set<number>();
  for (const node of coupled.nodes) {
    const axis = headAxisOf(node, coupled);
    if (axis && !isLock(axis)) for (const atom of axis) heads.add(coupled.space.classOf(atom));
  }
  return groups.map(({ units }) => units.length > 0 && units.every((unit) => heads.has(unit)));
}

function headAxisOf({ visit: { node } }: CoupledNode, { values, constants }: CoupledChannels): AxisAtoms | undefined {
  const output = values.get(node.outputs[0] ?? '');
  if (getAttributeInt(node, 'num_heads') !== undefined) return output?.[2];
  const isProduct = node.opType === 'MatMul' && node.inputs.every((name) => !constants.has(name));
  // [batch, heads, sequence, sequence or width].
  return isProduct && output?.length === 4 ? output[1] : undefined;
}
