import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { elementCount } from '../../../onnx/tensor';
import { activationGrid, type FakeQuantization, type Grid, withFakeQuantization } from '../../../training/fake-quant';
import { valuesOf } from '../../../training/parameter-layout';
import { nothingFound } from '../../nothing-found';
import type { PassContext, PassOutcome, Refusal } from '../../pass';
import { takesBatches } from '../batch-samples';
import { exportTrained, findExportProblem } from '../export-trained';
import { teacherOf } from '../fit-teacher';
import { findLayers, planQuantization, type QuantizedLayer } from './quantization-plan';
import type { QuantizeAwareTrainingOptions } from './quantize-aware-options';
import { prepareModels } from '../prepare-models';
import { describeMachine, lossCurve, runTraining, type Trained } from '../run-training';
import { roundedStart } from './rounded-start';
import { withoutUnevenColumns } from './uneven-columns';
import { writeQuantized } from './write-quantized';
import { capitalize, formatCount, formatPercent } from '../../../format';
import { describeDistance, distanceOf, leastAgreement } from '../../../metrics/match-distance';
import { leastCloseDb } from '../../../metrics/match-grade';
import { compareOutputs } from '../../compare-outputs';

/**
 * The loss of a pass: the share of answers that equal those of the original, on held-out samples.
 * The limit below which a warning asks to check the model before use.
 */
const leastKept = 0.97;
const mostCosineLoss = 0.01;
/** The SQNR for outputs of other shapes, and for NaN. */
const incomparableDb = -300;

/**
 * Describes in a sentence how close the outputs are. For class scores it is the share of samples with the same largest
 * element, and for sequences the share of steps. Without class scores it is the cosine of embeddings, and without embeddings the SQNR of all outputs. The
 * sentence ends with a warning if little is the same. Rejects as `compareOutputs` does.
 */
export async function compareAnswers(...[models, context]: Parameters<typeof compareOutputs>): Promise<string> {
  const match = await compareOutputs(models, context);
  if (match === undefined) return `Its outputs cannot be compared with the original’s.${warningIf(true)}`;
  const { perOutput, sqnrDb, samples } = match;
  const least = leastAgreement(perOutput);
  const where = `on ${formatCount(samples)} held-out samples`;
  if (least !== undefined) {
    const cases = least.unit === 'steps' ? 'the steps' : 'cases';
    return `It agrees with the original in ${formatPercent(least.value)} of ${cases}, ${where}.${warningIf(least.value < leastKept)}`;
  }
  const distance = distanceOf(match);
  if (distance.of === 'cosine' && Number.isFinite(distance.value)) {
    const described = describeDistance(distance);
    return `${capitalize(described)}, ${where}.${warningIf(distance.value > mostCosineLoss)}`;
  }
  if (sqnrDb === null || sqnrDb <= incomparableDb)
    return `Its outputs cannot be compared with the original’s, ${where}.${warningIf(true)}`;
  return `Output SQNR ${sqnrDb.toFixed(1)} dB, ${where}.${warningIf(sqnrDb < leastCloseDb)}`;
}

function warningIf(isDoubtful: boolean): string {
  return isDoubtful ? ' Evaluate it on labeled data before you use it.' : '';
}

/** DequantizeLinear knows 4-bit integers from here on. */
const quantizedOpset = 21;
/** Measured: what rounding costs is little, and a rate that recovers from damage costs more at first than 300 steps win back. */
const usualRate = 3e-4;

/** Trains the weights while they are rounded as integers will be, then stores them as integers. */
export async function runQuantizeAwareTraining(
  model: Model,
  options: QuantizeAwareTrainingOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const bits = options.weightType === 'int4' ? 4 : 8;
  const quantizesActivations = options.form === 'static';
  let quantized: QuantizedGraph | undefined;
  const trained = await runTraining(
    {
      model,
      teacher: teacherOf(context),
      leastOpset: quantizedOpset,
      options: {
        ...options,
        matchLayers: false,
        learningRate: options.learningRate || usualRate,
        augment: options.augment === 'auto' ? usualChanges(options) : options.augment,
      },
      async adapt(prepared, forward, samples) {
        const rounding = { bits, quantizesActivations };
        const found = findLayers(prepared.student, options);
        const { layers, refusals } = withoutUnevenColumns(found, prepared.student, samples.trainingSamples, rounding);
        if (layers.length === 0)
          return refusals.at(-1) ?? nothingFound(model, 'It has no convolution or dense layer to quantize.');
        const request = { layers, ...rounding, forward, model: prepared.student };
        const isFixed = takesBatches(prepared.student, samples);
        const runs = isFixed ? samples.trainingBatches() : samples.trainingSamples;
        const planned = { ...request, runs, perRun: isFixed ? samples.batch : 1 };
        const plan = await planQuantization(planned, context);
        const adapted = withFakeQuantization(forward, plan);
        quantized = { layers, refusals, plan, scaleNames: adapted.scaleNames };
        const rates = new Map(
          [...adapted.scaleNames].map(([weight, scale]) => [scale, plan.weights.get(weight)!.scales] as const),
        );
        // Scales of any size move relative to themselves.
        const rounded = bits < 8 ? await roundedStart(planned, plan, context) : new Map<string, Float32Array>();
        return { forward: adapted.forward, rateOf: (name) => rates.get(name), otherStart: rounded };
      },
    },
    context,
  );
  if ('code' in trained) return { model, changes: [], refusals: [trained] };
  return writeOutcome(model, { trained, quantized: quantized!, bits, quantizesActivations }, context);
}

