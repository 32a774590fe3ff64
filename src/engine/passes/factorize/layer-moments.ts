/** Inputs and outputs of layers on calibration samples, as sums, which show the important directions of a weight. */
import { observeValues } from '../../calibration/observe-values';
import type { Feeds, FeedTensor } from '../../data/feeds';
import type { Inference } from '../../inference';
import { NormalSums } from '../../linear-algebra/normal-sums';
import type { Model, ValueName } from '../../onnx/graph';
import { addSquares, channelView, type ChannelView } from '../prune/channels/repair/layer-rows';
import { addChannels, mostFittedInputs } from '../prune/channels/trial/teacher-facts';
import type { FactorizableLayer } from './factorizable-layers';

export interface LayerMoments {
  /** Sums over all that the layer gives, or over the channels that it sees, whichever are fewer. */
  readonly of: 'outputs' | 'inputs';
  readonly sums: NormalSums;
  /** Sum of squares of each input channel, over the same number of places for each; absent if there is no kernel to take apart. */
  readonly inputPower?: Float64Array;
}

export interface MomentsRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly model: Model;
  readonly layers: readonly FactorizableLayer[];
  readonly samples: readonly Feeds[];
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/** Layers that are too wide have none. Rejects as runs of the model do. */
export async function observeMoments(request: MomentsRequest): Promise<ReadonlyMap<FactorizableLayer, LayerMoments>> {
  const { layers, samples, checkpoint } = request;
  const moments = new Map<FactorizableLayer, LayerMoments>();
  const seenBy = new Map<ValueName, FactorizableLayer[]>();
  const givenBy = new Map<ValueName, FactorizableLayer[]>();
  const add = (map: Map<ValueName, FactorizableLayer[]>, name: ValueName, layer: FactorizableLayer): void => {
    map.set(name, [...(map.get(name) ?? []), layer]);
  };
  for (const layer of layers) {
    const empty = emptyMoments(layer);
    if (empty === undefined) continue;
    moments.set(layer, empty);
    for (const { data, node } of layer.readers) {
      if (empty.of === 'inputs' || empty.inputPower) add(seenBy, data, layer);
      if (empty.of === 'outputs') add(givenBy, node.outputs[0]!, layer);
    }
  }
  const visit = async (name: string, tensor: FeedTensor, sample: number): Promise<void> => {
    for (const layer of seenBy.get(name) ?? []) {
      const { of, sums, inputPower } = moments.get(layer)!;
      const view = viewOf(layer, tensor, layer.inputs);
      if (view === undefined) continue;
      if (inputPower) addSquares(view, inputPower);
      if (of === 'inputs') await addChannels(sums, view, { sample, samples: samples.length }, checkpoint);
      await checkpoint();
    }
    for (const layer of givenBy.get(name) ?? []) {
      const view = viewOf(layer, tensor, layer.outputs);
      if (view) await addChannels(moments.get(layer)!.sums, view, { sample, samples: samples.length }, checkpoint);
    }
  };
  await observeValues({
    signal: request.signal,
    inference: request.inference,
    model: request.model,
    values: Array.from(new Set([...seenBy.keys(), ...givenBy.keys()]), (name) => ({ name, estimatedBytes: 2 ** 20 })),
    feeds: () => samples,
    samples: samples.length,
    visit,
    progress: (done, total) => request.progress(done, total),
  });
  for (const { sums } of moments.values()) await sums.flush(checkpoint);
  return new Map([...moments].filter(([, { sums }]) => sums.samples > 1));
}

function emptyMoments({ outputs, inputs, kernel }: FactorizableLayer): LayerMoments | undefined {
  const seesChannels = kernel.every((size) => size === 1);
  const of = seesChannels && inputs < outputs ? 'inputs' : 'outputs';
  const size = of === 'inputs' ? inputs : outputs;
  if (size > mostFittedInputs) return undefined;
  return { of, sums: new NormalSums(size), ...(!seesChannels && { inputPower: new Float64Array(inputs) }) };
}

function viewOf({ kernel }: FactorizableLayer, tensor: FeedTensor, channels: number): ChannelView | undefined {
  const view = channelView(tensor, kernel.length > 0 ? 'convolution' : 'product');
  return view?.channels === channels ? view : undefined;
}
