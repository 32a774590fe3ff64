/**
 * AdaRound for the integers of weights: layer after layer, on the inputs that the quantized model has by then, towards
 * the float outputs. Scales and zero points stay unchanged.
 */
import { PairedValues } from '../../../calibration/paired-values';
import { freeSuffix } from '../../../onnx/parts/model-part';
import type { ValueName } from '../../../onnx/graph';
import { sideBySide } from '../../../onnx/parts/side-by-side';
import { readFloat32 } from '../../../onnx/tensor';
import { createWorkMeter } from '../../work-meter';
import { representableRange } from '../affine';
import { integerTensor } from '../integer-tensor';
import { canLearnRounding, learnRounding } from '../learn-rounding';
import type { LayerInput } from '../weights/layer-input';
import { rowCutterOf } from '../weights/layer-rows';
import { RowCollector } from '../weights/row-collector';
import { mostColumns } from '../weights/sequential-inputs';
import { findWeightLayers, type WeightLayer } from '../weights/weight-layers';
import { inRows, inStoredOrder } from '../weights/weight-matrix';
import type { CalibrationContext } from './activation-ranges';
import { finalNames, type QdqPlan } from './qdq-plan';
import { writeQdq } from './write-qdq';

/** The plan with the integers of the weights of Conv, Gemm and MatMul. Rejects as the inference does. */
export async function learnWeights(plan: QdqPlan, context: CalibrationContext): Promise<QdqPlan> {
  const layers = learnableLayers(plan);
  if (layers.length === 0) return plan;
  const written = writeQdq(plan);
  const suffix = freeSuffix(written.model.graph!);
  const copyOf = (name: ValueName): ValueName => `${name}${suffix}`;
  const finalName = finalNames(plan);
  const nameOf = (name: ValueName): ValueName => written.computed.get(finalName(name)) ?? finalName(name);
  const readOf = (name: ValueName): ValueName => copyOf(written.read.get(name) ?? nameOf(name));
  const values = new PairedValues({
    ...{ signal: context.signal, inference: context.inference, changedAlone: true },
    model: sideBySide(plan.model, written.model, nameOf, copyOf),
    values: layers.flatMap(({ visit }) => [visit.node.inputs[0]!, readOf(visit.node.inputs[0]!)]),
    feeds: () => context.data.feeds(),
  });
  const meter = createWorkMeter(context, 'Learning how to round');
  meter.start(layers.length * context.data.samples);
  const learned = new Map<ValueName, Int32Array>();
  try {
    for (const layer of layers) {
      const [float = ''] = layer.visit.node.inputs;
      const collector = new RowCollector(rowCutterOf(layer), context.data.samples, context);
      await values.visitTogether([float, readOf(float)], async (pairs, sample) => {
        const [original, changed] = [pairs.get(float)!.original, pairs.get(readOf(float))!.original];
        await collector.add({ original, changed }, sample);
        await meter.advance(1);
      });
      const integers = await learnLayer(layer, await collector.finish(), plan, context);
      if (!integers) continue;
      const { name, tensor } = layer.weight;
      learned.set(name, integers);
      const stored = written.integers.get(name)!;
      const { type } = plan.parameters.get(name)!;
      values.replace(copyOf(stored), integerTensor(copyOf(stored), type, tensor.dims, integers));
    }
  } finally {
    values.close();
  }
  meter.finish();
  return { ...plan, learned };
}

/**
 * Returns the layers in the order of the nodes. Each has a weight of its own that becomes integers, and reads a value
 * that does.
 */
function learnableLayers(plan: QdqPlan): readonly WeightLayer[] {
  const { model, marks, parameters, graph } = plan;
  const everything = { opTypes: ['Conv', 'Gemm', 'MatMul'], include: [], exclude: [] } as const;
  const { layers } = findWeightLayers(model, { ...everything, bitsByLayer: {}, blockSizeByLayer: {} });
  const places = new Map(graph.graph.nodes.map((node, at) => [node, at]));
  return layers
    .filter(({ visit: { node, scope }, weight, shape, groups }) => {
      const isOwn = scope.graph === model.graph && weight.consumers.length === 1;
      const scales = parameters.get(weight.name)?.scales.length ?? 0;
      const isQuantized = marks.get(weight.name)?.kind === 'weight' && (scales === 1 || scales === shape.rows);
      const input = node.inputs[0] ?? '';
      const isSmall = shape.columns <= mostColumns && canLearnRounding(shape.rows / groups, shape.columns);
      return isOwn && isQuantized && isSmall && parameters.has(input) && graph.constant(input) === undefined;
    })
    .toSorted((a, b) => places.get(a.visit.node)! - places.get(b.visit.node)!);
}

/** Returns the learned weight in the order of the tensor, or `undefined` if the inputs never vary or are not finite. */
async function learnLayer(
  { weight: { name, tensor }, shape, groups }: WeightLayer,
  inputs: readonly LayerInput[],
  plan: QdqPlan,
  context: CalibrationContext,
): Promise<Int32Array | undefined> {
  if (inputs.length !== groups || !inputs.every((input) => input.varies())) return undefined;
  const { type, scales, zeroPoints } = plan.parameters.get(name)!;
  const { columns } = shape;
  const rows = shape.rows / groups;
  const values = inRows(readFloat32(tensor), shape);
  const codes = new Float32Array(values.length);
  for (const [group, input] of inputs.entries()) {
    const first = group * rows;
    const target = new Float64Array(values.subarray(first * columns, (first + rows) * columns));
    await input.fitTarget(target, rows, () => context.checkpoint());
    const scaleAt = (at: number): number => (scales.length === 1 ? 0 : first + Math.floor(at / columns));
    const places = {
      ...{ rows, columns, ...representableRange(type) },
      places: target.map((value, at) => value / scales[scaleAt(at)]! + zeroPoints[scaleAt(at)]!),
      steps: target.map((_, at) => scales[scaleAt(at)]!),
    };
    codes.set(await learnRounding(places, input.covariance, () => context.checkpoint()), first * columns);
  }
  return Int32Array.from(inStoredOrder(codes, shape));
}
