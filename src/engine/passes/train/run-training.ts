/** The common part of training passes: collect samples, compile a step for them, and train. Each pass uses the weights in its own way. */
import type { CalibrationData, LabeledFeeds } from '../../data/calibration-data';
import type { Inference } from '../../inference';
import type { Model, ValueName } from '../../onnx/graph';
import { nodesOf, scopes } from '../../onnx/traverse';
import { pictureLayout, type Augmentation } from '../../training/augment';
import { compileStep, type StepGraph } from '../../training/compile-step';
import { logitsOf } from '../../training/embed-forward';
import type { LabelKind, LossSettings } from '../../training/emit-loss';
import type { OptimizerSettings } from '../../training/optimizers';
import { valuesOf } from '../../training/parameter-layout';
import type { ForwardGraph } from '../../training/prepare-forward';
import { train, type LossSeries, type TrainingResult } from '../../training/trainer';
import {
  collectSamples,
  fewestSamples,
  type CollectedSamples,
  type TrainingSample,
  type TrainingSamples,
} from '../../training/training-samples';
import { namesOfNode, unknownNodeNames } from '../node-names';
import { nothingFound } from '../nothing-found';
import { refuseWhole, type PassContext, type Refusal } from '../pass';
import type { PassDetail } from '../pass-details';
import { batchSamples } from './batch-samples';
import { fitTeacher } from './fit-teacher';
import { matchFeatures, type MatchRequest } from './match-features';
import type { TrainingOptions } from './training-options';
import { prepareModels, type PreparedModels } from './prepare-models';
import { productOf } from '../../product-of';

export interface TrainingRequest {
  readonly model: Model;
  readonly teacher: Model;
  readonly options: TrainingOptions;
  /** The oldest operator set that the trained model may be written in. */
  readonly leastOpset?: number;
  /** Changes the student's forward graph before it is trained. */
  adapt?(prepared: PreparedModels, forward: ForwardGraph, samples: TrainingSamples): Promise<AdaptedForward | Refusal>;
}

export interface AdaptedForward {
  readonly forward: ForwardGraph;
  /** Factors of the learning rate of each element of a weight. */
  readonly rateOf?: (name: ValueName) => Float32Array | undefined;
  /** The weights to train. Absent: those that the options name. */
  readonly trains?: ReadonlySet<ValueName>;
  /** Other values of some weights: training begins where the held-out loss is less. */
  readonly otherStart?: ReadonlyMap<ValueName, Float32Array>;
}

export interface Trained {
  readonly prepared: PreparedModels;
  readonly step: StepGraph;
  readonly samples: TrainingSamples;
  readonly result: TrainingResult;
  readonly points: LossPoints;
  /** Refusals of layers and data that a person would expect to be used in training. */
  readonly refusals: readonly Refusal[];
}

export type LossPoints = Readonly<Record<LossSeries, readonly (readonly [number, number])[]>>;

/**
 * Trains as the options say. Held-out samples of the calibration data decide which weights are best; samples that evaluate are
 * never seen. Needs `context.data` and `context.inference`. Rejects for a canceled signal, and as the runtime does.
 */
export async function runTraining(request: TrainingRequest, context: PassContext): Promise<Trained | Refusal> {
  const { options } = request;
  const { inference } = context;
  const startMs = performance.now();
  if (inference === undefined) return refuseWhole('no-runtime', 'Training needs a runtime, and none is available.');
  const collected = await collect(options, context);
  if ('code' in collected) return collected;
  const compiled = await compile(request, collected.samples, context);
  if ('code' in compiled) return compiled;
  const { prepared, step, samples, labels, otherStart } = compiled;
  const learningRate = options.learningRate || usualRate(options, compiled);
  const points: Record<LossSeries, [number, number][]> = { training: [], 'held out': [] };
  const result = await train(
    {
      step,
      samples,
      optimizer: compiled.optimizer,
      schedule: { kind: 'cosine', steps: options.steps, learningRate },
      augmentation: augmentationOf(options, collected.samples[0]!),
      provider: options.provider,
      ...(options.timeLimitMinutes > 0 && {
        mostMs: options.timeLimitMinutes * 60_000 - (performance.now() - startMs),
      }),
      ...(labels && { labels }),
      ...(otherStart && { otherStart }),
    },
    {
      ...hostOf(context, inference),
      observe(series, x, y) {
        points[series].push([x, y]);
        context.observe({ curve: 'loss', series, x, y });
      },
    },
  );
  const refusals = [...compiled.refusals, ...leftOutOf(collected), ...notOnWebgpu(options, result)];
  return { prepared, step, samples, result, points, refusals };
}

function notOnWebgpu({ provider }: TrainingOptions, { place }: TrainingResult): Refusal[] {
  if (provider === 'wasm' || place?.provider !== 'wasm') return [];
  return [refuseWhole('trained-on-wasm', `WebGPU was not used: ${place.reason ?? ''}`.trimEnd())];
}

/** A sentence to append: the reason why the bytes depend on the machine. Empty if they are the same everywhere. */
export function describeMachine({ place, end }: TrainingResult): string {
  const time = end === 'time' ? ' The time limit allowed no more steps: a faster machine gives other bytes.' : '';
  return `${time}${describePlace(place)}`;
}

