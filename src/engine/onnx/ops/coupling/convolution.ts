/** Convolution and pooling: [N, C, D1, D2, …]. The spatial axes never lose a position. */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import { intAttribute } from '../../attributes';
import {
  joinAxes,
  lockAll,
  lockAxis,
  workOver,
  type Coupling,
  type CouplingContext,
  type CouplingRule,
  type KeptPositions,
  type NodeChange,
  type ValueAtoms,
} from './coupling-rule';

const slides = 'A window moves over them.';

function lockFrom(context: CouplingContext, atoms: ValueAtoms, first: number, reason: string): ValueAtoms {
  return atoms.slice(first).map((axis) => lockAxis(context, axis, reason));
}

/** The data, the weight and the number of groups of a convolution; `undefined` if a shape is missing. */
function operandsOf(context: CouplingContext) {
  const [data, weight] = [context.atoms(0), context.atoms(1)];
  const shape = context.facts.shape(1);
  const group = context.facts.int('group') ?? 1;
  if (data === undefined || weight === undefined || data.length < 2 || weight.length < 2) return undefined;
  const [first, second] = [shape?.[0], shape?.[1]];
  if (typeof first !== 'number' || typeof second !== 'number' || group < 1) return undefined;
  return { data, weight, group, first, second };
}

const unknownShape = 'The shape of its input or weight is not known.';

export const coupleConvolution: CouplingRule = (context) => {
  const operands = operandsOf(context);
  if (operands === undefined) return lockAll(context, unknownShape);
  const { data, weight, group, first: outputs, second: inputsOfGroup } = operands;
  const [batch, channels] = [data[0]!, data[1]!];
  const produced = weight[0]!;
  const spatial = lockFrom(context, data, 2, slides);
  lockFrom(context, weight, 2, 'It is the kernel of a convolution.');
  const bias = context.atoms(2);
  if (bias?.length === 1) joinAxes(context, produced, bias[0]!);
  const result = [batch, produced, ...spatial];
  if (group === 1) {
    joinAxes(context, channels, weight[1]!);
    const axes = { input: 1, consumes: 1, produces: 0 };
    return { outputs: [result], weights: [axes], work: workOver(produced, weight[1]!) };
  }
  const outputsOfGroup = outputs / group;
  const isWithin = goesWithinGroups(context, { group, inputsOfGroup, outputsOfGroup }, produced);
  if (isWithin) {
    uniteAcrossGroups(context, channels, weight[1]!, group);
    uniteAcrossGroups(context, produced, undefined, group);
    const axes = { input: 1, consumes: 1, produces: 0 };
    return { outputs: [result], weights: [axes], work: workOver(produced, weight[1]!) };
  }
  lockAxis(context, weight[1]!, withinGroup);
  uniteGroups(context, channels, inputsOfGroup, produced, outputsOfGroup);
  return {
    outputs: [result],
    weights: [{ input: 1 }],
    work: workOver(produced),
    change: fewerGroups(produced, outputsOfGroup),
  };
};

/** Groups go as a whole, with all their outputs. */
const fewerGroups =
  (produced: AxisAtoms, outputsOfGroup: number) =>
  (kept: KeptPositions): NodeChange => ({
    attributes: [intAttribute('group', kept(produced).length / outputsOfGroup)],
  });

const withinGroup = 'It numbers channels within a group.';

interface GroupSizes {
  readonly group: number;
  readonly inputsOfGroup: number;
  readonly outputsOfGroup: number;
}

/**
 * True if each group loses channels at the same places; false if groups go as a whole. The way with more choices is preferred; if it turns
 * out to be locked, the other is taken. A group of one channel can only go as a whole.
 */
function goesWithinGroups(context: CouplingContext, sizes: GroupSizes, produced: AxisAtoms): boolean {
  const { group, inputsOfGroup, outputsOfGroup } = sizes;
  const fewest = Math.min(inputsOfGroup, outputsOfGroup);
  if (fewest < 2 || !Number.isInteger(outputsOfGroup)) return false;
  const key = `${context.path} groups`;
  const [whole, within] = [0, 1];
  const preferred = fewest > group ? [within, whole] : [whole, within];
  const chosen = preferred.find((way) => !context.carriers.isExcluded(key, way)) ?? preferred[0]!;
  context.carriers.add(key, chosen, produced);
  return chosen === within;
}

