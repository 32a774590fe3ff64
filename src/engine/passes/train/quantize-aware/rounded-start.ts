/**
 * A second start of training: the weights as AdaRound rounds them (Nagel et al. 2020), so that training begins at the better of both
 * roundings and never ends below it.
 */
import { groupBySize } from '../../../calibration/observe-values';
import type { ValueName } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';
import { codeOf, type FakeQuantization } from '../../../training/fake-quant';
import type { PassContext } from '../../pass';
import { canLearnRounding, learnRounding } from '../../quantize/learn-rounding';
import type { LayerInput } from '../../quantize/weights/layer-input';
import { rowCutterOf } from '../../quantize/weights/layer-rows';
import { RowCollector } from '../../quantize/weights/row-collector';
import { mostColumns } from '../../quantize/weights/sequential-inputs';
import { findWeightLayers, type WeightLayer } from '../../quantize/weights/weight-layers';
import { inRows, inStoredOrder } from '../../quantize/weights/weight-matrix';
import { observeInputs, type PlanRequest } from './quantization-plan';

/** Sums over the inputs of layers that are held at once. */
const mostBytes = 2 ** 28;

/**
 * The weights whose codes AdaRound changes, in the order of their tensors. A weight that keeps the code of its nearest number keeps its
 * value. Layers that would take minutes are left out. Rejects as the inference does.
 */
export async function roundedStart(
  request: PlanRequest,
  plan: FakeQuantization,
  context: PassContext,
): Promise<ReadonlyMap<ValueName, Float32Array>> {
  const everything = { opTypes: ['Conv', 'Gemm', 'MatMul'], include: [], exclude: [] } as const;
  const { layers } = findWeightLayers(request.model, { ...everything, bitsByLayer: {}, blockSizeByLayer: {} });
  const learnable = layers.filter(({ weight, shape: { rows, columns }, groups }) => {
    return plan.weights.has(weight.name) && columns <= mostColumns && canLearnRounding(rows / groups, columns);
  });
  const rounded = new Map<ValueName, Float32Array>();
  const bytesOf = ({ groups, shape: { columns } }: WeightLayer): number => 8 * groups * columns ** 2;
  for (const some of groupBySize(learnable, bytesOf, mostBytes)) {
    const inputs = await collectInputs(some, request, context);
    for (const layer of some) {
      const values = await roundLayer(layer, inputs.get(layer)!, plan, context);
      if (values !== undefined) rounded.set(layer.weight.name, values);
    }
  }
  return rounded;
}

async function collectInputs(
  layers: readonly WeightLayer[],
  request: PlanRequest,
  context: PassContext,
): Promise<ReadonlyMap<WeightLayer, readonly LayerInput[]>> {
  const collectors = new Map(
    layers.map((layer) => [layer, new RowCollector(rowCutterOf(layer), request.runs.length, context)]),
  );
  const inputOf = ({ visit }: WeightLayer): ValueName => visit.node.inputs[0]!;
  await observeInputs(request, layers.map(inputOf), context, async (name, tensor, sample) => {
    for (const [layer, collector] of collectors) {
      if (inputOf(layer) === name) await collector.add({ original: tensor }, sample);
    }
  });
  const inputs = new Map<WeightLayer, readonly LayerInput[]>();
  for (const [layer, collector] of collectors) inputs.set(layer, await collector.finish());
  return inputs;
}

/** `undefined` if the inputs never vary, or no code changes. */
async function roundLayer(
  { weight, shape, groups }: WeightLayer,
  inputs: readonly LayerInput[],
  plan: FakeQuantization,
  context: PassContext,
): Promise<Float32Array | undefined> {
  const { scales, low, high } = plan.weights.get(weight.name)!;
  if (inputs.length !== groups || scales.length !== shape.rows || !inputs.every((input) => input.varies()))
    return undefined;
  const values = inRows(readFloat32(weight.tensor), shape).slice();
  const { columns } = shape;
  const rows = shape.rows / groups;
  let changed = 0;
  for (const [group, input] of inputs.entries()) {
    const first = group * rows * columns;
    const own = values.subarray(first, first + rows * columns);
    const scaleAt = (at: number): number => scales[group * rows + Math.floor(at / columns)]!;
    const places = Float64Array.from(own, (value, at) => value / scaleAt(at));
    const steps = Float64Array.from(own, (_, at) => scaleAt(at));
    const lesson = { rows, columns, lowest: low, highest: high, places, steps };
    // A layer without a bias cannot correct a mean error.
    const codes = await learnRounding(lesson, input.aboutZero.covariance, () => context.checkpoint());
    for (const [at, code] of codes.entries()) {
      if (code === codeOf(own[at]!, scaleAt(at), low, high)) continue;
      own[at] = Math.fround(code * scaleAt(at));
      changed++;
    }
  }
  return changed === 0 ? undefined : inStoredOrder(values, shape);
}
