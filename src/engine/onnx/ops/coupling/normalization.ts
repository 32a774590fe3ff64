/** Normalization and reduction: an average over an axis changes with the positions of that axis. */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import { intAttribute } from '../../attributes';
import { axesFromFront, axisFromFront } from '../operator';
import { broadcastAtoms, joinAxes, lockAll, lockAxis, type CouplingContext, type CouplingRule } from './coupling-rule';

function joinParameters(context: CouplingContext, channels: AxisAtoms, inputs: readonly number[]): void {
  for (const input of inputs) {
    const parameters = context.atoms(input);
    if (parameters?.length === 1) joinAxes(context, channels, parameters[0]!);
  }
}

export const coupleBatchNormalization: CouplingRule = (context) => {
  const data = context.atoms(0);
  const { facts } = context;
  if (data === undefined || data.length < 2) return lockAll(context, 'The shape of its input is unknown.');
  if (facts.int('training_mode') === 1) return lockAll(context, 'It is a training form with separate outputs.');
  joinParameters(context, data[1]!, [1, 2, 3, 4]);
  return { outputs: [data] };
};

/** Each channel by itself. */
export const coupleInstanceNormalization: CouplingRule = (context) => {
  const data = context.atoms(0);
  if (data === undefined || data.length < 2) return lockAll(context, 'The shape of its input is unknown.');
  joinParameters(context, data[1]!, [1, 2]);
  const reason = `${context.facts.node.opType} averages over all of them.`;
  return { outputs: [data.map((entry, at) => (at >= 2 ? lockAxis(context, entry, reason) : entry))] };
};

/** A group goes as a whole, so that the statistics of the others stay. Parameters are of groups before opset 21, of channels since. */
export const coupleGroupNormalization: CouplingRule = (context) => {
  const data = context.atoms(0);
  const groups = context.facts.int('num_groups');
  const channels = data?.[1];
  if (data === undefined || channels === undefined || isLock(channels) || !groups || channels.length % groups !== 0) {
    return lockAll(context, 'Its groups do not fit its channels.');
  }
  if (groups === 1) return lockAll(context, 'Its only group averages over all channels together.');
  const inGroup = channels.length / groups;
  channels.forEach((atom, at) => context.space.unite(atom, channels[at - (at % inGroup)]!));
  const firsts = channels.filter((_, at) => at % inGroup === 0);
  for (const input of [1, 2]) {
    const parameters = context.atoms(input)?.[0];
    if (parameters === undefined) continue;
    const isOfGroups = context.facts.shape(input)?.[0] === groups && inGroup > 1;
    joinAxes(context, parameters, isOfGroups ? firsts : channels);
  }
  const reason = 'GroupNormalization averages over all of them.';
  return {
    outputs: [data.map((entry, at) => (at >= 2 ? lockAxis(context, entry, reason) : entry))],
    change: (kept) => ({
      attributes: [intAttribute('num_groups', kept(channels).length / inGroup)],
    }),
  };
};

/**
 * If the normalization averages over one axis, its channels can go. Mean and variance are then those of the other channels, as in a model
 * that never had them. Scale and bias lose the same positions.
 */
export const coupleLayerNormalization: CouplingRule = (context) => {
  const data = context.atoms(0);
  const { facts } = context;
  const axis = data && axisFromFront(facts.int('axis') ?? -1, data.length);
  if (data === undefined || axis === undefined) return lockAll(context, 'The shape of its input is unknown.');
  const givesStatistics = facts.node.outputs.slice(1).some((name) => name !== '');
  const isAlone = axis === data.length - 1 && !givesStatistics;
  const reason = givesStatistics
    ? 'It outputs its mean and deviation too.'
    : 'It averages over channels and positions together.';
  const result = isAlone ? data : data.map((entry, at) => (at >= axis ? lockAxis(context, entry, reason) : entry));
  const channels = isAlone ? data[axis]! : context.because(reason);
  joinLastAxes(context, channels, [1, 2]);
  return {
    outputs: facts.node.outputs.map((_, output) => (output === 0 ? result : undefined)),
    ...(isAlone && { averages: { atoms: channels, axis } }),
  };
};

