/** Products of matrices. */
import { broadcastShapes, broadcastSizes, multiplySizes, productOfSizes, type Size } from '../size';
import {
  alike,
  type MacsRule,
  type NodeFacts,
  type OperatorFacts,
  type OperatorFamily,
  type ShapeRule,
  type SymbolicShape,
} from './operator';

/** NumPy's rule: a vector on the left is a row, on the right a column, and its axis goes again. */
export function matMulShape(a: SymbolicShape | undefined, b: SymbolicShape | undefined): SymbolicShape | undefined {
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const batch = broadcastShapes([a.slice(0, -2), b.slice(0, -2)])!;
  const rows = a.length > 1 ? [a.at(-2)!] : [];
  const columns = b.length > 1 ? [b.at(-1)!] : [];
  return [...batch, ...rows, ...columns];
}

/** Every output element sums over the inner axis. */
function innerMacs(inner: Size | undefined, output: SymbolicShape | undefined): Size {
  return output === undefined ? null : multiplySizes(productOfSizes(output), inner ?? null);
}

/** The inner axis is known from either operand. */
function innerSize(a: SymbolicShape | undefined, b: SymbolicShape | undefined): Size {
  return a?.at(-1) ?? (b && (b.length > 1 ? b.at(-2) : b[0])) ?? null;
}

const product = (a: number, b: number): OperatorFacts => ({
  shapes: (facts) => [matMulShape(facts.shape(a), facts.shape(b))],
  macs: (facts, [output]) => innerMacs(innerSize(facts.shape(a), facts.shape(b)), output),
});

function swapLast(shape: SymbolicShape | undefined, swap: boolean): SymbolicShape | undefined {
  return swap && shape !== undefined && shape.length > 1
    ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!]
    : shape;
}

const gemmOperands = (facts: NodeFacts) => [
  swapLast(facts.shape(0), facts.int('transA') === 1),
  swapLast(facts.shape(1), facts.int('transB') === 1),
];

const gemm: ShapeRule = (facts) => {
  const [a, b] = gemmOperands(facts);
  return [[a?.[0] ?? null, b?.[1] ?? null]];
};

const gemmMacs: MacsRule = (facts, [output]) => {
  const [a, b] = gemmOperands(facts);
  return innerMacs(a?.[1] ?? b?.[0], output);
};

const fusedMatMul: ShapeRule = (facts) => [matMulShape(...fusedOperands(facts))];

function fusedOperands(facts: NodeFacts): [SymbolicShape | undefined, SymbolicShape | undefined] {
  return [swapLast(facts.shape(0), facts.int('transA') === 1), swapLast(facts.shape(1), facts.int('transB') === 1)];
}

/** Weights are packed: their sizes are attributes. */
const matMulNBits: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, -1), facts.int('N') ?? null]];
};

interface Equation {
  readonly operands: readonly string[];
  readonly output: string;
}

/** One letter of its own for each axis of an ellipsis: `…` of three axes is `\u0001\u0002\u0003`, aligned at the last. */
function ellipsisLetters(count: number, all: number): string {
  return String.fromCharCode(...Array.from({ length: count }, (_, index) => index + 1 + all - count));
}

/** Without an output: the ellipsis, then the letters that stand once, sorted. `undefined` when shapes do not fit. */
function parseEquation(facts: NodeFacts): Equation | undefined {
  const [left = '', right] = (facts.string('equation') ?? '').replaceAll(/\s/g, '').split('->');
  const terms = left.split(',');
  const hidden = terms.map((term, index) => {
    if (!term.includes('...')) return 0;
    const rank = facts.shape(index)?.length;
    return rank === undefined ? undefined : rank - (term.length - 3);
  });
  if (hidden.some((count) => count === undefined || count < 0)) return undefined;
  const all = Math.max(0, ...(hidden as number[]));
  const operands = terms.map((term, index) => term.replace('...', ellipsisLetters(hidden[index]!, all)));
  const letters = [...left.replaceAll(/[,.]/g, '')];
  const once = letters
    .filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter))
    .toSorted()
    .join('');
  return { operands, output: (right ?? `...${once}`).replace('...', ellipsisLetters(all, all)) };
}

function letterSizes(facts: NodeFacts, { operands }: Equation): ReadonlyMap<string, Size> | undefined {
  const sizes = new Map<string, Size>();
  for (const [index, operand] of operands.entries()) {
    const shape = facts.shape(index);
    if (shape !== undefined && shape.length !== operand.length) return undefined;
    for (const [axis, letter] of [...operand].entries()) {
      const size = shape?.[axis] ?? null;
      const before = sizes.get(letter) ?? null;
      sizes.set(letter, before === null ? size : size === null ? before : broadcastSizes(before, size));
    }
  }
  return sizes;
}

const einsum: ShapeRule = (facts) => {
  const equation = parseEquation(facts);
  const sizes = equation && letterSizes(facts, equation);
  return [sizes && [...equation!.output].map((letter) => sizes.get(letter) ?? null)];
};

/** One product over all letters, the way it is written; a runtime may take the operands in a cheaper order. */
const einsumMacs: MacsRule = (facts) => {
  const equation = parseEquation(facts);
  const sizes = equation && letterSizes(facts, equation);
  return equation === undefined || sizes === undefined || equation.operands.length < 2
    ? null
    : productOfSizes([...sizes.values()]);
};

export const matrixProducts: OperatorFamily = {
  ...alike('MatMul MatMulInteger MatMulIntegerToFloat DynamicQuantizeMatMul', product(0, 1)),
  QLinearMatMul: product(0, 3),
  ...alike('Gemm FusedGemm', { shapes: gemm, macs: gemmMacs }),
  FusedMatMul: {
    shapes: fusedMatMul,
    macs: (facts, [output]) => innerMacs(innerSize(...fusedOperands(facts)), output),
  },
  MatMulNBits: { shapes: matMulNBits, macs: (facts, [output]) => innerMacs(facts.int('K') ?? null, output) },
  Einsum: { shapes: einsum, macs: einsumMacs },
};
