/** Operators that give the same elements another shape or order. */
import {
  addSizes,
  broadcastShapes,
  divideExactly,
  floorDivideSizes,
  isSameSize,
  multiplySizes,
  productOfSizes,
  sizeOfSame,
  type Size,
} from '../size';
import {
  coupleConcat,
  coupleDepthToSpace,
  coupleExpand,
  coupleReshape,
  coupleSpaceToDepth,
  coupleSplit,
  coupleTile,
  coupleTranspose,
  coupleUnflattened,
} from './coupling/reshaping';
import { fixedShape, isContentOf, permute } from './content';
import { typeOfInput } from './element-type-rules';
import {
  axesFromFront,
  axisFromFront,
  isListLength,
  unknownSizes,
  type ContentRule,
  type NodeFacts,
  type ShapeRule,
  type SymbolicShape,
} from './operator';
import type { OperatorFamily } from './operator-record';

const sameContent: ContentRule = (facts) => facts.content(0);

/** Target sizes: 0 copies the input's, and −1 takes the remaining elements. */
const reshape: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const target = facts.content(1) ?? facts.ints('shape');
  if (target === undefined) {
    return [unknownSizes(facts.shape(1)?.[0])];
  }
  const keepZero = facts.int('allowzero') === 1;
  const sizes: Size[] = target.map((size, axis) => (size === 0 && !keepZero ? (input?.[axis] ?? null) : size));
  const open = sizes.indexOf(-1);
  if (open >= 0) {
    sizes[open] = 1;
    sizes[open] = sizeLeft(input, sizes, target);
    return [sizes];
  }
  return [fillSingleGap(input, sizes)];
};

/** Returns the size that −1 represents. A size that is copied from its own axis cancels out, even if it is unknown. */
function sizeLeft(input: SymbolicShape | undefined, sizes: SymbolicShape, target: SymbolicShape): Size {
  if (input === undefined) return null;
  const isCopied = (axis: number) => target[axis] === 0 || isSameSize(input[axis] ?? null, target[axis] ?? null);
  const rest = (list: SymbolicShape) =>
    productOfSizes(list.filter((_, axis) => !(axis < input.length && isCopied(axis))));
  const [total, known] = [rest(input), rest(sizes)];
  return divideExactly(total, known) ?? floorDivideSizes(total, known);
}

/** One size that is not known follows from the others. */
function fillSingleGap(input: SymbolicShape | undefined, sizes: SymbolicShape): SymbolicShape {
  const gaps = sizes.filter((size) => size === null).length;
  if (input === undefined || gaps !== 1) return sizes;
  const filled = divideExactly(productOfSizes(input), productOfSizes(sizes.map((size) => size ?? 1)));
  return sizes.map((size) => size ?? filled);
}

const flatten: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [unknownSizes(2)];
  const axis = facts.int('axis') ?? 1;
  const split = axis < 0 ? axis + input.length : axis;
  return [[productOfSizes(input.slice(0, split)), productOfSizes(input.slice(split))]];
};

/** `undefined` when the axes are an input that is not known; `null` when none are given. */
function axesOf(facts: NodeFacts): readonly number[] | undefined | null {
  if (facts.has(1)) return facts.numbers(1);
  return facts.ints('axes') ?? null;
}

const squeeze: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const axes = axesOf(facts);
  if (input === undefined || axes === undefined) return [];
  if (axes === null) {
    // Without axes every axis of size 1 is removed, and an unknown size may be 1.
    return [input.every((size) => typeof size === 'number') ? input.filter((size) => size !== 1) : undefined];
  }
  const dropped = axesFromFront(axes, input.length);
  return [dropped && input.filter((_, axis) => !dropped.includes(axis))];
};

const unsqueeze: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const axes = axesOf(facts);
  if (input === undefined || !axes) return [];
  const all = unknownSizes(input.length + axes.length);
  const added = all && axesFromFront(axes, all.length);
  if (added === undefined) return [];
  const rest = [...input];
  return [all!.map((_, axis) => (added.includes(axis) ? 1 : rest.shift()!))];
};

/** `undefined` if the attribute does not name each axis once. */
function axisOrder(facts: NodeFacts, rank: number): readonly number[] | undefined {
  const order = facts.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (order.length !== rank) return undefined;
  const fromFront = axesFromFront(order, rank);
  return new Set(fromFront).size === rank ? fromFront : undefined;
}

const transpose: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  return [axisOrder(facts, input.length)?.map((axis) => input[axis]!)];
};

const transposeContent: ContentRule = (facts) => {
  const content = facts.content(0);
  const shape = fixedShape(facts.shape(0));
  const order = shape && axisOrder(facts, shape.length);
  if (content === undefined || order === undefined || !isContentOf(content, shape!)) return undefined;
  return permute(content, shape!, order);
};

