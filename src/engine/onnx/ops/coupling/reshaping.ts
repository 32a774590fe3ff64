/** Operators that move elements: positions keep what they are coupled with, wherever they go. */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import { intsAttribute } from '../../attributes';
import { isSameSize, type Size } from '../../size';
import { axisFromFront, type SymbolicShape } from '../operator';
import {
  atomsOfAxis,
  joinAxes,
  lockAll,
  lockAxis,
  type Coupling,
  type CouplingContext,
  type CouplingRule,
  type KeptPositions,
  type NodeChange,
  type ValueAtoms,
  writableIntegers,
} from './coupling-rule';
import { carriedAtEnd, mergedAtoms, splitAtoms } from './reshaped-axes';

const unknownShape = 'The shape of its input or output is unknown.';

/** Sizes of axes in runs of equal product: those of the input from `first` to `last`, and those of the output. */
interface Block {
  readonly input: readonly [first: number, last: number];
  readonly output: readonly [first: number, last: number];
}

/** Runs of equal product are found from both ends. The part between them, if a size is not known, stays one block. */
function blocksOf(from: SymbolicShape, to: SymbolicShape): readonly Block[] {
  const back = blocksFromBack(from, to);
  const [endI, endJ] = [back.at(-1)?.input[0] ?? from.length, back.at(-1)?.output[0] ?? to.length];
  const blocks: Block[] = [];
  let [i, j] = [0, 0];
  while (i < endI || j < endJ) {
    const isSame = i < endI && j < endJ && sameAxis(from[i]!, to[j]!);
    const [nextI, nextJ] = isSame ? [i + 1, j + 1] : nextBlock(from.slice(0, endI), to.slice(0, endJ), i, j);
    blocks.push({ input: [i, nextI], output: [j, nextJ] });
    [i, j] = [nextI, nextJ];
  }
  return [...blocks, ...back.toReversed()];
}

/**
 * The last block comes first: axes that stay. If a size before them is not known, joined and split axes are in it too.
 */
function blocksFromBack(from: SymbolicShape, to: SymbolicShape): readonly Block[] {
  const isKnown = [...from, ...to].every((size) => typeof size === 'number');
  const blocks: Block[] = [];
  let [i, j] = [from.length, to.length];
  while (i > 0 && j > 0) {
    let [firstI, firstJ] = [i - 1, j - 1];
    if (!sameAxis(from[firstI]!, to[firstJ]!)) {
      if (isKnown) break;
      const [leftI, leftJ] = nextBlock(from.slice(0, i).toReversed(), to.slice(0, j).toReversed(), 0, 0);
      [firstI, firstJ] = [i - leftI, j - leftJ];
      if (firstI === 0 || firstJ === 0) break;
    }
    blocks.push({ input: [firstI, i], output: [firstJ, j] });
    [i, j] = [firstI, firstJ];
  }
  return blocks;
}

/** Returns the ends of the shortest runs from here on with equal products; the ends of the shapes if there are none. */
function nextBlock(from: SymbolicShape, to: SymbolicShape, startI: number, startJ: number): readonly [number, number] {
  let [i, j, left, right] = [startI, startJ, 1, 1];
  do {
    const takesLeft = j >= to.length || (i < from.length && left <= right);
    const size: Size = (takesLeft ? from[i++] : to[j++]) ?? null;
    if (typeof size !== 'number') return [from.length, to.length];
    if (takesLeft) left *= size;
    else right *= size;
  } while (left !== right && (i < from.length || j < to.length));
  return left === right ? [i, j] : [from.length, to.length];
}

function sameAxis(a: Size, b: Size): boolean {
  return isSameSize(a, b) && a !== 1;
}

/** Finds the atoms of output axes that join several input axes, or hold a part of one. */
function reshapedAtoms(
  context: CouplingContext,
  atoms: ValueAtoms,
  from: SymbolicShape,
  to: SymbolicShape,
): ValueAtoms {
  const result: AxisAtoms[] = [];
  for (const { input, output } of blocksOf(from, to)) {
    // An axis of size 1 holds nothing to couple.
    const axes = atoms.slice(...input).map((axis, at) => ({ axis, size: from[input[0] + at]! }));
    const wide = axes.filter(({ size }) => size !== 1);
    const sizes = to.slice(...output);
    const wideSizes = sizes.filter((size) => size !== 1);
    const ends = carriedAtEnd(context, axes, to.slice(...output));
    if (ends !== undefined) {
      result.push(...ends);
      continue;
    }
    const whole = mergedAtoms(context, wide, input[0]);
    const parts = splitAtoms(context, whole, wideSizes, { isLast: output[1] === to.length, at: output[0] });
    const narrow = axes.find(({ size }) => size === 1)?.axis ?? context.because('It has one position.');
    let next = 0;
    for (const size of sizes) result.push(size === 1 ? narrow : parts[next++]!);
  }
  return result;
}

