/** Operators that take a part of a tensor, make it larger, or tell its sizes. */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import { isFloatDataType } from '../../data-type';
import { isSameSize } from '../../size';
import { axesFromFront, axisFromFront } from '../operator';
import {
  lockAll,
  keepNumbers,
  lockAxis,
  writableIntegers,
  type Coupling,
  type CouplingContext,
  type CouplingRule,
  type KeptPositions,
  type NodeChange,
} from './coupling-rule';
import { intsAttribute } from '../../attributes';
import { rewrittenShape } from './reshaping';

const unknownShape = 'The shape of its input or output is unknown.';

interface SlicedAxis {
  /** Position in the lists of starts and ends. */
  readonly entry: number;
  readonly atoms: Int32Array;
  readonly start: number;
  readonly end: number;
}

interface SliceLists {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[];
  readonly steps: readonly number[];
}

/** Reads the lists from attributes (before opset 10) or from known inputs; `undefined` if they depend on free dimensions. */
function sliceLists(context: CouplingContext, rank: number): SliceLists | undefined {
  const { facts } = context;
  const isOld = facts.opset < 10;
  const list = (name: string, input: number) => (isOld ? facts.ints(name) : writableIntegers(context, input));
  const [starts, ends] = [list('starts', 1), list('ends', 2)];
  if (starts === undefined || ends === undefined) return undefined;
  const hasAxes = isOld ? facts.ints('axes') !== undefined : facts.has(3);
  const named = hasAxes ? list('axes', 3) : [...starts.keys()];
  const axes = named && axesFromFront(named, rank);
  const steps = !isOld && facts.has(4) ? facts.numbers(4) : starts.map(() => 1);
  return axes && steps && { starts, ends, axes, steps };
}

function clamp(position: number, size: number): number {
  return Math.max(0, Math.min(size, position < 0 ? position + size : position));
}

export const coupleSlice: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const shape = context.facts.shape(0);
  const lists = atoms && sliceLists(context, atoms.length);
  if (atoms === undefined || shape === undefined || lists === undefined)
    return lockAll(context, 'Its selection is unknown.');
  const outputs = [...atoms];
  const sliced: SlicedAxis[] = [];
  lists.axes.forEach((axis, entry) => {
    const whole = atoms[axis]!;
    const size = shape[axis];
    if (isLock(whole) || typeof size !== 'number') return;
    const [start, end] = [clamp(lists.starts[entry]!, size), clamp(lists.ends[entry]!, size)];
    if (lists.steps[entry] !== 1) {
      outputs[axis] = lockAxis(context, whole, 'It selects them in steps.');
      return;
    }
    if (start === 0 && end === size) return;
    outputs[axis] = whole.subarray(start, Math.max(start, end));
    sliced.push({ entry, atoms: whole, start, end });
  });
  return {
    outputs: [outputs],
    ...(sliced.length > 0 && { change: (kept) => narrowSlice(context, lists, sliced, kept) }),
  };
};

function narrowSlice(
  { facts }: CouplingContext,
  lists: SliceLists,
  sliced: readonly SlicedAxis[],
  kept: KeptPositions,
): NodeChange {
  const [starts, ends] = [[...lists.starts], [...lists.ends]];
  for (const { entry, atoms, start, end } of sliced) {
    const left = kept(atoms);
    starts[entry] = left.filter((position) => position < start).length;
    ends[entry] = left.filter((position) => position < end).length;
  }
  return facts.opset < 10
    ? { attributes: [intsAttribute('starts', starts), intsAttribute('ends', ends)] }
    : {
        integers: new Map([
          [1, starts],
          [2, ends],
        ]),
      };
}

export const coupleGather: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const { facts } = context;
  const indexShape = facts.shape(1);
  const axis = atoms && axisFromFront(facts.int('axis') ?? 0, atoms.length);
  if (atoms === undefined || axis === undefined || indexShape === undefined) return lockAll(context, unknownShape);
  const whole = atoms[axis]!;
  const around = (inner: readonly AxisAtoms[]): readonly AxisAtoms[] => atoms.toSpliced(axis, 1, ...inner);
  const indices = writableIntegers(context, 1);
  if (isLock(whole) || indices === undefined || indexShape.length > 1) {
    const lock = lockAxis(context, whole, 'It reads them by index.');
    return { outputs: [around(context.atoms(1)?.map(() => lock) ?? [])] };
  }
  const positions = indices.map((index) => (index < 0 ? index + whole.length : index));
  if (positions.some((position) => whole[position] === undefined)) return lockAll(context, unknownShape);
  // The one that is taken must stay; of a list, each goes with what becomes of it.
  if (indexShape.length === 0)
    context.space.lock(whole[positions[0]!]!, context.because('It selects one of them by index.'));
  const taken = Int32Array.from(positions, (position) => whole[position]!);
  return {
    outputs: [around(indexShape.length === 0 ? [] : [taken])],
    change: (kept) => {
      const left = kept(whole);
      const remaining = indexShape.length === 0 ? [0] : kept(taken);
      return { integers: new Map([[1, remaining.map((at) => left.indexOf(positions[at]!))]]) };
    },
  };
};

