/** From input to output, the bias of each layer is shifted by the mean difference to the original, with all earlier shifts in place. */
import { observeValues } from '../../../calibration/observe-values';
import { PairedValues, type PairedValue } from '../../../calibration/paired-values';
import { ChannelSums } from '../../../calibration/value-statistics';
import type { Feeds } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { replaceConstants } from '../../../onnx/replace-constants';
import { readFloat32, withFloats } from '../../../onnx/tensor';
import type { PassContext } from '../../pass';
import { createWorkMeter } from '../../work-meter';
import type { BiasedLayer, LayerValue, MeasuredLayer } from './biased-layers';

/** Samples to fit to. */
export interface FittingSamples {
  readonly count: number;
  feeds(): AsyncIterable<Feeds>;
}

export type ShiftContext = PassContext & { readonly inference: Inference; readonly fitting: FittingSamples };

/** What a group of values may take, of which no size is known. */
const usualValueBytes = 2 ** 20;

/** The mean of each channel of what layers compute, float32. Rejects as the inference does. */
export async function channelMeans(
  model: Model,
  layers: readonly LayerValue[],
  context: ShiftContext,
): Promise<ReadonlyMap<ValueName, Float64Array>> {
  const { signal, inference, fitting } = context;
  const sums = new Map(layers.map(({ value, axis }) => [value, new ChannelSums(axis)]));
  await observeValues({
    ...{ signal, inference, model, samples: fitting.count },
    values: layers.map(({ value }) => ({ name: value, estimatedBytes: usualValueBytes })),
    feeds: () => fitting.feeds(),
    async visit(name, { data, dims }) {
      sums.get(name)!.add(data as Float32Array, dims);
      await context.checkpoint();
    },
    progress: (done, total) => context.progress({ stage: 'Observing the original', done, total }),
  });
  return new Map([...sums].map(([name, sum]) => [name, sum.means()]));
}

/** Layers with the sizes of what they compute for a sample; those without such channels are left out. */
export async function measureLayers(
  model: Model,
  layers: readonly LayerValue[],
  sample: readonly Feeds[],
  { signal, inference }: ShiftContext,
): Promise<readonly MeasuredLayer[]> {
  const dims = new Map<ValueName, readonly number[]>();
  await observeValues({
    ...{ signal, inference, model, samples: 1, feeds: () => sample },
    values: layers.map(({ value }) => ({ name: value, estimatedBytes: usualValueBytes })),
    visit: (name, tensor) => void dims.set(name, tensor.dims),
  });
  return layers.flatMap((layer) => {
    const found = dims.get(layer.value);
    return found?.at(layer.axis) === undefined ? [] : [{ ...layer, dims: found }];
  });
}

export interface ShiftedLayer extends BiasedLayer {
  /** The largest of the channels. */
  readonly shift: number;
}

/**
 * @param layers in the order of the nodes, with a bias of their own in the model.
 * @param wanted the mean of each channel. Rejects as the inference does.
 */
export async function shiftBiases(
  model: Model,
  layers: readonly BiasedLayer[],
  wanted: ReadonlyMap<ValueName, Float64Array>,
  context: ShiftContext,
): Promise<{ readonly model: Model; readonly layers: readonly ShiftedLayer[] }> {
  const { signal, inference, fitting } = context;
  const meter = createWorkMeter(context, 'Correcting biases');
  meter.start(layers.length * fitting.count);
  const values = new PairedValues({
    ...{ signal, inference, model, changedAlone: true },
    values: layers.map(({ value }) => value),
    feeds: () => fitting.feeds(),
  });
  const shifted = new Map<ValueName, Tensor>();
  const told: ShiftedLayer[] = [];
  try {
    for (const layer of layers) {
      const sums = new ChannelSums(layer.axis);
      const add = async ({ original: { data, dims } }: PairedValue): Promise<void> => {
        sums.add(data as Float32Array, dims);
        await meter.advance(1);
      };
      await values.visit(layer.value, add, true);
      const means = sums.means();
      const lack = wanted.get(layer.value)!.map((mean, channel) => mean - means[channel]!);
      const tensor = plus(layer.bias, lack);
      values.replace(layer.bias.name, tensor);
      shifted.set(layer.bias.name, tensor);
      told.push({ ...layer, shift: lack.reduce((most, by) => Math.max(most, Math.abs(by)), 0) });
    }
  } finally {
    values.close();
  }
  meter.finish();
  return { model: replaceConstants(model, shifted), layers: told };
}

/** Numbers that are not finite move nothing. */
function plus(bias: Tensor, lack: Float64Array): Tensor {
  const shifted = readFloat32(bias).map((number, channel) => {
    const by = lack[channel]!;
    return Number.isFinite(by) ? Math.fround(number + by) : number;
  });
  return withFloats(bias, shifted);
}
