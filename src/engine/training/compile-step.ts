/**
 * Compiles a training step into an ordinary ONNX model. It has the forward graphs of student and teacher, a loss, the
 * gradients, and one update of the weights. State is an input and an output, and no node is a training operator.
 */
import { DataType } from '../onnx/data-type';
import type { Model, Node, OpsetImport, Tensor, ValueName } from '../onnx/graph';
import { raiseIrVersion } from '../onnx/upgrade/raise-ir-version';
import { namesReadBy } from '../onnx/subgraphs';
import { canonicalDomain, wholeModel } from '../onnx/traverse';
import { intAttribute } from '../onnx/attributes';
import { emitBackward } from './backward';
import { createBuilder, embedStudent } from './embed-forward';
import { emitLoss, type LossSettings } from './emit-loss';
import type { FeatureTarget } from './features';
import { findMatrices } from './muon';
import { emitAverage, emitUpdate, type Moment, type OptimizerSettings, type StepScalar } from './optimizers';
import { findParameters, flatten, layOut, valuesOf, type ParameterLayout } from './parameter-layout';
import type { ForwardGraph, NotTrainable } from './prepare-forward';
import type { StaticShape, StepBuilder } from './step-builder';

export interface StepRequest {
  readonly student: ForwardGraph;
  /** The teacher has the same batch size and operator set as the student, and the same inputs or fewer. */
  readonly teacher?: ForwardGraph;
  readonly loss: LossSettings;
  /** Values inside that the student follows besides; needs a teacher. Absent: none. */
  readonly features?: readonly FeatureTarget[];
  readonly optimizer: OptimizerSettings;
  /** Keeps a moving average of the weights. */
  readonly averages: boolean;
  /** Selects the weights that may be trained. If absent, every weight that can be trained is. */
  readonly mayTrain?: (name: ValueName) => boolean;
  /** A factor of the learning rate for each element of a weight; 1 if absent. */
  readonly rateOf?: (name: ValueName) => Float32Array | undefined;
  /** Elements that are zero stay zero, so that pruned weights stay pruned. */
  readonly keepsZeros?: boolean;
}

/** A state vector: its input, and its output for the next step. Each is [P]. */
export interface StateVector {
  readonly input: ValueName;
  readonly output: ValueName;
}

export interface StepGraph {
  readonly model: Model;
  /** The loss alone, for weights that are fed. */
  readonly evaluation: EvaluationGraph;
  readonly layout: ParameterLayout;
  /** The weights as the model has them, in the order of the layout. */
  readonly start: Float32Array;
  readonly weights: StateVector;
  readonly moments: Readonly<Record<Moment, StateVector>>;
  readonly average?: StateVector;
  /** Inputs that are scalars, dims []. */
  readonly scalars: Readonly<Record<StepScalar | 'averageShare', ValueName | undefined>>;
  /** The input that takes labels [B, K], if the loss has any. */
  readonly labels?: ValueName;
  readonly loss: ValueName;
  readonly stoppedAt: readonly NotTrainable[];
}

export interface EvaluationGraph {
  readonly model: Model;
  readonly weights: ValueName;
  readonly labels?: ValueName;
  readonly loss: ValueName;
  /** The student's output: a value of the model that it was made from, logits if the model ends in Softmax. */
  readonly answers: ValueName;
  /** The shape of the student's output, and of the labels. */
  readonly answersShape: StaticShape;
}

/** Compiles the step, or says why nothing can be trained. */
export function compileStep(request: StepRequest): StepGraph | NotTrainable {
  const { student, mayTrain = () => true } = request;
  const candidates = findParameters(student).filter(({ name }) => mayTrain(name ?? ''));
  const builder = createBuilder(student, ...(request.teacher ? [request.teacher] : []));
  const graph = new StepInputs(builder, student);
  embedStudent(builder, student, new Set(candidates.map(({ name }) => name ?? '')));
  const loss = emitLoss(builder, request, (shape) => graph.labels(shape));
  if ('reason' in loss) return loss;
  const names = new Set(candidates.map(({ name }) => name ?? ''));
  const { gradients, stoppedAt } = emitBackward(builder, student, names, loss.seeds);
  const trained = candidates.filter(({ name }) => gradients.has(name ?? ''));
  if (trained.length === 0) {
    const [first] = stoppedAt;
    return first ?? { ...wholeModel, reason: 'No weight of the model can be trained.' };
  }
  // Weights that no gradient reaches stay constants.
  builder.initializers.push(...candidates.filter((tensor) => !trained.includes(tensor)));
  const layout = layOut(trained);
  const start = flatten(layout, trained);
  const weights = graph.vector('weights', layout);
  const flat = builder.concat(
    layout.parameters.map(({ name, elements }) => builder.reshape(gradients.get(name)!, [elements])),
    0,
  );
  const update = emitStepUpdate(request, graph, { weights, layout, start, gradient: flat });
  const outputs = [loss.value, ...update.outputs];
  return {
    model: graph.finish(request, layout, weights, outputs),
    evaluation: compileEvaluation(request, layout),
    layout,
    start,
    weights: { input: weights, output: update.weights },
    moments: update.moments,
    ...(update.average && { average: update.average }),
    scalars: update.scalars,
    ...(graph.labelsName !== undefined && { labels: graph.labelsName }),
    loss: loss.value,
    stoppedAt,
  };
}

