/** Cast after Cast is one Cast if the type in between holds every value of the type before. */
import { DataType } from '../../../onnx/data-type';
import { getAttributeInt } from '../../../onnx/traverse';
import { intAttribute } from '../../../onnx/attributes';
import type { NodeRule } from '../rewrite-model';
import { previousNode, replaceBoth, takeBack } from './previous-node';

interface NumberType {
  readonly kind: 'bool' | 'unsigned' | 'signed' | 'float';
  /** Bits of whole numbers that are exact. */
  readonly bits: number;
  readonly exponentBits?: number;
}

const types = new Map<number, NumberType>([
  [DataType.bool, { kind: 'bool', bits: 1 }],
  [DataType.uint8, { kind: 'unsigned', bits: 8 }],
  [DataType.uint16, { kind: 'unsigned', bits: 16 }],
  [DataType.uint32, { kind: 'unsigned', bits: 32 }],
  [DataType.uint64, { kind: 'unsigned', bits: 64 }],
  [DataType.int8, { kind: 'signed', bits: 7 }],
  [DataType.int16, { kind: 'signed', bits: 15 }],
  [DataType.int32, { kind: 'signed', bits: 31 }],
  [DataType.int64, { kind: 'signed', bits: 63 }],
  [DataType.bfloat16, { kind: 'float', bits: 8, exponentBits: 8 }],
  [DataType.float16, { kind: 'float', bits: 11, exponentBits: 5 }],
  [DataType.float32, { kind: 'float', bits: 24, exponentBits: 8 }],
  [DataType.float64, { kind: 'float', bits: 53, exponentBits: 11 }],
]);

/** Every value of `from` is one of `to` too. Integers of up to `bits` bits are values of a float type. */
function holdsAll(to: NumberType, from: NumberType): boolean {
  if (from.kind === 'bool' || to.kind === 'bool') return from.kind === 'bool';
  if (from.bits > to.bits) return false;
  if (from.kind === 'float') return to.kind === 'float' && from.exponentBits! <= to.exponentBits!;
  return to.kind !== 'unsigned' || from.kind === 'unsigned';
}

/** The conversion of an integer outside the range of the last type depends on the type before. */
function isSameStep(from: NumberType, middle: NumberType, to: NumberType): boolean {
  if (holdsAll(to, from) || to.kind === 'bool' || to.kind === 'float') return true;
  return (from.kind === 'float') === (middle.kind === 'float');
}

const cast = new Set(['Cast']);

export const mergeCasts: NodeRule = (graph, node) => {
  const before = previousNode(graph, node, cast);
  if (before === undefined) return undefined;
  const source = before.inputs[0]!;
  const codes = [graph.value(source).elementType, getAttributeInt(before, 'to'), getAttributeInt(node, 'to')];
  const [from, middle, to] = codes.map((code) => types.get(code ?? 0));
  if (from === undefined || middle === undefined || to === undefined) return undefined;
  if (!holdsAll(middle, from) || !isSameStep(from, middle, to)) return undefined;
  if (codes[0] === codes[2] && takeBack(graph, before, node)) return { change: 'Removed: reverses the Cast before' };
  const attributes = [intAttribute('to', codes[2]!)];
  replaceBoth(graph, before, node, { ...node, inputs: [source], attributes });
  return { change: 'Merged with the Cast before' };
};