/** Parameters of one number for all channels belong to none. */
function joinLastAxes(context: CouplingContext, channels: AxisAtoms, inputs: readonly number[]): void {
  for (const input of inputs) {
    const last = context.atoms(input)?.at(-1);
    if (last !== undefined && context.facts.shape(input)?.at(-1) !== 1) joinAxes(context, channels, last);
  }
}

/** com.microsoft: a sum of input, skip and bias, normalized over the last axis; the sum itself may come out fourth. */
export const coupleSkipLayerNormalization: CouplingRule = (context) => {
  const { facts } = context;
  const operands = [0, 1].flatMap((input) => {
    const [atoms, shape] = [context.atoms(input), facts.shape(input)];
    return atoms && shape && atoms.length >= 2 ? [{ atoms, shape }] : [];
  });
  if (operands.length < 2) return lockAll(context, 'The shape of its input is unknown.');
  const sum = broadcastAtoms(context, operands);
  const channels = sum.at(-1)!;
  joinLastAxes(context, channels, [...facts.node.inputs.keys()].slice(2));
  return {
    outputs: facts.node.outputs.map((_, output) => (output === 0 || output === 3 ? sum : undefined)),
    averages: { atoms: channels, axis: sum.length - 1 },
  };
};

/** com.microsoft: rows of up to three tables are looked up, added and normalized; the sum may come out third. */
export const coupleEmbedLayerNormalization: CouplingRule = (context) => {
  const { facts } = context;
  const ids = context.atoms(0);
  const tables = [2, 3, 4].flatMap((input) => context.atoms(input) ?? []);
  const channels = context.atoms(2)?.[1];
  if (ids?.length !== 2 || channels === undefined) return lockAll(context, 'The shape of its input is unknown.');
  tables.forEach((axis, at) => {
    if (at % 2 === 0) lockAxis(context, axis, 'It reads them by index.');
  });
  joinLastAxes(context, channels, [3, 4, 5, 6]);
  const result = [...ids, channels];
  return {
    outputs: facts.node.outputs.map((_, output) => (output === 1 ? undefined : result)),
    averages: { atoms: channels, axis: 2 },
  };
};

/** Lengths are those of the channels that are left. */
export const coupleLengthNormalization: CouplingRule = (context) => {
  const data = context.atoms(0);
  const axis = data && axisFromFront(context.facts.int('axis') ?? -1, data.length);
  if (data === undefined || axis === undefined) return lockAll(context, 'Its axis is not known.');
  return { outputs: [data], averages: { atoms: data[axis]!, axis } };
};

export const coupleReduction: CouplingRule = (context) => {
  const data = context.atoms(0);
  const { facts } = context;
  if (data === undefined) return lockAll(context, 'The shape of its input is unknown.');
  const given = facts.ints('axes') ?? (facts.has(1) ? facts.numbers(1) : []);
  const named = given && axesFromFront(given, data.length);
  if (named === undefined) return lockAll(context, 'The axes that it reduces are unknown.');
  const isNothing = named.length === 0 && facts.int('noop_with_empty_axes') === 1;
  const reduced = new Set(named.length > 0 || isNothing ? named : data.keys());
  const keeps = (facts.int('keepdims') ?? 1) === 1;
  const [axis, ...others] = reduced;
  if (context.isMeanOfNormalization && keeps && axis !== undefined && others.length === 0) {
    const single = context.because('It is a single mean.');
    return { outputs: [data.with(axis, single)], averages: { atoms: data[axis]!, axis } };
  }
  const reason = `${facts.node.opType} uses all of them together.`;
  const outputs = data.flatMap((entry, at) => {
    if (!reduced.has(at)) return [entry];
    const lock = lockAxis(context, entry, reason);
    return keeps ? [lock] : [];
  });
  return { outputs: [outputs] };
};

export const coupleArgument: CouplingRule = (context) => {
  const data = context.atoms(0);
  const { facts } = context;
  const axis = data && axisFromFront(facts.int('axis') ?? 0, data.length);
  if (data === undefined || axis === undefined) return lockAll(context, 'The shape of its input is unknown.');
  const lock = lockAxis(context, data[axis]!, `${facts.node.opType} numbers them.`);
  const keeps = (facts.int('keepdims') ?? 1) === 1;
  return { outputs: [keeps ? data.with(axis, lock) : data.toSpliced(axis, 1)] };
};