interface FlatStep {
  readonly weights: ValueName;
  readonly layout: ParameterLayout;
  readonly start: Float32Array;
  readonly gradient: ValueName;
}

function emitStepUpdate(request: StepRequest, graph: StepInputs, { weights, layout, start, gradient }: FlatStep) {
  const { builder } = graph;
  const { optimizer } = request;
  const [first, second] = [graph.vector('first-moment', layout), graph.vector('second-moment', layout)];
  const scalars = {
    rate: graph.scalar('rate'),
    spread: graph.scalar('spread'),
    decay: optimizer.weightDecay > 0 ? graph.scalar('decay') : undefined,
    averageShare: request.averages ? graph.scalar('average-share') : undefined,
  };
  const none = builder.scalar(0);
  const rates = rateVector(request, layout, start);
  const mask = request.keepsZeros ? zeroMask(layout, start) : undefined;
  const update = emitUpdate(builder, optimizer, {
    weights,
    moments: { first, second },
    gradient,
    scalars: { rate: scalars.rate, spread: scalars.spread, decay: scalars.decay ?? none },
    ...(scalars.decay !== undefined && { decayed: decayVector(builder, layout) }),
    ...(rates !== undefined && { rates: builder.floats([layout.elements], rates) }),
    ...(optimizer.kind === 'muon' && { matrices: findMatrices(layout, request.student) }),
    ...(mask !== undefined && { mask: builder.floats([layout.elements], mask) }),
  });
  const averageInput = request.averages ? graph.vector('average', layout) : undefined;
  const average =
    averageInput === undefined
      ? undefined
      : {
          input: averageInput,
          output: emitAverage(builder, averageInput, update.weights, scalars.averageShare!),
        };
  const moments = {
    first: { input: first, output: update.moments.first },
    second: { input: second, output: update.moments.second },
  };
  const states = [...Object.values(moments), ...(average ? [average] : [])];
  const outputs = [update.weights, ...states.map(({ output }) => output)];
  return { weights: update.weights, moments, average, scalars, outputs };
}

/**
 * 0 at the zeros of matrices and filters, 1 elsewhere; absent if there are none. A weight of nothing but zeros was not pruned: it has
 * not begun to learn.
 */
function zeroMask(layout: ParameterLayout, start: Float32Array): Float32Array | undefined {
  const mask = new Float32Array(layout.elements).fill(1);
  for (const parameter of layout.parameters) {
    const values = valuesOf(parameter, start);
    if (!parameter.decays || values.every((value) => value === 0)) continue;
    valuesOf(parameter, mask).set(values.map((value) => (value === 0 ? 0 : 1)));
  }
  return mask.includes(0) ? mask : undefined;
}

/** Weights of this root mean square and above learn at the full rate. */
const fullRateScale = 0.1;

/**
 * Factors of the learning rate. Adam moves every element by about the rate, whatever its size. A filter for pixels of 0
 * to 255 has weights of a few thousandths and would be lost in one step. Small weights therefore learn in proportion to
 * their size.
 */
function rateVector({ rateOf }: StepRequest, layout: ParameterLayout, start: Float32Array): Float32Array | undefined {
  const vector = new Float32Array(layout.elements).fill(1);
  for (const parameter of layout.parameters) {
    const rates = rateOf?.(parameter.name);
    if (rates !== undefined) valuesOf(parameter, vector).set(rates);
    else if (parameter.decays) valuesOf(parameter, vector).fill(rateForSize(valuesOf(parameter, start)));
  }
  return vector.every((rate) => rate === 1) ? undefined : vector;
}

function rateForSize(values: Float32Array): number {
  const scale = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  // A weight of zeros has no scale, so it learns at the full rate.
  return scale === 0 ? 1 : Math.min(1, scale / fullRateScale);
}

function decayVector(builder: StepBuilder, layout: ParameterLayout): ValueName {
  const decayed = new Float32Array(layout.elements);
  for (const parameter of layout.parameters) if (parameter.decays) valuesOf(parameter, decayed).fill(1);
  return builder.floats([layout.elements], decayed);
}

