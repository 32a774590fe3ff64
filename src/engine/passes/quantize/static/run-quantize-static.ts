/** Activations and weights as 8-bit integers, with ranges from the user's data. */
import { isParetoError } from '../../../errors';
import { formatCounted } from '../../../format';
import { DataType } from '../../../onnx/data-type';
import type { Model, Node, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { isDefaultDomain, scopes, wholeModel } from '../../../onnx/traverse';
import { upgradeOpset } from '../../../onnx/upgrade/upgrade-opset';
import { checkTensorrtRules } from '../../../analysis/tensorrt-rules';
import { ModelEditor } from '../../../onnx/edit';
import { reasonsOrNothingFound } from '../../nothing-found';
import { refuseWhole, type PassContext, type PassOutcome, type Refusal } from '../../pass';
import {
  activationsAround,
  chooseRanges,
  observeActivations,
  unsuitableData,
  type CalibrationContext,
} from './activation-ranges';
import { planStatic } from './build-static';
import { correctableLayers } from './correct-biases';
import { keepClose } from './keep-close';
import { findMaskedScores } from './masked-scores';
import { findMixedOutputs } from './mixed-outputs';
import { withIntegerEnds } from './integer-ends';
import { selectNodes, describeNodes } from './node-selection';
import { floatsDetails, rangesDetails } from './ranges-detail';
import { markValues } from './static-marks';
import type { StaticOptions } from './static-options';
import { otherBits, schemeOf, type StaticScheme } from './static-scheme';
import { ValueGraph } from './value-graph';
import { writeQdq } from './write-qdq';
import { writeQOperator } from './write-qoperator';

export async function runQuantizeStatic(
  model: Model,
  options: StaticOptions,
  context: PassContext,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  const refuse = (code: string, reason: string): PassOutcome => ({
    model,
    changes: [],
    refusals: [refuseWhole(code, reason)],
  });
  const { data, inference } = context;
  if (!data || data.samples === 0) {
    return refuse('no-data', 'Add data: it needs the value ranges of each layer. Nothing was changed.');
  }
  if (!inference) return refuse('no-runtime', 'It needs a runtime, and none is available. Nothing was changed.');
  if (holdsQuantizers(model)) {
    return refuse(
      'already-quantized',
      'The model is already quantized: it contains QuantizeLinear. Run restore-float first.',
    );
  }
  const scheme = schemeOf(options);
  if ('reason' in scheme) return refuse(scheme.code, scheme.reason);
  const upgrade = await upgradeOpset(model, scheme.leastOpset, () => context.checkpoint());
  if (upgrade.kind === 'refused') {
    return refuse(
      'opset-not-convertible',
      `It needs operator set ${scheme.leastOpset} or later, but ${upgrade.reason}`,
    );
  }
  const given = { model: withBiases(upgrade.model, options), madeOf: model, scheme };
  let outcome: PassOutcome;
  try {
    outcome = await quantize(given, options, { ...context, data, inference });
  } catch (error) {
    if (!isParetoError(error) || error.code !== unsuitableData) throw error;
    return refuse('data-does-not-fit', `${error.message} Nothing was changed.`);
  }
  if (outcome.changes.length === 0) return { ...outcome, model };
  const changes = upgrade.changes.map((what) => ({ ...wholeModel, what }));
  return { ...outcome, changes: [...changes, ...outcome.changes] };
}

/** Any range gives activations the form that they have with data; it begins at zero, as after Relu. */
const assumedRange = { minimum: 0, maximum: 1 };

/**
 * A model of about the size that `runQuantizeStatic` makes: every value has integers, because only data shows which
 * values are better left float32. The unchanged model if that pass refuses.
 */
export async function sketchQuantizeStatic(model: Model, options: StaticOptions, context: PassContext): Promise<Model> {
  const scheme = schemeOf(options);
  if (!model.graph || holdsQuantizers(model) || 'reason' in scheme) return model;
  const upgrade = await upgradeOpset(model, scheme.leastOpset, () => context.checkpoint());
  if (upgrade.kind === 'refused') return model;
  const biased = withBiases(upgrade.model, options);
  const graph = new ValueGraph(biased);
  const { selected } = selectNodes(biased, graph, options, scheme.operators);
  if (selected.length === 0) return model;
  const nodes = selected.map(({ node }) => node);
  const ranges = new Map([...activationsAround(nodes, graph)].map((name) => [name, assumedRange]));
  const plan = planStatic({ model: biased, graph, scheme, nodes, ...otherBits(selected, options) }, ranges);
  const built = writeQdq(plan).model;
  return scheme.format === 'qdq' ? built : writeQOperator(plan, new Set(nodes), new Map());
}

interface Given {
  /** The model with a bias wherever one is to be corrected. */
  readonly model: Model;
  readonly madeOf: Model;
  readonly scheme: StaticScheme;
}

async function quantize(given: Given, options: StaticOptions, context: CalibrationContext): Promise<PassOutcome> {
  const { model, madeOf, scheme } = given;
  const graph = new ValueGraph(model);
  const { selected, refusals } = selectNodes(model, graph, options, scheme.operators);
  if (selected.length === 0) {
    const reason = 'It has no operator with an integer form.';
    return { model, changes: [], refusals: reasonsOrNothingFound(refusals, model, reason) };
  }
  const nodes = selected.map(({ node }) => node);
  const layers = layersToCorrect(nodes, graph, scheme);
  const { statistics, means } = await observeActivations(
    { model, madeOf, needsRanges: options.calibrator === 'minmax' || options.calibrator === 'moving-average' },
    activationsAround(nodes, graph),
    layers,
    context,
  );
  const settings = { activation: scheme.activation, percentile: options.percentile, bins: options.bins };
  const chosen = await chooseRanges(statistics, nodes, graph, { options, settings, context });
  const maskedScores = findMaskedScores(nodes, graph, statistics);
  const mixedOutputs = findMixedOutputs(nodes, graph, chosen.ranges);
  const left = new Set([...maskedScores.values(), ...mixedOutputs.values()].flatMap((values) => [...values]));
  const ranges = new Map([...chosen.ranges].filter(([name]) => !left.has(name)));
  const parts = { model, graph, scheme, nodes, options, means, ...otherBits(selected, options) };
  const { plan, ...built } = await keepClose(parts, ranges, context);
  const made = scheme.format === 'qdq' ? built.model : writeQOperator(plan, new Set(nodes), built.biases);
  const { changes, unchanged } = describeNodes(selected, plan, {
    ...{ without: chosen.without, masked: new Set(maskedScores.keys()) },
    ...{ mixed: new Set(mixedOutputs.keys()), floats: built.floats },
  });
  const ofTarget = options.target === 'tensorrt' ? tensorrtRefusals(built.model) : [];
  const outcome = {
    model: changes.length === 0 ? model : made,
    changes,
    refusals: [...refusals, ...unchanged, ...ofTarget],
    details: { ...rangesDetails(plan, built.ranges, statistics), ...floatsDetails(built.floats) },
    ...sentencesOf(built.sentence, changes.length === 0 ? Infinity : context.data.samples),
  };
  return options.integerEnds && changes.length > 0 ? takeFloatsAway(outcome) : outcome;
}

/** Ranges of fewer samples miss values of others by enough to see it in the outputs. */
const enoughSamples = 32;

/** @param ofFloats the sentence about values that stay float32. @param samples the number of samples that gave the ranges. */
function sentencesOf(ofFloats: string | undefined, samples: number): Pick<PassOutcome, 'sentence'> {
  const few = `The ranges come from only ${formatCounted(samples, 'sample')}, so larger values of other samples are clipped. Use ${enoughSamples} or more varied samples.`;
  const sentences = [...(ofFloats === undefined ? [] : [ofFloats]), ...(samples < enoughSamples ? [few] : [])];
  return sentences.length === 0 ? {} : { sentence: sentences.join(' ') };
}

/** Removes the quantization of inputs and outputs, so that they are integers. */
function takeFloatsAway(outcome: PassOutcome): PassOutcome {
  const { model, changes, refusals, detail } = withIntegerEnds(outcome.model);
  const ends =
    'Inputs and outputs are integers: float = scale × (integer − zero point). Pareto still feeds and compares floats; your code must convert.';
  return {
    ...outcome,
    model,
    changes: [...outcome.changes, ...changes],
    refusals: [...outcome.refusals, ...refusals],
    ...(detail && {
      sentence: outcome.sentence === undefined ? ends : `${outcome.sentence} ${ends}`,
      details: { ...outcome.details, integers: detail },
    }),
  };
}

/** Axis of the channels, by what layers with a bias to correct compute. */
function layersToCorrect(
  nodes: readonly Node[],
  graph: ValueGraph,
  scheme: StaticScheme,
): ReadonlyMap<ValueName, number> {
  const { marks } = markValues(nodes, { graph, scheme, startsAtZero: () => false });
  return new Map(correctableLayers({ graph, marks }).map(({ output, axis }) => [output, axis]));
}

/** Nodes that TensorRT refuses in this form because they were not float before. */
function tensorrtRefusals(model: Model): readonly Refusal[] {
  return checkTensorrtRules(model).map(({ rule, path, op, reason }) => ({
    path,
    op,
    code: `tensorrt-${rule}`,
    reason,
  }));
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