/** The range of activations does not change the form or the size of the model. It begins at zero, as after Relu. */
const assumedGrid: Grid = activationGrid(0, 1);

/**
 * Returns a model of about the size that `runQuantizeAwareTraining` makes. Only data shows which table columns stay float32, and whether
 * the model can be trained. Returns the unchanged model if it cannot be converted to the operator set of training, or has no layer to
 * quantize.
 */
export async function sketchQuantizeAwareTraining(
  model: Model,
  options: QuantizeAwareTrainingOptions,
  context: PassContext,
): Promise<Model> {
  if (!model.graph) return model;
  const prepared = await prepareModels({ model, teacher: model, leastOpset: quantizedOpset }, context);
  if ('code' in prepared) return model;
  const { layers } = findLayers(prepared.student, options);
  if (layers.length === 0) return model;
  const high = options.weightType === 'int4' ? 7 : 127;
  const blankGrid = ({ weight, axis }: QuantizedLayer): Grid => {
    return { scales: new Float32Array(Number(weight.dims[axis])).fill(1), axis, low: -high - 1, high };
  };
  const grids = new Map(layers.map((layer) => [layer.weight.name!, blankGrid(layer)]));
  const read = options.form === 'static' ? layers.map(({ input }) => input) : [];
  const plan: FakeQuantization = {
    weights: grids,
    activations: new Map(read.map((name) => [name, assumedGrid])),
    layers: new Set(layers.map(({ node }) => node.outputs[0]!)),
  };
  const floats = new Map(prepared.student.graph!.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  return writeQuantized({
    model: prepared.student,
    layers,
    plan,
    values(name) {
      const tensor = floats.get(name);
      return tensor?.dataType === DataType.float32 ? new Float32Array(elementCount(tensor)) : undefined;
    },
    scales: (name) => grids.get(name)!.scales,
    isSketch: true,
  });
}

interface QuantizedGraph {
  readonly layers: readonly QuantizedLayer[];
  readonly refusals: readonly Refusal[];
  readonly plan: FakeQuantization;
  readonly scaleNames: ReadonlyMap<string, string>;
}

interface TrainedQuantized {
  readonly trained: Trained;
  readonly quantized: QuantizedGraph;
  readonly bits: number;
  readonly quantizesActivations: boolean;
}

/** Moved and flipped pictures help; mixed ones were not measured here. */
function usualChanges({ loss }: QuantizeAwareTrainingOptions): 'flip-shift' | 'none' {
  return loss === 'labels' ? 'none' : 'flip-shift';
}

function gainOf({ weights, startLoss, bestLoss, bestStep }: Trained['result']): string {
  if (weights === undefined) return 'Training did not improve on rounding.';
  const share = startLoss > 0 ? 100 * (1 - bestLoss / startLoss) : 0;
  const recovered = `recovered ${share.toFixed(0)} % of the rounding loss on held-out samples`;
  return bestStep > 0 ? `Training ${recovered}.` : `AdaRound ${recovered}. Training did not improve on it.`;
}

async function writeOutcome(
  model: Model,
  { trained, quantized, bits, quantizesActivations }: TrainedQuantized,
  context: PassContext,
): Promise<PassOutcome> {
  const { step, result, samples, prepared, points } = trained;
  const { layers, plan, scaleNames } = quantized;
  // The initial weights are rounded if training had no gain.
  const weights = result.weights ?? step.start;
  const parameters = new Map(step.layout.parameters.map((parameter) => [parameter.name, parameter]));
  const values = (name: string): Float32Array | undefined => {
    const parameter = parameters.get(name);
    return parameter && valuesOf(parameter, weights);
  };
  const written = writeQuantized({
    model: exportTrained({ ...prepared, exported: prepared.student }, step, weights),
    layers,
    plan,
    values,
    scales: (name) => values(scaleNames.get(name)!) ?? plan.weights.get(name)!.scales,
  });
  const refusals = [...trained.refusals, ...quantized.refusals];
  const details = { loss: lossCurve(points) };
  const check = { step, weights, samples, arithmetic: 'quantized' as const };
  const problem = await findExportProblem(written, check, context.inference!, context.signal);
  if (problem !== undefined) return { model, changes: [], refusals: [...refusals, problem], details };
  const isFixed = takesBatches(written, samples);
  const runs = isFixed ? samples.heldOut : samples.heldOutSamples;
  const kept = await compareAnswers(
    {
      before: context.original,
      after: written,
      samples: runs.map(({ feeds }) => feeds),
      perRun: isFixed ? samples.batch : 1,
    },
    { ...context, checkpoint: () => context.checkpoint(), inference: context.inference! },
  );
  const what = `weights in ${bits} bits${quantizesActivations ? ', input in 8' : ''}`;
  return {
    model: written,
    changes: layers.map(({ path, node }) => ({ path, op: node.opType ?? '', what })),
    refusals,
    details,
    sentence: `${gainOf(result)} ${kept}${describeMachine(result)}`,
  };
}
