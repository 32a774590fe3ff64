import { MemorySource } from '../../byte-source';
import type { Model, Tensor } from '../../graph';
import { mapTensors } from '../../map-tensors';
import { readFloat32, withRawData } from '../../tensor';
import { isLock } from '../atoms';
import type { CoupledChannels } from '../couple-channels';
import type { ChannelLayer } from '../channel-groups';
import { keptPositions } from '../remove-channels';

/**
 * The model as it is, but deaf to the removed channels: what layers multiply them with is zero. It gives the answers that the
 * model without these channels must give.
 */
export function withoutConsumedChannels(
  model: Model,
  coupled: CoupledChannels,
  layers: readonly ChannelLayer[],
  removed: ReadonlySet<number>,
): Model {
  const kept = keptPositions(coupled.space, removed);
  const zeroed = new Map<Tensor, Tensor>();
  for (const { weight, consumes } of layers) {
    const axis = consumes === undefined ? undefined : coupled.values.get(weight)![consumes]!;
    if (axis === undefined || isLock(axis)) continue;
    const tensor = coupled.constants.get(weight)!;
    const stays = new Set(kept(axis));
    const values = Float32Array.from(readFloat32(zeroed.get(tensor) ?? tensor));
    const dims = tensor.dims.map(Number);
    const run = dims.slice(consumes! + 1).reduce((product, size) => product * size, 1);
    values.forEach((_, at) => {
      if (!stays.has(Math.floor(at / run) % axis.length)) values[at] = 0;
    });
    zeroed.set(tensor, withRawData(tensor, new MemorySource(new Uint8Array(values.buffer))));
  }
  return mapTensors(model, (tensor) => zeroed.get(tensor) ?? tensor);
}