const padsUnknown = 'Its padding is unknown.';

/** Exporters calculate pads from free dimensions, all of them at once: axes for which they are 0 in any case are not padded. */
function coupleUnknownPads(context: CouplingContext, atoms: readonly AxisAtoms[], axes: readonly number[]): Coupling {
  const pads = context.fixedElements(1);
  const outputs = atoms.map((entry, axis) => {
    const at = axes.indexOf(axis);
    const isKept = at < 0 || (pads?.[at] === 0 && pads[at + axes.length] === 0);
    return isKept ? entry : lockAxis(context, entry, padsUnknown);
  });
  return { outputs: [outputs] };
}

export const couplePad: CouplingRule = (context): Coupling => {
  const atoms = context.atoms(0);
  const { facts } = context;
  const isOld = facts.opset < 11;
  const pads = isOld ? facts.ints('pads') : writableIntegers(context, 1);
  if (atoms === undefined) return lockAll(context, padsUnknown);
  const named = !isOld && facts.has(3) ? facts.numbers(3) : [...atoms.keys()];
  const axes = named && axesFromFront(named, atoms.length);
  if (axes === undefined) return lockAll(context, padsUnknown);
  if (pads === undefined) return coupleUnknownPads(context, atoms, axes);
  const isConstant = (facts.string('mode') ?? 'constant') === 'constant';
  const outputs = [...atoms];
  const padded: { readonly entry: number; readonly before: Int32Array; readonly after: Int32Array }[] = [];
  axes.forEach((axis, entry) => {
    const [before, after] = [pads[entry] ?? 0, pads[entry + axes.length] ?? 0];
    const whole = atoms[axis]!;
    if (before === 0 && after === 0) return;
    if (isLock(whole) || before < 0 || after < 0 || !isConstant) {
      outputs[axis] = lockAxis(context, whole, 'It pads them with copies, or crops them.');
      return;
    }
    const [front, back] = [context.space.fresh(before, context.path), context.space.fresh(after, context.path)];
    if (isLock(front) || isLock(back)) {
      outputs[axis] = lockAxis(context, whole, 'Its padding is too large.');
      return;
    }
    outputs[axis] = Int32Array.from([...front, ...whole, ...back]);
    padded.push({ entry, before: front, after: back });
  });
  const change = (kept: KeptPositions): NodeChange => {
    const next = [...pads];
    for (const { entry, before, after } of padded) {
      next[entry] = kept(before).length;
      next[entry + axes.length] = kept(after).length;
    }
    return isOld ? { attributes: [intsAttribute('pads', next)] } : { integers: new Map([[1, next]]) };
  };
  return { outputs: [outputs], ...(padded.length > 0 && { change }) };
};

export const coupleResize: CouplingRule = (context): Coupling => {
  const atoms = context.atoms(0);
  const { facts } = context;
  const [from, to] = [facts.shape(0), context.outputShape(0)];
  if (atoms === undefined || from === undefined || to === undefined) return lockAll(context, unknownShape);
  const outputs = atoms.map((axis, at) =>
    isSameSize(from[at] ?? null, to[at] ?? null) ? axis : lockAxis(context, axis, 'It resizes them.'),
  );
  const isUpsample = facts.node.opType === 'Upsample' || facts.opset < 11;
  if (isUpsample || !facts.has(3) || facts.ints('axes') !== undefined) return { outputs: [outputs] };
  const rewritten = rewrittenShape(context, 3, outputs);
  return { outputs: [rewritten.outputs], change: rewritten.change };
};

/** The sizes that it tells follow those of its input by themselves. */
export const coupleShape: CouplingRule = (context) => ({ outputs: [[context.because('It is a list of sizes.')]] });

export const coupleRange: CouplingRule = (context) => {
  // Fractions are no sizes. Where integers become fractions, a Cast keeps them.
  const isFractional = isFloatDataType(context.facts.elementType(0) ?? 0);
  for (const input of isFractional ? [] : [0, 1, 2]) keepNumbers(context, input);
  return { outputs: [[context.because('It counts them.')]] };
};