function describePlace(place: TrainingResult['place']): string {
  if (place?.provider !== 'webgpu') return '';
  return ` Trained on WebGPU: another GPU may give other bytes.${place.reason ? ` ${place.reason}` : ''}`;
}

/** The loss of batches and of the held-out samples, as page, shell and report show it. */
export function lossCurve(points: LossPoints): PassDetail {
  return {
    kind: 'curve',
    title: 'Loss',
    x: { label: 'Step', unit: 'count' },
    y: { label: 'Loss', unit: 'number', isLog: true },
    series: Object.entries(points).map(([name, series]) => ({ name, points: series })),
  };
}

/** The calibration samples, with labels if the loss needs them. */
async function collect({ loss }: TrainingOptions, { data }: PassContext): Promise<CollectedSamples | Refusal> {
  if (data === undefined) return refuseWhole('no-data', 'Training needs samples, and there are none.');
  if (loss !== 'teacher' && data.labeled === undefined) {
    return refuseWhole('no-labels', 'The data has no labels. Train with the original as the teacher instead.');
  }
  const collected = await collectSamples(loss === 'teacher' ? unlabeled(data) : data.labeled!());
  const { length } = collected.samples;
  if (length >= fewestSamples) return collected;
  const reason = `There are ${length} samples of one shape. Training needs at least ${fewestSamples}.`;
  return refuseWhole('too-few-samples', reason);
}

function leftOutOf({ leftOut }: CollectedSamples): Refusal[] {
  if (leftOut === 0) return [];
  return [
    refuseWhole(
      'samples-left-out',
      `${leftOut} samples were left out: another shape than the first, shorter than the others, or not enough memory.`,
    ),
  ];
}

async function* unlabeled(data: CalibrationData): AsyncGenerator<LabeledFeeds> {
  for await (const feeds of data.feeds()) yield { feeds };
}

function hostOf(context: PassContext, inference: Inference) {
  return {
    signal: context.signal,
    random: context.random,
    inference,
    checkpoint: () => context.checkpoint(),
    progress: context.progress.bind(context),
  };
}

interface Compiled {
  readonly prepared: PreparedModels;
  readonly samples: TrainingSamples;
  readonly student: ForwardGraph;
  readonly labels: { readonly kind: LabelKind; readonly columns: number } | undefined;
  readonly step: StepGraph;
  readonly optimizer: OptimizerSettings;
  /** True if inner values follow those of the teacher. */
  readonly follows: boolean;
  /** Other weights to begin with, in the order of the layout. */
  readonly otherStart?: Float32Array;
  readonly refusals: readonly Refusal[];
}

async function compile(
  request: TrainingRequest,
  all: readonly TrainingSample[],
  context: PassContext,
): Promise<Compiled | Refusal> {
  const { model, options } = request;
  const [first] = all as [TrainingSample];
  const teacher = options.loss === 'labels' ? model : fitTeacher(request.teacher, model, first.feeds);
  if ('code' in teacher) return teacher;
  const prepared = await prepareModels({ model, teacher, leastOpset: request.leastOpset }, context);
  if ('code' in prepared) return prepared;
  const asksTeacher = options.loss !== 'labels';
  const batched = await batchSamples({ prepared, all, batch: options.batch, asksTeacher }, context);
  if ('code' in batched) return batched;
  const { samples, student: plain, teacher: taught } = batched;
  const adapted: AdaptedForward | Refusal = (await request.adapt?.(prepared, plain, samples)) ?? { forward: plain };
  if ('code' in adapted) return adapted;
  const { forward: student, rateOf, trains } = adapted;
  const labels = options.loss === 'teacher' ? undefined : labelsOf(student, all);
  if (labels !== undefined && 'code' in labels) return labels;
  const { mayTrain, unknown } = trainedWeights(prepared.student, options.train);
  const features = await featuresFor(request, { prepared, student, teacher: taught, samples }, context);
  const follows = (features ?? []).length > 0;
  const optimizer = optimizerOf(options, follows && !isTransformer(student));
  const step = compileStep({
    student,
    ...(taught && { teacher: taught }),
    ...(features && { features }),
    loss: lossOf(options, labels?.kind ?? 'classes'),
    optimizer,
    averages: true,
    mayTrain: trains === undefined ? mayTrain : (name) => trains.has(name),
    keepsZeros: true,
    ...(rateOf && { rateOf }),
  });
  if ('reason' in step) {
    const { path, op, reason } = step;
    return { ...nothingFound(model, reason, 'not-trainable'), path, op };
  }
  const stopped = step.stoppedAt.map((each) => {
    return { ...each, code: 'no-gradient', reason: `${each.reason} Weights before it were not trained.` };
  });
  const refusals: readonly Refusal[] = [...batched.refusals, ...unknown, ...stopped];
  const otherStart = startFrom(step, adapted.otherStart ?? new Map<ValueName, Float32Array>());
  return { prepared, samples, student, labels, step, optimizer, follows, refusals, ...(otherStart && { otherStart }) };
}

