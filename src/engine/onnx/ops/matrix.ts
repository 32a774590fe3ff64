/** Products of matrices. */
import { broadcastShapes, multiplySizes, productOfSizes, type Size } from '../size';
import { DataType } from '../data-type';
import { coupleEinsum } from './coupling/einsum';
import { coupleGemm, coupleMatMul } from './coupling/matrix';
import { letterSizes, parseEquation } from './einsum-equation';
import { typeOfInput, typesAlways } from './element-type-rules';
import type { MacsRule, NodeFacts, ShapeRule, SymbolicShape } from './operator';
import { alike, type OperatorFamily, type OperatorRecord, type WeightOperand } from './operator-record';

/** NumPy's rule: a vector on the left is a row, on the right a column, and its axis goes again. */
function matMulShape(a: SymbolicShape | undefined, b: SymbolicShape | undefined): SymbolicShape | undefined {
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

const product = (a: number, b: number): Pick<OperatorRecord, 'shapes' | 'macs'> => ({
  shapes: (facts) => [matMulShape(facts.shape(a), facts.shape(b))],
  macs: (facts, [output]) => innerMacs(innerSize(facts.shape(a), facts.shape(b)), output),
});

function swapLast(shape: SymbolicShape | undefined, swap: boolean): SymbolicShape | undefined {
  return swap && shape !== undefined && shape.length > 1
    ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!]
    : shape;
}

/** y = A · B + C; `b`: the input of the second matrix. */
function gemm(b: number): Pick<OperatorRecord, 'shapes' | 'macs'> {
  const operands = (facts: NodeFacts) => [
    swapLast(facts.shape(0), facts.int('transA') === 1),
    swapLast(facts.shape(b), facts.int('transB') === 1),
  ];
  return {
    shapes(facts) {
      const [left, right] = operands(facts);
      return [[left?.[0] ?? null, right?.[1] ?? null]];
    },
    macs(facts, [output]) {
      const [left, right] = operands(facts);
      return innerMacs(left?.[1] ?? right?.[0], output);
    },
  };
}

function fusedOperands(facts: NodeFacts): [SymbolicShape | undefined, SymbolicShape | undefined] {
  const operand = (input: number, name: string) =>
    swapLast(
      firstAfterBatch(facts.shape(input), facts.int(`transBatch${name}`) === 1),
      facts.int(`trans${name}`) === 1,
    );
  return [operand(0, 'A'), operand(1, 'B')];
}

/** [rows, batch …, columns] as [batch …, rows, columns]. */
function firstAfterBatch(shape: SymbolicShape | undefined, move: boolean): SymbolicShape | undefined {
  return move && shape !== undefined && shape.length > 2 ? [...shape.slice(1, -1), shape[0]!, shape.at(-1)!] : shape;
}

/** Weights are packed: their sizes are attributes. */
const matMulNBits: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, -1), facts.int('N') ?? null]];
};

/** The sizes of the packed weight are the third input. */
const matMulFpQ4: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, -1), facts.content(2)?.[1] ?? null]];
};

/** Distances of every row of one matrix from every row of the other. */
const distances: ShapeRule = (facts) => [[facts.shape(0)?.[0] ?? null, facts.shape(1)?.[0] ?? null]];

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

/** Either operand may be the weight. */
const eitherOperand: readonly WeightOperand[] = [{ input: 0 }, { input: 1 }];

const keepsType = { elementTypes: typeOfInput(0) };
const alwaysInt32 = typesAlways(DataType.int32);
const alwaysFloat32 = typesAlways(DataType.float32);

export const matrixProducts: OperatorFamily = {
  MatMul: { ...product(0, 1), ...keepsType, weights: eitherOperand, coupling: coupleMatMul },
  MatMulInteger: { ...product(0, 1), elementTypes: alwaysInt32, weights: [{ input: 1, zeroPointInput: 3 }] },
  QLinearMatMul: {
    ...product(0, 3),
    elementTypes: typeOfInput(7),
    weights: [{ input: 3, scaleInput: 4, zeroPointInput: 5 }],
  },
  Gemm: { ...gemm(1), ...keepsType, weights: eitherOperand, coupling: coupleGemm },
  // It multiplies any number of tensors with each other.
  Einsum: { shapes: einsum, ...keepsType, weights: 'every input', macs: einsumMacs, coupling: coupleEinsum },
};

const fusedProduct: OperatorRecord = {
  shapes: (facts) => [matMulShape(...fusedOperands(facts))],
  ...keepsType,
  macs: (facts, [output]) => innerMacs(innerSize(...fusedOperands(facts)), output),
};

export const microsoftMatrixProducts: OperatorFamily = {
  MatMulIntegerToFloat: {
    ...product(0, 1),
    elementTypes: alwaysFloat32,
    weights: [{ input: 1, scaleInput: 3, zeroPointInput: 5 }],
  },
  DynamicQuantizeMatMul: {
    ...product(0, 1),
    elementTypes: alwaysFloat32,
    weights: [{ input: 1, scaleInput: 2, zeroPointInput: 3 }],
  },
  MatMulInteger16: { ...product(0, 1), elementTypes: alwaysInt32 },
  GemmFastGelu: { ...product(0, 1), ...keepsType },
  QLinearMatMul: matrixProducts.QLinearMatMul!,
  FusedGemm: { ...gemm(1), ...keepsType, weights: eitherOperand },
  QGemm: {
    ...gemm(3),
    // Without a zero point of the output, the output is no longer quantized.
    elementTypes: (facts) => [facts.has(8) ? facts.elementType(8) : DataType.float32],
    wideIntegerWeight: 6,
  },
  ...alike('FusedMatMul TransposeMatMul', { ...fusedProduct, weights: eitherOperand }),
  FusedMatMulActivation: fusedProduct,
  ...alike('MatMulNBits MatMulBnb4', {
    shapes: matMulNBits,
    ...keepsType,
    macs: (facts, [output]) => innerMacs(facts.int('K') ?? null, output),
    storedScale: 2,
  }),
  MatMulFpQ4: {
    shapes: matMulFpQ4,
    ...keepsType,
    macs: (facts, [output]) => innerMacs(facts.shape(0)?.at(-1), output),
  },
  CDist: { shapes: distances, ...keepsType },
};
