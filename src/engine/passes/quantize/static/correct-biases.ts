/**
 * Sequential bias correction, from input to output. The bias of each layer is shifted by the mean difference that
 * quantization causes in its outputs. The difference is measured in the quantized model with all earlier corrections.
 */
import { PairedValues, type PairedValue } from '../../../calibration/paired-values';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { replaceConstants } from '../../../onnx/replace-constants';
import { readFloat32, withFloats } from '../../../onnx/tensor';
import { createWorkMeter } from '../../work-meter';
import { ChannelSums } from '../../../calibration/value-statistics';
import type { CalibrationContext } from './activation-ranges';
import { quantizeBias } from './qdq-parameters';
import { biasValues, finalNames, type QdqPlan } from './qdq-plan';
import type { WrittenQdq } from './write-qdq';

/** A layer whose bias can be shifted. */
export interface CorrectableLayer {
  /** The output of the layer in the float model. */
  readonly output: ValueName;
  readonly bias: ValueName;
  /** The axis of the channels. */
  readonly axis: number;
}

export interface CorrectedBiases {
  readonly model: Model;
  /** Tensors by the names of the float ones. */
  readonly tensors: ReadonlyMap<ValueName, Tensor>;
}

/** Conv and Gemm with a bias of their own, in the order of the graph. */
export function correctableLayers({ graph, marks }: Pick<QdqPlan, 'graph' | 'marks'>): readonly CorrectableLayer[] {
  return graph.graph.nodes.flatMap(({ opType, inputs, outputs }) => {
    const [, , bias = ''] = inputs;
    const isLayer = opType === 'Conv' || opType === 'ConvTranspose' || opType === 'Gemm';
    if (!isLayer || marks.get(bias)?.kind !== 'bias' || graph.readers(bias).length !== 1) return [];
    return [{ output: outputs[0]!, bias, axis: opType === 'Gemm' ? -1 : 1 }];
  });
}

/** @param floatMeans of the channels of each layer's output in the float model. */
export async function correctBiases(
  plan: QdqPlan,
  { model, biases, computed }: WrittenQdq,
  floatMeans: ReadonlyMap<ValueName, Float64Array>,
  context: CalibrationContext,
): Promise<CorrectedBiases> {
  const finalName = finalNames(plan);
  const layers = correctableLayers(plan).map((layer) => {
    const value = finalName(layer.output);
    return { ...layer, value: computed.get(value) ?? value };
  });
  const meter = createWorkMeter(context, 'Correcting biases');
  meter.start(layers.length * context.data.samples);
  const values = new PairedValues({
    signal: context.signal,
    inference: context.inference,
    model,
    values: layers.map(({ value }) => value),
    feeds: () => context.data.feeds(),
    changedAlone: true,
  });
  const corrected = new Map<ValueName, Tensor>();
  try {
    for (const { output, bias, axis, value } of layers) {
      const sums = new ChannelSums(axis);
      const add = async ({ original }: PairedValue): Promise<void> => {
        sums.add(original.data as Float32Array, original.dims);
        await meter.advance(1);
      };
      await values.visit(value, add, true);
      const wanted = floatMeans.get(output);
      const name = biases.get(bias);
      const tensor = wanted && name && shiftedBias(plan, bias, name, wanted, sums.means());
      if (!tensor) continue;
      values.replace(name, tensor);
      corrected.set(name, tensor);
    }
  } finally {
    values.close();
  }
  meter.finish();
  const byBias = [...biases].flatMap(([bias, name]) => {
    const tensor = corrected.get(name);
    return tensor ? [[bias, tensor] as const] : [];
  });
  return {
    model: replaceConstants(model, corrected),
    tensors: new Map(byBias),
  };
}

/** The values of a bias that compensate for the mean error of its channels. */
function shiftedBias(
  plan: QdqPlan,
  bias: ValueName,
  name: ValueName,
  wanted: Float64Array,
  means: Float64Array,
): Tensor | undefined {
  const mark = plan.marks.get(bias);
  if (mark?.kind !== 'bias') return undefined;
  const constant = plan.graph.constant(bias)!;
  const lack = (channel: number): number => wanted[channel]! - means[channel]!;
  if (mark.isFloat) {
    const shifted = readFloat32(constant).map((number, channel) => number + lack(channel) / mark.factor);
    return { ...withFloats(constant, shifted), name };
  }
  const float = biasValues(constant, mark.factor);
  const shifted = Float64Array.from(float, (number, channel) => number + lack(channel));
  return quantizeBias(shifted, plan.biases.get(bias)!, name);
}
