import { isLock, type AxisAtoms } from '../../../../onnx/coupling/atoms';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { ValueName } from '../../../../onnx/graph';
import type { KeptPositions } from '../../../../onnx/ops/coupling/coupling-rule';
import type { RepairableLayer } from './repairable-layers';

/** The layers that see less than before, or something else: those behind any layer that reads a removed channel, and that one. */
export function affectedLayers(
  coupled: CoupledChannels,
  layers: readonly RepairableLayer[],
  kept: KeptPositions,
): readonly RepairableLayer[] {
  const byNode = new Map(layers.map((layer) => [layer.node, layer]));
  const loses = (axis: AxisAtoms | undefined): boolean =>
    axis !== undefined && !isLock(axis) && kept(axis).length < axis.length;
  const different = new Set<ValueName>();
  const affected: RepairableLayer[] = [];
  for (const { visit, coupling } of coupled.nodes) {
    const { node } = visit;
    const readsLess = (coupling.weights ?? []).some(
      ({ input, consumes }) => consumes !== undefined && loses(coupled.values.get(node.inputs[input]!)?.[consumes]),
    );
    if (!readsLess && !node.inputs.some((input) => different.has(input))) continue;
    for (const output of node.outputs) different.add(output);
    const layer = byNode.get(node);
    if (layer) affected.push(layer);
  }
  return affected;
}
