import { expect, it } from 'vitest';
import { activations } from '../../engine/onnx/ops/activation';
import { normalizations } from '../../engine/onnx/ops/normalization';
import { quantizers } from '../../engine/onnx/ops/quantization';
import { kindOfOperator } from './operator-kinds';

it.each([
  ['activate', activations],
  ['normalize', normalizations],
  ['quantize', quantizers],
])('colors each operator of an ONNX family as %s', (hue, operators) => {
  expect(Object.keys(operators).filter((op) => kindOfOperator(op).hue !== hue)).toEqual([]);
});