/** The channels at the same place of each group go together, with the position of `within` that counts them. */
function uniteAcrossGroups(
  context: CouplingContext,
  channels: AxisAtoms,
  within: AxisAtoms | undefined,
  group: number,
): void {
  const { space } = context;
  const ofGroup = isLock(channels) ? 0 : channels.length / group;
  const fits = !isLock(channels) && (within === undefined || (!isLock(within) && within.length === ofGroup));
  if (!fits) {
    if (within === undefined) return;
    joinAxes(context, within, isLock(channels) ? channels : context.because('Its groups do not match its channels.'));
    joinAxes(context, channels, isLock(within) ? within : context.because('Its groups do not match its channels.'));
    return;
  }
  channels.forEach((atom, at) => space.unite(atom, channels[at % ofGroup]!));
  if (within !== undefined) joinAxes(context, within, channels.subarray(0, ofGroup));
}

/** A group of channels is removed as a whole, with its filters. In a depthwise convolution a group is one channel. */
function uniteGroups(
  context: CouplingContext,
  channels: AxisAtoms,
  inputsOfGroup: number,
  produced: AxisAtoms,
  outputsOfGroup: number,
): void {
  const { space } = context;
  const fits =
    !isLock(channels) && !isLock(produced) && channels.length / inputsOfGroup === produced.length / outputsOfGroup;
  if (!fits) {
    joinAxes(context, channels, isLock(produced) ? produced : context.because('Its groups do not match its channels.'));
    joinAxes(context, produced, isLock(channels) ? channels : context.because('Its groups do not match its channels.'));
    return;
  }
  produced.forEach((atom, at) => space.unite(atom, channels[Math.floor(at / outputsOfGroup) * inputsOfGroup]!));
  channels.forEach((atom, at) => space.unite(atom, channels[at - (at % inputsOfGroup)]!));
}

/** The weight is [channels, outputs of a group, kernel]. */
export const coupleTransposedConvolution: CouplingRule = (context) => {
  const operands = operandsOf(context);
  if (operands === undefined) return lockAll(context, unknownShape);
  const { data, weight, group, first: inputs, second: outputsOfGroup } = operands;
  const [batch, channels] = [data[0]!, data[1]!];
  const spatial = lockFrom(context, data, 2, slides);
  lockFrom(context, weight, 2, 'It is the kernel of a convolution.');
  const bias = context.atoms(2);
  joinAxes(context, channels, weight[0]!);
  if (group === 1) {
    if (bias?.length === 1) joinAxes(context, weight[1]!, bias[0]!);
    return {
      outputs: [[batch, weight[1]!, ...spatial]],
      weights: [{ input: 1, consumes: 0, produces: 1 }],
      work: workOver(weight[0]!, weight[1]!),
    };
  }
  lockAxis(context, weight[1]!, withinGroup);
  const produced = context.space.fresh(group * outputsOfGroup, context.path);
  if (isLock(produced)) return lockAll(context, produced.reason);
  if (bias?.length === 1) joinAxes(context, produced, bias[0]!);
  const inputsOfGroup = inputs / group;
  uniteGroups(context, weight[0]!, inputsOfGroup, produced, outputsOfGroup);
  return {
    outputs: [[batch, produced, ...spatial]],
    weights: [{ input: 1 }],
    work: workOver(weight[0]!),
    change: fewerGroups(produced, outputsOfGroup),
  };
};

export const couplePooling: CouplingRule = (context) => {
  const data = context.atoms(0);
  if (data === undefined || data.length < 2) return lockAll(context, unknownShape);
  const result = [...data.slice(0, 2), ...lockFrom(context, data, 2, slides)];
  return { outputs: context.facts.node.outputs.map(() => result) };
};

/** Indices count over all channels, so they mean something else once one is removed. */
export const coupleMaxPooling: CouplingRule = (context): Coupling =>
  context.facts.node.outputs.length > 1 && context.facts.node.outputs[1] !== ''
    ? lockAll(context, 'The indices of its second output number all channels.')
    : couplePooling(context);