export const coupleUnflattened: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const { facts } = context;
  const [from, to] = [facts.shape(0), context.outputShape(0)];
  const outputs = atoms && from && to && reshapedAtoms(context, atoms, from, to);
  return outputs ? { outputs: [outputs] } : lockAll(context, unknownShape);
};

/** Sizes in a shape that an input gives follow the axes of the result. */
export function rewrittenShape(
  context: CouplingContext,
  input: number,
  outputs: ValueAtoms,
): { readonly outputs: ValueAtoms; readonly change?: (kept: KeptPositions) => NodeChange } {
  const stored = context.constant(input) && context.facts.numbers(input);
  if (stored === undefined) {
    const given = context.facts.shape(input)?.[0];
    const lock = (axis: AxisAtoms): AxisAtoms => lockAxis(context, axis, 'Its size comes from a shape computation.');
    // If the number of sizes is not known, no size can be matched with an axis.
    if (typeof given !== 'number') return { outputs: outputs.map(lock) };
    const content = context.facts.content(input);
    const missing = outputs.length - given;
    return {
      outputs: outputs.map((axis, at) => {
        if (at < missing) return axis;
        const size = content?.[at - missing];
        // Sizes of 1 are no channels; 0 and −1 adapt by themselves.
        const isOther = typeof size === 'number' && size <= 1;
        const isFollowed = context.followSize(
          input,
          at - missing,
          isOther ? context.because('It is not a size.') : axis,
        );
        return isOther || isFollowed ? axis : lock(axis);
      }),
    };
  }
  const missing = outputs.length - stored.length;
  return {
    outputs,
    change: (kept) => {
      const sizes = stored.map((size, at) => {
        const axis = outputs[at + missing];
        return size > 1 && axis !== undefined && !isLock(axis) ? kept(axis).length : size;
      });
      return { integers: new Map([[input, sizes]]) };
    },
  };
}

export const coupleReshape: CouplingRule = (context) => {
  const coupling = coupleUnflattened(context);
  const outputs = coupling.outputs[0];
  if (outputs === undefined) return coupling;
  // In opsets before 5 the shape is an attribute.
  const attribute = context.facts.ints('shape');
  if (attribute !== undefined && !context.facts.has(1)) {
    return {
      outputs: [outputs],
      change: (kept) => ({
        attributes: [
          intsAttribute(
            'shape',
            attribute.map((size, at) => (size > 0 && !isLock(outputs[at]!) ? kept(outputs[at]!).length : size)),
          ),
        ],
      }),
    };
  }
  const rewritten = rewrittenShape(context, 1, outputs);
  return { outputs: [rewritten.outputs], change: rewritten.change };
};

export const coupleTranspose: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  if (atoms === undefined) return lockAll(context, unknownShape);
  const order = context.facts.ints('perm') ?? [...atoms.keys()].toReversed();
  return { outputs: [order.map((axis) => atoms[axis] ?? context.because('Its order of axes does not match.'))] };
};

export const coupleConcat: CouplingRule = (context) => {
  const { facts } = context;
  const operands = facts.node.inputs.map((_, input) => ({ atoms: context.atoms(input), shape: facts.shape(input) }));
  const first = operands[0]?.atoms;
  const axis = first && axisFromFront(facts.int('axis') ?? 1, first.length);
  const isFit = operands.every(({ atoms, shape }) => shape && atoms?.length === first?.length);
  if (first === undefined || axis === undefined || !isFit) {
    return lockAll(context, unknownShape);
  }
  const outputs = first.map((entry, at): AxisAtoms => {
    if (at !== axis) {
      for (const { atoms } of operands.slice(1)) joinAxes(context, entry, atoms![at]!);
      return operands.find(({ atoms }) => isLock(atoms![at]!))?.atoms![at] ?? entry;
    }
    const parts = operands.map(({ atoms, shape }) => atomsOfAxis(context, atoms![at]!, shape![at]!));
    const locked = parts.find(isLock);
    if (locked === undefined) return Int32Array.from((parts as Int32Array[]).flatMap((part) => [...part]));
    for (const part of parts) context.space.lockAxis(part, locked);
    return locked;
  });
  return { outputs: [outputs] };
};

