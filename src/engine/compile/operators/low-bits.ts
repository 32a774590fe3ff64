/** Products of floats and constant codes of 4 or 8 bits, which stay codes in the module. */
import { productOf } from '../../product-of';
import { activationArguments } from '../activation';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import { startOf } from '../wasm/call';
import { requireFloats, type CompiledFamily, type Unit } from './compiled-operator';
import { eights } from './integers';
import { matrices, rowOrWhole } from './matrix';

interface CodeMatrix {
  readonly bits: 4 | 8;
  readonly depth: number;
  readonly columns: number;
  /** Rows with one scale and one zero point. */
  readonly block: number;
  /** Unsigned codes. */
  readonly code: (column: number, row: number) => number;
  readonly scale: (column: number, block: number) => number;
  readonly zero: (column: number, block: number) => number;
}

/** [columns / 8][depth][8], or [columns / 8][depth / 2][8] with the even row in the low bits. */
function packCodes({ bits, depth, columns, code }: CodeMatrix): Int8Array {
  const rows = bits === 8 ? depth : Math.ceil(depth / 2);
  const packed = new Int8Array(eights(columns) * rows);
  for (let column = 0; column < columns; column++) {
    const start = (column - (column % 8)) * rows + (column % 8);
    for (let row = 0; row < depth; row++) {
      const value = code(column, row);
      if (bits === 8) packed[start + row * 8] = value;
      else packed[start + (row >> 1) * 8]! |= value << ((row & 1) * 4);
    }
  }
  return packed;
}

/** Numbers of each block, packed [columns / 8][blocks][8]. */
function packGrid(
  { depth, columns, block }: CodeMatrix,
  read: (column: number, block: number) => number,
): Float32Array {
  const blocks = Math.ceil(depth / block);
  const packed = new Float32Array(eights(columns) * blocks);
  for (let column = 0; column < columns; column++) {
    const start = (column - (column % 8)) * blocks + (column % 8);
    for (let index = 0; index < blocks; index++) packed[start + index * 8] = read(column, index);
  }
  return packed;
}

function addProductOfCodes(unit: Unit, plan: Plan, matrix: CodeMatrix, added: string | undefined): void {
  const { bits, depth, columns, block } = matrix;
  const { name, shape } = unit.outputs[0]!;
  const a = plan.flat(unit.inputs[0]!);
  const result = plan.flatView(shape, 'float32');
  const [codes, scales, zeros] = [packCodes(matrix), packGrid(matrix, matrix.scale), packGrid(matrix, matrix.zero)].map(
    (numbers) => plan.data(numbers),
  );
  const rest = rowOrWhole(plan, added, shape, columns);
  const panel = plan.flatView([8 * (depth + 1)], 'float32');
  plan.addStep(rest.added ? [a, rest.added] : [a], [result, panel], () => [
    {
      kernel: 'gemmOfCodes',
      args: [
        ...[a.pointer(), depth, startOf(codes!), bits, startOf(scales!), startOf(zeros!), block],
        ...[startOf(rest.bias), result.pointer(), rest.added?.pointer() ?? 0],
        ...[productOf(shape) / columns, columns, ...activationArguments(unit.activation), panel.pointer()],
      ],
    },
  ]);
  plan.define(name, result);
}

/** Lowers a MatMul whose second matrix is dequantized from 4 or 8 bits. False: its grid is another one. */
function lowerProductOfCodes(unit: Unit, plan: Plan): boolean {
  const name = unit.inputs[1]!;
  const constant = plan.constantCodes(name);
  const { shape } = plan.value(name);
  if (constant === undefined || shape.length !== 2 || plan.value(unit.inputs[0]!).type !== 'float32') return false;
  const { codes, scales, zeros, axis, block } = constant;
  const [depth = 1, columns = 1] = shape;
  const [low, high] = codes.reduce(([a, b], code) => [Math.min(a, code), Math.max(b, code)], [0, 0]);
  const bits = low >= -8 && high - (low < 0 ? -8 : 0) < 16 ? 4 : 8;
  const least = low < 0 ? -(2 ** (bits - 1)) : 0;
  if (low < least || high - least >= 2 ** bits || (scales.length > 1 && axis !== (block === 0 ? 1 : 0))) return false;
  const at = (numbers: ArrayLike<number>, column: number, index: number) =>
    numbers[numbers.length === 1 ? 0 : index * columns + column]!;
  const matrix: CodeMatrix = {
    ...{ bits, depth, columns, block: block === 0 ? depth : block },
    code: (column, row) => codes[row * columns + column]! - least,
    scale: (column, index) => at(scales, column, index),
    zero: (column, index) => (zeros === undefined ? 0 : at(zeros, column, index)) - least,
  };
  addProductOfCodes(unit, plan, matrix, unit.added);
  return true;
}

/** `com.microsoft.MatMulNBits`: codes [columns][blocks][bytes of a block], the first of two in the low bits. */
function lowerNBits(unit: Unit, plan: Plan): void {
  const [aName = '', bName = '', scaleName = '', zeroName = '', order = '', biasName = ''] = unit.inputs;
  requireFloats(plan, [aName]);
  const int = (name: string) => Number(unit.facts.int(name) ?? 0);
  const [depth, columns, bits, block] = ['K', 'N', 'bits', 'block_size'].map(int) as [number, number, number, number];
  if (bits !== 4 && bits !== 8) refuse(`Its weights have ${bits} bits; compiled modules have 4 and 8.`);
  if (order !== '') refuse('Its rows are in another order (g_idx).');
  if (biasName !== '' && unit.added !== undefined) refuse('It has a bias, and something else is added.');
  const codes = plan.integers(bName) ?? refuse('Its second matrix is not constant.');
  const scales = plan.floats(scaleName) ?? refuse('Its scales are not constants of float32.');
  const zeros = zeroName === '' ? undefined : (plan.integers(zeroName) ?? plan.floats(zeroName));
  if (zeroName !== '' && zeros === undefined) refuse('Its zero points are not constant.');
  const arePacked = plan.floats(zeroName) === undefined && bits === 4;
  const blocks = Math.ceil(depth / block);
  const rowBytes = (blocks * block * bits) / 8;
  const zeroBytes = Math.ceil(blocks / 2);
  const nibble = (byte: number, index: number) => (byte >> ((index & 1) * 4)) & 15;
  const matrix: CodeMatrix = {
    ...{ bits, depth, columns, block },
    code: (column, row) =>
      bits === 8 ? codes[column * rowBytes + row]! : nibble(codes[column * rowBytes + (row >> 1)]!, row),
    scale: (column, index) => scales[column * blocks + index]!,
    zero: (column, index) =>
      zeros === undefined
        ? 2 ** (bits - 1)
        : arePacked
          ? nibble(zeros[column * zeroBytes + (index >> 1)]!, index)
          : zeros[column * blocks + index]!,
  };
  addProductOfCodes(unit, plan, matrix, biasName === '' ? unit.added : biasName);
}

const product = matrices.get('MatMul')!;

/** Products of matrices; weights that are dequantized from 8 bits stay codes. */
export const products: CompiledFamily = new Map([
  ...matrices,
  [
    'MatMul',
    {
      ...product,
      lower(unit, plan) {
        if (!lowerProductOfCodes(unit, plan)) product.lower(unit, plan);
      },
    },
  ],
]);

/** Operators of the domain com.microsoft. */
export const lowBits: CompiledFamily = new Map([
  ['MatMulNBits', { lower: lowerNBits, fusesAddition: () => true, fusesActivation: true }],
]);