const concat: ShapeRule = (facts) => {
  const shapes = facts.inputs.map(({ shape }) => shape);
  const ranked = shapes.find((shape) => shape !== undefined);
  const axis = ranked && axisFromFront(facts.int('axis') ?? 1, ranked.length);
  if (ranked === undefined || axis === undefined) return [];
  return [
    ranked.map((_, index) => {
      const sizes = shapes.map((shape) => shape?.[index] ?? null);
      if (index === axis) return sizes.reduce(addSizes, 0);
      return sizeOfSame(sizes);
    }),
  ];
};

const concatContent: ContentRule = (facts, shape) => {
  if (shape?.length !== 1) return undefined;
  const lengths = facts.inputs.map(({ content, shape: own }) => content?.length ?? own?.[0] ?? null);
  if (!isListLength(lengths.reduce(addSizes, 0)) || !lengths.every((length) => isListLength(length))) return undefined;
  return facts.inputs.flatMap(({ content }, index) => content ?? Array.from({ length: lengths[index]! }, () => null));
};

const split: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const count = facts.node.outputs.length;
  const axis = input && axisFromFront(facts.int('axis') ?? 0, input.length);
  if (input === undefined || axis === undefined) return [];
  const given = facts.content(1) ?? (facts.has(1) ? undefined : facts.ints('split'));
  const sizes = given ?? (facts.has(1) ? undefined : equalParts(input[axis]!, count));
  return facts.node.outputs.map((_, output) => input.with(axis, sizes?.[output] ?? null));
};

/** The last part is smaller when it does not come out even. */
function equalParts(size: Size, count: number): SymbolicShape {
  if (typeof size === 'number') {
    const part = Math.ceil(size / count);
    return Array.from({ length: count }, (_, index) => Math.min(part, size - index * part));
  }
  return Array.from({ length: count }, () => divideExactly(size, count));
}

const splitContent: ContentRule = (facts, shape) => {
  const first = shape?.length === 1 ? shape[0] : undefined;
  return typeof first === 'number' ? facts.content(0)?.slice(0, first) : undefined;
};

const expand: ShapeRule = (facts) => {
  const target = facts.content(1);
  if (target !== undefined) return [broadcastShapes([facts.shape(0), target])];
  const rank = facts.shape(1)?.[0];
  const own = facts.shape(0);
  return [typeof rank === 'number' && own !== undefined ? unknownSizes(Math.max(rank, own.length)) : undefined];
};

const tile: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  const repeats = facts.content(1);
  return [input.map((size, axis) => multiplySizes(size, repeats?.[axis] ?? null))];
};

const depthToSpace: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const block = facts.int('blocksize') ?? 1;
  if (input?.length !== 4) return [];
  const [n, c, h, w] = input as [Size, Size, Size, Size];
  return [[n, floorDivideSizes(c, block * block), multiplySizes(h, block), multiplySizes(w, block)]];
};

const spaceToDepth: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const block = facts.int('blocksize') ?? 1;
  if (input?.length !== 4) return [];
  const [n, c, h, w] = input as [Size, Size, Size, Size];
  return [[n, multiplySizes(c, block * block), floorDivideSizes(h, block), floorDivideSizes(w, block)]];
};

/** A scalar or a list that is expanded to a list repeats its only element. */
const expandContent: ContentRule = (facts, shape) => {
  const content = facts.content(0);
  const length = shape?.length === 1 ? shape[0] : shape?.length === 0 ? 1 : undefined;
  if (content === undefined || !isListLength(length)) return undefined;
  if (content.length === length) return content;
  return content.length === 1 ? Array.from({ length }, () => content[0]!) : undefined;
};

/** The elements keep their type. */
const keepsType = { elementTypes: typeOfInput(0) };

export const reshaping: OperatorFamily = {
  Reshape: { shapes: reshape, ...keepsType, content: sameContent, coupling: coupleReshape },
  Flatten: { shapes: flatten, ...keepsType, content: sameContent, coupling: coupleUnflattened },
  Squeeze: { shapes: squeeze, ...keepsType, content: sameContent, coupling: coupleUnflattened },
  Unsqueeze: { shapes: unsqueeze, ...keepsType, content: sameContent, coupling: coupleUnflattened },
  Transpose: { shapes: transpose, ...keepsType, content: transposeContent, coupling: coupleTranspose },
  Concat: { shapes: concat, ...keepsType, content: concatContent, coupling: coupleConcat },
  Split: { shapes: split, ...keepsType, content: splitContent, coupling: coupleSplit },
  Expand: { shapes: expand, ...keepsType, content: expandContent, coupling: coupleExpand },
  Tile: { shapes: tile, ...keepsType, coupling: coupleTile },
  DepthToSpace: { shapes: depthToSpace, ...keepsType, coupling: coupleDepthToSpace },
  SpaceToDepth: { shapes: spaceToDepth, ...keepsType, coupling: coupleSpaceToDepth },
};

const expandDims: ShapeRule = (facts) => {
  const [input, axis] = [facts.shape(0), facts.numbers(1)?.[0]];
  const at = input && axis !== undefined ? axisFromFront(axis, input.length + 1) : undefined;
  return [at === undefined ? undefined : input?.toSpliced(at, 0, 1)];
};

export const microsoftReshaping: OperatorFamily = { ExpandDims: { shapes: expandDims, ...keepsType } };
