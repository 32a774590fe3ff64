/** Activations and weights as 8-bit integers, with ranges from the user's data. */
import { ParetoError } from '../../../errors';
import { DataType } from '../../../onnx/data-type';
import type { Model, Node, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { canonicalDomain, isDefaultDomain, nodesOf, scopes, type NodeVisit } from '../../../onnx/traverse';
import { upgradeOpset } from '../../../onnx/upgrade-opset';
import { ModelEditor } from '../../../onnx/edit';
import { weightOperandsOf } from '../../../onnx/ops/registry';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import type { Change, PassContext, PassOutcome, Refusal } from '../../pass';
import { representableRange, type AffineOptions } from '../affine';
import { calibrate, type Calibration, type CalibrationContext } from './activation-ranges';
import type { ValueHistogram, ValueRange } from './value-histogram';
import { correctableLayers, correctBiases } from './correct-biases';
import { findMaskedScores } from './masked-scores';
import { activationParameters } from './qdq-parameters';
import { planParameters, type QdqPlan } from './qdq-plan';
import { rangesDetail } from './ranges-detail';
import { markValues } from './static-marks';
import type { StaticOptions } from './static-options';
import { ValueGraph } from './value-graph';
import { writeQdq } from './write-qdq';

/** From this operator set on, DequantizeLinear takes a scale for each channel. */
const requiredOpset = 13n;

export async function runQuantizeStatic(
  model: Model,
  options: StaticOptions,
  context: PassContext,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  const refuse = (code: string, reason: string): PassOutcome => ({
    model,
    changes: [],
    refusals: [{ path: 'graph', op: 'Model', code, reason }],
  });
  const { data, inference } = context;
  if (!data || data.samples === 0) {
    return refuse(
      'no-data',
      'It needs data of yours, to see which numbers each layer works with. Nothing was changed.',
    );
  }
  if (!inference)
    return refuse('no-runtime', 'It needs to run the model, which cannot be done here. Nothing was changed.');
  if (holdsQuantizers(model)) {
    return refuse(
      'already-quantized',
      'The model is quantized already: it holds QuantizeLinear. Begin with the float model.',
    );
  }
  const upgrade = await upgradeOpset(model, requiredOpset, () => context.checkpoint());
  if (upgrade.kind === 'refused') {
    return refuse('opset-not-convertible', `It needs operator set 13 or later, but ${upgrade.reason}`);
  }
  const outcome = await quantize(withBiases(upgrade.model, options), options, { ...context, data, inference });
  if (outcome.changes.length === 0) return { ...outcome, model };
  const changes = upgrade.changes.map((what) => ({ path: 'graph', op: 'Model', what }));
  return { ...outcome, changes: [...changes, ...outcome.changes] };
}

async function quantize(model: Model, options: StaticOptions, context: CalibrationContext): Promise<PassOutcome> {
  const graph = new ValueGraph(model);
  const { selected, refusals } = selectNodes(model, graph, options);
  if (selected.length === 0) return { model, changes: [], refusals };
  const activation: AffineOptions = { type: options.activationType, symmetric: false, reduceRange: false };
  const weight: AffineOptions = { type: 'int8', symmetric: true, reduceRange: options.reduceRange };
  const nodes = selected.map(({ node }) => node);
  const calibration = await observe(model, nodes, graph, options, context);
  const ranges = new Map(await chooseRanges(calibration, nodes, graph, { options, activation, context }));
  const maskedScores = findMaskedScores(nodes, graph, calibration.ranges);
  for (const name of [...maskedScores.values()].flatMap((values) => [...values])) ranges.delete(name);
  const marks = markValues(nodes, {
    graph,
    perChannel: options.perChannel,
    startsAtZero(value) {
      const range = ranges.get(value);
      const lowest = representableRange(activation.type).lowest;
      return range !== undefined && activationParameters(range, activation).zeroPoints[0] === lowest;
    },
  });
  const plan = planParameters(marks, { model, graph, activation, weight }, ranges);
  const written = writeQdq(plan);
  const corrected = options.biasCorrection
    ? await correctBiases(plan, written, calibration.means, context)
    : written.model;
  const { changes, unchanged } = tellNodes(selected, plan, new Set(maskedScores.keys()));
  return {
    model: changes.length === 0 ? model : corrected,
    changes,
    refusals: [...refusals, ...unchanged],
    details: { ranges: rangesDetail(plan, ranges) },
  };
}

function holdsQuantizers(model: Model): boolean {
  return [...scopes(model)].some((scope) => scope.nodes.some(({ opType }) => opType === 'QuantizeLinear'));
}

/** A Conv without a bias gets one of zeros, so that it can be corrected. */
function withBiases(model: Model, { biasCorrection }: StaticOptions): Model {
  if (!biasCorrection) return model;
  const editor = new ModelEditor(model);
  for (const node of model.graph!.nodes) {
    const [, weight = '', bias = ''] = node.inputs;
    const constant = editor.graph.constant(weight);
    if (node.opType !== 'Conv' || !isDefaultDomain(node.domain) || bias !== '' || !constant) continue;
    if (constant.dataType !== DataType.float32) continue;
    const name = editor.graph.freshValueName(`${weight}_bias`);
    const length = Number(constant.dims[0] ?? 0n);
    const bytes = new Float32Array(length);
    editor.graph.addInitializer(createTensor({ name, dataType: DataType.float32, dims: [length], bytes }));
    editor.graph.replaceNode(node, [{ ...node, inputs: [node.inputs[0]!, weight, name] }]);
  }
  return editor.finish();
}

function selectNodes(
  model: Model,
  graph: ValueGraph,
  { opTypes, include, exclude }: StaticOptions,
): { readonly selected: readonly NodeVisit[]; readonly refusals: readonly Refusal[] } {
  const all = [...scopes(model)];
  const visits = all.flatMap((scope) => [...nodesOf(scope)]);
  const refusals = unknownNodeNames([...include, ...exclude], new Set(visits.flatMap(namesOfNode)));
  const selected: NodeVisit[] = [];
  for (const visit of visits) {
    const { node, path, scope } = visit;
    const op = node.opType ?? '';
    const isNamedIn = (names: readonly string[]): boolean => namesOfNode(visit).some((name) => names.includes(name));
    const isChosen = include.length > 0 ? isNamedIn(include) : opTypes.includes(op as StaticOptions['opTypes'][number]);
    const reason = reasonToLeave(visit, graph, { isChosen, isExcluded: isNamedIn(exclude) });
    if (reason) refusals.push({ path, op, ...reason });
    else if (isChosen && !isNamedIn(exclude) && scope.graph === graph.graph && canonicalDomain(node.domain) === '') {
      selected.push(visit);
    }
  }
  return { selected, refusals };
}

/** Why a node that a person would expect to change does not. */
function reasonToLeave(
  { node, scope }: NodeVisit,
  graph: ValueGraph,
  { isChosen, isExcluded }: { readonly isChosen: boolean; readonly isExcluded: boolean },
): { readonly code: string; readonly reason: string } | undefined {
  const multiplies = weightOperandsOf(node).some(({ input }) => graph.constant(node.inputs[input] ?? ''));
  if (node.opType === 'BatchNormalization' && graph.producer(node.inputs[0] ?? '')?.opType === 'Conv') {
    const reason = 'It follows a Conv, which it could be part of: put simplify before this step.';
    return { code: 'fold-first', reason };
  }
  if (isExcluded) return { code: 'excluded', reason: 'Excluded by name in the options.' };
  if (!isChosen) {
    return multiplies
      ? { code: 'not-selected', reason: 'The options do not name it or its operator type.' }
      : undefined;
  }
  if (scope.graph !== graph.graph) {
    return multiplies || weightOperandsOf(node).length > 0
      ? { code: 'inside-body', reason: 'It stands in the body of another node, of which values cannot be observed.' }
      : undefined;
  }
  return undefined;
}

/** Ranges of all values around the nodes, and means of what layers with a bias compute. */
async function observe(
  model: Model,
  nodes: readonly Node[],
  graph: ValueGraph,
  options: StaticOptions,
  context: CalibrationContext,
): Promise<Calibration> {
  const values = new Set<ValueName>();
  for (const { inputs, outputs } of nodes) {
    for (const name of [...inputs, ...outputs]) if (graph.isFloat(name) && !graph.constant(name)) values.add(name);
  }
  const marks = markValues(nodes, { graph, perChannel: options.perChannel, startsAtZero: () => false });
  const layers = options.biasCorrection ? correctableLayers({ graph, marks: marks.marks }) : [];
  const channelAxes = new Map(layers.map(({ output, axis }) => [output, axis]));
  const needsHistograms = options.calibrator !== 'minmax';
  try {
    return await calibrate({ model, values: [...values], channelAxes, needsHistograms }, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new ParetoError('quantize/data', `The model cannot be run on the data: ${message}`, { cause: error });
  }
}

interface RangeChoice {
  readonly options: StaticOptions;
  readonly activation: AffineOptions;
  readonly context: PassContext;
}

/** The range of a value, by the calibrator. Of all but the first its histogram is gathered. */
const rangeRules: Readonly<
  Record<StaticOptions['calibrator'], (histogram: ValueHistogram, choice: RangeChoice) => ValueRange>
> = {
  minmax: (histogram) => histogram,
  mse: (histogram, { activation }) => histogram.leastErrorRange(activation),
  percentile: (histogram, { options }) => histogram.percentileRange(options.percentile),
};

async function chooseRanges(
  { ranges, histograms }: Calibration,
  nodes: readonly Node[],
  graph: ValueGraph,
  choice: RangeChoice,
): Promise<ReadonlyMap<ValueName, ValueRange>> {
  const { options, context } = choice;
  const chosen = new Map(ranges);
  for (const [name, histogram] of histograms) {
    chosen.set(name, rangeRules[options.calibrator](histogram, choice));
    await context.checkpoint();
  }
  for (const { opType, inputs, outputs } of nodes) {
    const [input = ''] = inputs;
    const [output = ''] = outputs;
    const range = chosen.get(output);
    // What a Relu or Clip cuts off need not be told apart before it.
    const isBound = opType === 'Relu' || opType === 'Clip';
    if (isBound && range && graph.readers(input).length === 1 && !graph.isOutput(input)) chosen.set(input, range);
    if (opType === 'Softmax') chosen.set(output, { minimum: 0, maximum: 1 });
  }
  return chosen;
}

function tellNodes(
  selected: readonly NodeVisit[],
  { marks, absorbed, graph }: QdqPlan,
  masked: ReadonlySet<Node>,
): { readonly changes: readonly Change[]; readonly unchanged: readonly Refusal[] } {
  const changes: Change[] = [];
  const unchanged: Refusal[] = [];
  for (const { node, path } of selected) {
    const op = node.opType ?? '';
    const floats = node.inputs.filter((name) => graph.isFloat(name) && (marks.has(name) || !graph.constant(name)));
    if (absorbed.has(node)) changes.push({ path, op, what: 'Removed: the integers of the layer before begin at zero' });
    else if (masked.has(node)) {
      const reason =
        'A mask spreads what it reads so far that 8 bits could not tell the rest apart: that stays in float32.';
      unchanged.push({ path, op, code: 'masked', reason });
    } else if (floats.length > 0 && floats.every((name) => marks.has(name))) {
      changes.push({ path, op, what: 'Works on 8-bit integers' });
    } else if (weightOperandsOf(node).some(({ input }) => graph.constant(node.inputs[input] ?? ''))) {
      const reason = 'A value that it reads was never finite on the data, or is no float32.';
      unchanged.push({ path, op, code: 'no-range', reason });
    }
  }
  return { changes, unchanged };
}