/** The start of the step with other values of some weights; `undefined` if it trains none of them. */
function startFrom(
  { layout, start }: StepGraph,
  values: ReadonlyMap<ValueName, Float32Array>,
): Float32Array | undefined {
  const changed = layout.parameters.filter(({ name }) => values.has(name));
  if (changed.length === 0) return undefined;
  const other = start.slice();
  for (const parameter of changed) valuesOf(parameter, other).set(values.get(parameter.name)!);
  return other;
}

/** Returns no features if labels teach, because their loss has no unit in common with errors of values. */
async function featuresFor(
  { options }: TrainingRequest,
  { teacher, ...models }: Omit<MatchRequest, 'teacher'> & { readonly teacher: ForwardGraph | undefined },
  context: PassContext,
) {
  const follows = options.loss === 'teacher' && options.matchLayers && teacher !== undefined;
  return follows ? matchFeatures({ ...models, teacher }, context) : undefined;
}

/** The weights that the named nodes read; all if none is named. `unknown` refuses names that no node has. */
function trainedWeights(model: Model, given: readonly string[]) {
  const [main] = scopes(model);
  const visits = [...nodesOf(main!)];
  const nodeNames = new Set(visits.flatMap(namesOfNode));
  const isEvery = (name: string): boolean => name === everyNode && !nodeNames.has(name);
  const named = given.filter((name) => !isEvery(name));
  const takesAll = given.length === 0 || given.some(isEvery);
  const wanted = new Set(named);
  const names = new Set(
    visits.filter((visit) => namesOfNode(visit).some((name) => wanted.has(name))).flatMap(({ node }) => node.inputs),
  );
  return {
    mayTrain: (name: ValueName): boolean => takesAll || names.has(name),
    unknown: unknownNodeNames(named, nodeNames),
  };
}

/** The name for all nodes in `train=all`; a node of this name comes first. */
const everyNode = 'all';

/**
 * Returns the kind of the labels: integers below the count of scores are classes, and as many numbers as output values
 * are values.
 */
function labelsOf(
  student: ForwardGraph,
  all: readonly LabeledFeeds[],
): { readonly kind: LabelKind; readonly columns: number } | Refusal {
  const shape = student.shapeOf(logitsOf(student, student.graph.outputs[0]?.name ?? '')) ?? [];
  const columns = productOf(shape.slice(1));
  const labels = all.map(({ label }) => label ?? new Float64Array());
  const isClass = (label: Float64Array): boolean =>
    label.length === 1 && Number.isInteger(label[0]) && label[0]! >= 0 && label[0]! < columns;
  if (shape.length === 2 && columns > 1 && labels.every(isClass)) return { kind: 'classes', columns };
  if (shape.length === 2 && labels.every(({ length }) => length === columns)) return { kind: 'values', columns };
  return refuseWhole(
    'labels-do-not-fit',
    `The labels are neither classes nor values of the ${columns} outputs of the model.`,
  );
}

/** Half of the loss is for labels. Above a temperature of 1, unlikely classes of the original count more (Hinton et al. 2015). */
const bothLosses = { alpha: 0.5, temperature: 3 };

function lossOf({ loss }: TrainingOptions, labels: LabelKind): LossSettings {
  if (loss === 'teacher') return { kind: 'teacher' };
  return loss === 'labels' ? { kind: 'labels', labels } : { kind: 'both', labels, ...bothLosses };
}

/**
 * @param suitsMuon true if measurements favored it: values inside follow the teacher's, and nothing is normalized by
 *   layers.
 */
function optimizerOf({ optimizer }: TrainingOptions, suitsMuon: boolean): OptimizerSettings {
  const usual = suitsMuon ? 'muon' : 'adamw';
  const kind = optimizer === 'auto' ? usual : optimizer;
  return { kind, weightDecay: kind === 'adam' ? 0 : 1e-2 };
}

function isTransformer({ graph }: ForwardGraph): boolean {
  return graph.nodes.some(({ opType }) => opType === 'LayerNormalization');
}

/**
 * Rates measured for Adam on up to half a million weights. The rate is 4e-3 if values inside follow the teacher's, and
 * 1.5e-3 by the teacher's outputs alone. Above it, training loses more at first than it recovers. Larger models and
 * transformers need smaller rates. A tenth is used with labels alone, because the weights are then near a good place
 * already.
 */
function usualRate({ loss }: TrainingOptions, { step, student, follows }: Compiled): number {
  const { elements } = step.layout;
  const bySize = elements < 500_000 ? (follows ? 4e-3 : 1.5e-3) : elements < 5_000_000 ? 1e-3 : 1e-4;
  const adam = isTransformer(student) ? Math.min(bySize, 3e-4) : bySize;
  return adam * (loss === 'labels' ? 0.1 : 1);
}

function augmentationOf({ augment, loss }: TrainingOptions, { feeds }: LabeledFeeds): Augmentation {
  if (augment !== 'auto') return augment;
  const pictures = Object.values(feeds).filter(({ dims }) => pictureLayout(dims) !== undefined);
  return loss !== 'labels' && pictures.length === 1 ? 'flip-shift-mix' : 'none';
}
