import { expect, it } from 'vitest';
import { inspect } from '../analysis/inspect';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import type { OptionValues } from '../passes/option-spec';
import { foreseeProviders } from './foresee-providers';

const inspection = inspect(
  model(
    graph({
      nodes: [
        node('Conv', ['x', 'c'], ['h'], {}, { name: 'first' }),
        node('Conv', ['h', 'c'], ['i'], {}, { name: 'second' }),
        node('Flatten', ['i'], ['f']),
        node('Gemm', ['f', 'w'], ['y'], {}, { name: 'last' }),
      ],
      initializers: [floatTensor('c', [1, 1, 1, 1], [2]), floatTensor('w', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
      inputs: [valueInfo('x', [1, 1, 2, 2])],
      outputs: [valueInfo('y', [1, 2])],
    }),
  ),
  { name: 'm.onnx', sizeBytes: 1, sha256: '' },
);

const foresee = (pass: string, options: OptionValues = {}, enabled = true) =>
  foreseeProviders({ version: 1, seed: 0, steps: [{ pass, enabled, options }] }, inspection);

it.each<readonly [string, OptionValues, readonly string[]]>([
  ['quantize-static', {}, ['3 nodes will leave WebGPU (about 6 copies): QuantizeLinear ×3.']],
  [
    'quantize-static',
    { exclude: ['first'], opTypes: ['Conv'] },
    ['1 node will leave WebGPU (about 2 copies): QuantizeLinear.'],
  ],
  [
    'quantize-static',
    { format: 'qoperator' },
    ['3 nodes will leave WebGPU: QLinearConv ×2, QGemm.', '3 nodes will leave WebNN: QLinearConv ×2, QGemm.'],
  ],
  ['quantize-static', { target: 'webgpu' }, []],
  [
    'quantize-dynamic',
    { opTypes: ['Conv', 'MatMul'] },
    [
      '4 nodes will leave WebGPU (about 6 copies): ConvInteger ×2, DynamicQuantizeLinear ×2.',
      'On WASM, ConvInteger takes about 6.5 times as long as float.',
    ],
  ],
  [
    'quantize-dynamic',
    { opTypes: ['all'] },
    [
      '6 nodes will leave WebGPU (about 9 copies): DynamicQuantizeLinear ×3, ConvInteger ×2, MatMulInteger.',
      'On WASM, ConvInteger takes about 6.5 times as long as float.',
    ],
  ],
  ['quantize-weights', { form: 'matmul-nbits' }, ['On WASM, MatMulNBits takes about 1.2 times as long as float.']],
  ['quantize-weights', {}, []],
  ['simplify', {}, []],
  ['a pass of tomorrow', {}, []],
])('foresees what %s with %j costs where', (pass, options, expected) => {
  expect(foresee(pass, options)).toEqual(expected);
  expect(foresee(pass, options, false)).toEqual([]);
});
