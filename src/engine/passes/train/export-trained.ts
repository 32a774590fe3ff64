/** Puts trained weights back into a model, and verifies that it computes the outputs of the training step. */
import type { FeedTensor } from '../../data/feeds';
import { runOnce, type Inference } from '../../inference';
import { DataType } from '../../onnx/data-type';
import type { Model } from '../../onnx/graph';
import { mapTensors } from '../../onnx/map-tensors';
import { namesDefinedBy } from '../../onnx/subgraphs';
import { createTensor } from '../../onnx/tensor';
import type { StepGraph } from '../../training/compile-step';
import { valuesOf } from '../../training/parameter-layout';
import { sameShape } from '../../training/step-builder';
import type { TrainingSamples } from '../../training/training-samples';
import type { Refusal } from '../pass';
import type { PreparedModels } from './prepare-models';
import { wholeModel } from '../../onnx/traverse';
import { takesBatches } from './batch-samples';
import { productOf } from '../../product-of';

/** The model with the trained weights: in its own operator set, where converting it left the weights as they were. */
export function exportTrained({ exported, student }: PreparedModels, step: StepGraph, weights: Float32Array): Model {
  const base = holdsAll(exported, step) ? exported : student;
  const byName = new Map(step.layout.parameters.map((parameter) => [parameter.name, parameter]));
  return mapTensors(base, (tensor, place) => {
    const parameter = place === 'main' ? byName.get(tensor.name ?? '') : undefined;
    if (parameter === undefined) return tensor;
    const { name, shape } = parameter;
    return createTensor({ name, dataType: DataType.float32, dims: shape, bytes: valuesOf(parameter, weights).slice() });
  });
}

function holdsAll(model: Model, { layout, evaluation }: StepGraph): boolean {
  const initializers = new Map(model.graph!.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  const values = new Set(namesDefinedBy(model.graph!));
  return (
    values.has(evaluation.answers) &&
    layout.parameters.every(({ name, shape }) => {
      const tensor = initializers.get(name);
      return tensor !== undefined && sameShape(tensor.dims.map(Number), shape);
    })
  );
}

const checkedSamples = 8;
/**
 * The largest root mean square of the difference, as a share of that of the outputs. Other fusions and another batch
 * change the order of sums. On a grid, a number half-way may then fall to the other side.
 */
const largestDifference = { float: 1e-3, quantized: 0.05 } as const;

const differenceReasons = {
  float: {
    code: 'batch-differs',
    reason: 'The outputs for several samples together differ from single samples, so nothing was changed.',
  },
  quantized: {
    code: 'rounding-differs',
    reason:
      'The quantized model differs from training: it is too sensitive to rounding, so nothing was changed. Try 8 bits, or weights only.',
  },
} as const;

export interface ExportCheck {
  readonly step: StepGraph;
  readonly weights: Float32Array;
  readonly samples: TrainingSamples;
  readonly arithmetic: 'float' | 'quantized';
}

/**
 * Runs the trained model on some of the held-out samples, against the step on the whole batch. Samples run one by one,
 * or together if the model's batch is fixed. This shows a fixed batch somewhere in the model, or a weight that is read
 * in another place.
 */
export async function findExportProblem(
  trained: Model,
  { step, weights, samples, arithmetic }: ExportCheck,
  inference: Inference,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const { evaluation } = step;
  const { answers } = evaluation;
  const vector: FeedTensor = { dtype: 'float32', dims: [weights.length], data: weights };
  // The runtime wants every input, also one that the answers do not depend on.
  const dims = evaluation.answersShape;
  const labels: FeedTensor = { dtype: 'float32', dims, data: new Float32Array(productOf(dims)) };
  const feeds = {
    ...samples.heldOut[0]!.feeds,
    [evaluation.weights]: vector,
    ...(evaluation.labels !== undefined && { [evaluation.labels]: labels }),
  };
  const together = await runOnce(inference, signal, evaluation.model, feeds, { outputs: [answers] });
  const runs = takesBatches(trained, samples)
    ? [samples.heldOut[0]!]
    : samples.heldOutSamples.slice(0, Math.min(checkedSamples, samples.batch));
  const session = await inference.open(signal, trained, { outputs: [answers], optimization: 'as-written' });
  const alone: number[] = [];
  try {
    for (const each of runs) alone.push(...((await session.run(each.feeds))[answers]!.data as Float32Array));
  } finally {
    session.close();
  }
  const expected = together[answers]!.data as Float32Array;
  const difference = rootMeanSquare(Float32Array.from(alone, (value, index) => value - expected[index]!));
  if (difference <= largestDifference[arithmetic] * rootMeanSquare(expected.subarray(0, alone.length)))
    return undefined;
  return { ...wholeModel, path: `graph/${answers}`, ...differenceReasons[arithmetic] };
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