function compileEvaluation(request: StepRequest, layout: ParameterLayout): EvaluationGraph {
  const { student, teacher } = request;
  const builder = createBuilder(student, ...(teacher ? [teacher] : []));
  const graph = new StepInputs(builder, student);
  embedStudent(builder, student, new Set(layout.parameters.map(({ name }) => name)));
  const loss = emitLoss(builder, request, (shape) => graph.labels(shape));
  if ('reason' in loss) throw new TypeError(loss.reason);
  const weights = graph.vector('weights', layout);
  const { answers } = loss;
  const model = graph.finish(request, layout, weights, [loss.value, answers]);
  return {
    model,
    weights,
    loss: loss.value,
    answers,
    answersShape: builder.shapeOf(answers),
    ...(graph.labelsName !== undefined && { labels: graph.labelsName }),
  };
}

/** The inputs of a step beside those of the student, and the model around all that was emitted. */
class StepInputs {
  readonly builder: StepBuilder;
  labelsName: ValueName | undefined;
  readonly #student: ForwardGraph;
  readonly #added: { readonly name: ValueName; readonly shape: StaticShape }[] = [];

  constructor(builder: StepBuilder, student: ForwardGraph) {
    this.builder = builder;
    this.#student = student;
  }

  vector(base: string, { elements }: ParameterLayout): ValueName {
    return this.#add(base, [elements]);
  }

  scalar(base: string): ValueName {
    return this.#add(base, []);
  }

  labels(shape: StaticShape): ValueName {
    this.labelsName ??= this.#add('labels', shape);
    return this.labelsName;
  }

  finish(request: StepRequest, layout: ParameterLayout, weights: ValueName, outputs: readonly ValueName[]): Model {
    const { builder } = this;
    const nodes = liveNodes([...parameterViews(builder, layout, weights), ...builder.nodes], outputs);
    const read = new Set(nodes.flatMap(namesReadBy));
    const isRead = ({ name }: Tensor): boolean => read.has(name ?? '');
    const float = (name: ValueName) => ({ name, ...floatType(builder.shapeOf(name)) });
    const { graph, opsetImports } = this.#student;
    return raiseIrVersion({
      irVersion: 8n,
      opsetImports: joinOpsets(opsetImports, request.teacher?.opsetImports ?? []),
      producerName: 'pareto',
      graph: {
        name: 'training-step',
        nodes,
        initializers: builder.initializers.filter(isRead),
        sparseInitializers: [...graph.sparseInitializers],
        inputs: [...graph.inputs, ...this.#added.map(({ name }) => float(name))],
        outputs: outputs.map(float),
        valueInfos: [],
        quantizationAnnotations: [],
      },
      metadata: [],
      training: [],
      functions: [],
    });
  }

  #add(base: string, shape: StaticShape): ValueName {
    const name = this.builder.freshName(`step/${base}`);
    this.builder.declare(name, shape);
    this.#added.push({ name, shape });
    return name;
  }
}

function floatType(shape: StaticShape) {
  const dimensions = shape.map((size) => ({ size: BigInt(size) }));
  return { type: { kind: 'tensor' as const, elementType: DataType.float32, shape: { dimensions } } };
}

/** Each parameter under its own name, cut from the vector. */
function parameterViews(builder: StepBuilder, layout: ParameterLayout, weights: ValueName): Node[] {
  const axes = builder.ints([0]);
  return layout.parameters.flatMap(({ name, shape, offset, elements }): Node[] => {
    const cut = builder.freshName(`step/${name}`);
    const range = [builder.ints([offset]), builder.ints([offset + elements])];
    return [
      {
        name: builder.freshNodeName(cut),
        opType: 'Slice',
        inputs: [weights, ...range, axes],
        outputs: [cut],
        attributes: [],
      },
      {
        name: builder.freshNodeName(`${cut}/shape`),
        opType: 'Reshape',
        inputs: [cut, builder.ints(shape)],
        outputs: [name],
        attributes: [intAttribute('allowzero', 0)],
      },
    ];
  });
}

/** Rules may emit more nodes than needed. Nodes that no output needs are removed. */
function liveNodes(nodes: readonly Node[], outputs: readonly ValueName[]): Node[] {
  const wanted = new Set(outputs);
  const live: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    live.push(node);
    for (const name of namesReadBy(node)) wanted.add(name);
  }
  return live.reverse();
}

function joinOpsets(student: readonly OpsetImport[], teacher: readonly OpsetImport[]): OpsetImport[] {
  const known = new Set(student.map(({ domain }) => canonicalDomain(domain)));
  return [...student, ...teacher.filter(({ domain }) => !known.has(canonicalDomain(domain)))];
}
