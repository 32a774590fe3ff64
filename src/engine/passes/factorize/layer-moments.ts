/** What layers see and give on calibration samples, as sums: which directions of a weight matter. */
import { observeValues } from '../../calibration/observe-values';
import type { Feeds, FeedTensor } from '../../data/feeds';
import type { Inference } from '../../inference';
import { NormalSums } from '../../linear-algebra/normal-sums';
import type { Model, ValueName } from '../../onnx/graph';
import { channelView, spreadPositions, writeChannels, type ChannelView } from '../prune/channels/layer-rows';
import { rowsPerSample } from '../prune/channels/teacher-facts';
import type { FactorizableLayer } from './factorizable-layers';

export interface LayerMoments {
  /** Sums over all that the layer gives, or over the channels that it sees, whichever are fewer. */
  readonly of: 'outputs' | 'inputs';
  readonly sums: NormalSums;
  /** Sum of squares of each input channel, over the same number of places for each. */
  readonly inputPower: Float64Array;
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

/** Sums over more numbers take longer than they are worth. */
const mostSummed = 1152;

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
      add(seenBy, data, layer);
      if (empty.of === 'outputs') add(givenBy, node.outputs[0]!, layer);
    }
  }
  const visit = async (name: string, tensor: FeedTensor, sample: number): Promise<void> => {
    for (const layer of seenBy.get(name) ?? []) {
      const { of, sums, inputPower } = moments.get(layer)!;
      const view = viewOf(layer, tensor, layer.inputs);
      if (view === undefined) continue;
      addPower(inputPower, view);
      if (of === 'inputs') await addRows(sums, view, sample, samples.length, checkpoint);
      await checkpoint();
    }
    for (const layer of givenBy.get(name) ?? []) {
      const view = viewOf(layer, tensor, layer.outputs);
      if (view) await addRows(moments.get(layer)!.sums, view, sample, samples.length, checkpoint);
    }
  };
  await observeValues({
    signal: request.signal,
    inference: request.inference,
    model: request.model,
    values: Array.from(new Set([...seenBy.keys(), ...givenBy.keys()]), (name) => ({ name, estimatedBytes: 2 ** 20 })),
    feeds: () => streamOf(samples),
    samples: samples.length,
    visit,
    progress: (done, total) => request.progress(done, total),
  });
  return new Map([...moments].filter(([, { sums }]) => sums.samples > 1));
}

function emptyMoments({ outputs, inputs, kernel }: FactorizableLayer): LayerMoments | undefined {
  const seesChannels = kernel.every((size) => size === 1);
  const of = seesChannels && inputs < outputs ? 'inputs' : 'outputs';
  const size = of === 'inputs' ? inputs : outputs;
  return size > mostSummed ? undefined : { of, sums: new NormalSums(size), inputPower: new Float64Array(inputs) };
}

function viewOf({ kernel }: FactorizableLayer, tensor: FeedTensor, channels: number): ChannelView | undefined {
  const view = channelView(tensor, kernel.length > 0 ? 'convolution' : 'product');
  return view?.channels === channels ? view : undefined;
}

async function addRows(
  sums: NormalSums,
  view: ChannelView,
  sample: number,
  samples: number,
  checkpoint: () => Promise<void>,
): Promise<void> {
  const positions = spreadPositions(view, rowsPerSample(view.channels, samples), sample);
  for (let start = 0; start < positions.length; start += sums.capacity) {
    const some = positions.subarray(start, start + sums.capacity);
    writeChannels(view, some, sums.inputPanel, sums.capacity);
    await sums.addPanel(some.length, checkpoint);
  }
}

function addPower(power: Float64Array, { values, outer, channels, inner }: ChannelView): void {
  for (let block = 0; block < outer; block += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const at = (block * channels + channel) * inner;
      let sum = 0;
      for (let place = at; place < at + inner; place += 1) sum += values[place]! * values[place]!;
      power[channel]! += sum;
    }
  }
}

async function* streamOf(samples: readonly Feeds[]): AsyncGenerator<Feeds> {
  for (const feeds of samples) yield feeds;
}