export const coupleSplit: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const { facts } = context;
  const axis = atoms && axisFromFront(facts.int('axis') ?? 0, atoms.length);
  if (atoms === undefined || axis === undefined) return lockAll(context, unknownShape);
  const whole = atoms[axis]!;
  const sizes = facts.node.outputs.map((_, output) => context.outputShape(output)?.[axis]);
  const isKnown = sizes.every((size) => typeof size === 'number');
  const isComputed = facts.has(1) && writableIntegers(context, 1) === undefined;
  if (isLock(whole) || !isKnown || isComputed) {
    const lock = lockAxis(context, whole, 'The sizes of its parts are unknown.');
    return { outputs: sizes.map(() => atoms.with(axis, lock)) };
  }
  let start = 0;
  const parts = (sizes as number[]).map((size) => whole.subarray(start, (start += size)));
  return {
    outputs: parts.map((part) => atoms.with(axis, part)),
    change: (kept) => {
      const lengths = parts.map((part) => kept(part).length);
      return facts.opset < 13
        ? { attributes: [intsAttribute('split', lengths)] }
        : { integers: new Map([[1, lengths]]), without: ['num_outputs'] };
    },
  };
};

/** Positions stay if sizes stay. If a 1 is repeated, all copies are of one position, and nothing is coupled. */
export const coupleExpand: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const [from, to] = [context.facts.shape(0), context.outputShape(0)];
  if (atoms === undefined || from === undefined || to === undefined) return lockAll(context, unknownShape);
  const outputs = to.map((size, at): AxisAtoms => {
    const own = at - to.length + atoms.length;
    if (own >= 0 && isSameSize(from[own] ?? null, size)) return atoms[own]!;
    if (own >= 0 && from[own] !== 1) return lockAxis(context, atoms[own]!, unknownShape);
    return typeof size === 'number'
      ? context.space.fresh(size, context.path)
      : context.because('Its size is not fixed.');
  });
  const rewritten = rewrittenShape(context, 1, outputs);
  return { outputs: [rewritten.outputs], change: rewritten.change };
};

export const coupleConstantOfShape: CouplingRule = (context) => {
  const shape = context.outputShape(0);
  if (shape === undefined) return lockAll(context, unknownShape);
  const outputs = shape.map((size) =>
    typeof size === 'number' ? context.space.fresh(size, context.path) : context.because('Its size is not fixed.'),
  );
  const rewritten = rewrittenShape(context, 0, outputs);
  return { outputs: [rewritten.outputs], change: rewritten.change };
};

export const coupleTile: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const [from, to] = [context.facts.shape(0), context.outputShape(0)];
  if (atoms === undefined || from === undefined || to === undefined) return lockAll(context, unknownShape);
  const outputs = to.map((size, at): AxisAtoms => {
    const axis = atoms[at]!;
    if (isSameSize(from[at] ?? null, size) || isLock(axis)) return axis;
    return typeof size === 'number' && size > 0 && axis.length > 0
      ? Int32Array.from({ length: size }, (_, position) => axis[position % axis.length]!)
      : lockAxis(context, axis, 'Its size is not fixed.');
  });
  return { outputs: [outputs] };
};

/** One channel of the result is made of blocksize² of the input, which go together. */
export const coupleDepthToSpace: CouplingRule = (context): Coupling => {
  const atoms = context.atoms(0);
  const { facts } = context;
  if (atoms?.length !== 4) return lockAll(context, unknownShape);
  const channels = atoms[1]!;
  const spatial = atoms.slice(2).map((axis) => lockAxis(context, axis, 'It is a spatial axis.'));
  const squares = (facts.int('blocksize') ?? 1) ** 2;
  if (isLock(channels)) return { outputs: [[atoms[0]!, channels, ...spatial]] };
  const count = channels.length / squares;
  if (!Number.isInteger(count)) return lockAll(context, 'Its blocks do not match its channels.');
  const isColumnFirst = facts.string('mode') === 'CRD';
  const result = Int32Array.from({ length: count }, (_, c) => {
    const own = Array.from({ length: squares }, (__, k) => channels[isColumnFirst ? c * squares + k : k * count + c]!);
    for (const atom of own) context.space.unite(own[0]!, atom);
    return own[0]!;
  });
  return { outputs: [[atoms[0]!, result, ...spatial]] };
};

export const coupleSpaceToDepth: CouplingRule = (context): Coupling => {
  const atoms = context.atoms(0);
  if (atoms?.length !== 4) return lockAll(context, unknownShape);
  const channels = atoms[1]!;
  const spatial = atoms.slice(2).map((axis) => lockAxis(context, axis, 'It is a spatial axis.'));
  const squares = (context.facts.int('blocksize') ?? 1) ** 2;
  if (isLock(channels)) return { outputs: [[atoms[0]!, channels, ...spatial]] };
  const refusal = context.space.refusalOf(context.path, channels.length * squares);
  if (refusal !== undefined) return lockAll(context, refusal.reason);
  const result = Int32Array.from({ length: channels.length * squares }, (_, at) => channels[at % channels.length]!);
  return { outputs: [[atoms[0]!, result, ...spatial]] };
};
