import { expect, it } from 'vitest';
import { inspect } from '../analysis/inspect';
import { DataType } from '../onnx/data-type';
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
  ['quantize-static', {}, ['5 nodes will not run on WebGPU (about 9 copies): QuantizeLinear ×5.']],
  [
    'quantize-static',
    { exclude: ['first'], opTypes: ['Conv'] },
    ['2 nodes will not run on WebGPU (about 4 copies): QuantizeLinear ×2.'],
  ],
  [
    'quantize-static',
    { format: 'qoperator' },
    ['3 nodes will not run on WebGPU: QLinearConv ×2, QGemm.', '3 nodes will not run on WebNN: QLinearConv ×2, QGemm.'],
  ],
  // Only values that products read become integers; a caller feeds the first of them.
  ['quantize-static', { target: 'tensorrt' }, ['3 nodes will not run on WebGPU (about 5 copies): QuantizeLinear ×3.']],
  [
    'quantize-dynamic',
    { opTypes: ['Conv', 'MatMul'] },
    [
      '4 nodes will not run on WebGPU (about 6 copies): ConvInteger ×2, DynamicQuantizeLinear ×2.',
      'On WASM, ConvInteger takes about 6.5× as long as in float32.',
    ],
  ],
  [
    'quantize-dynamic',
    { opTypes: ['all'] },
    [
      '6 nodes will not run on WebGPU (about 9 copies): DynamicQuantizeLinear ×3, ConvInteger ×2, MatMulInteger.',
      'On WASM, ConvInteger takes about 6.5× as long as in float32.',
    ],
  ],
  ['quantize-weights', { form: 'matmul-nbits' }, ['On WASM, MatMulNBits takes about 1.2× as long as in float32.']],
  ['quantize-weights', {}, []],
  ['simplify', {}, []],
  ['a pass of tomorrow', {}, []],
])('foresees the cost of %s with %j by provider', (pass, options, expected) => {
  expect(foresee(pass, options)).toEqual(expected);
  expect(foresee(pass, options, false)).toEqual([]);
});

it('foresees the earlier removals of simplify, and the cuts of a Relu', () => {
  const channels = (name: string) => floatTensor(name, [1], [1]);
  const parts = graph({
    nodes: [
      node('Conv', ['x', 'c'], ['h']),
      node('BatchNormalization', ['h', 's', 'b', 'm', 'v'], ['n']),
      node('Relu', ['n'], ['r']),
      node('Conv', ['r', 'd'], ['y']),
    ],
    initializers: [
      floatTensor('c', [1, 1, 1, 1], [2]),
      floatTensor('d', [1, 1, 1, 1], [2]),
      ...[...'sbmv'].map(channels),
    ],
    inputs: [valueInfo('x', [1, 1, 2, 2])],
    outputs: [valueInfo('y', [1, 1, 2, 2])],
  });
  const found = inspect(model(parts), { name: 'm.onnx', sizeBytes: 1, sha256: '' });
  const steps = ['simplify', 'quantize-static'].map((pass) => ({ pass, enabled: true, options: {} }));
  const foreseen = (from: number) => foreseeProviders({ version: 1, seed: 0, steps: steps.slice(from) }, found);
  expect(foreseen(1)).toEqual(['4 nodes will not run on WebGPU (about 7 copies): QuantizeLinear ×4.']);
  expect(foreseen(0)).toEqual(['3 nodes will not run on WebGPU (about 5 copies): QuantizeLinear ×3.']);
});

it('foresees failures to load: nodes without a kernel on WASM, float16 without support on the GPU', () => {
  const parts = graph({
    nodes: [node('Erf', ['x'], ['y'])],
    inputs: [valueInfo('x', [2], DataType.float64)],
    outputs: [valueInfo('y', [2], DataType.float64)],
  });
  const found = inspect(model(parts), { name: 'm.onnx', sizeBytes: 1, sha256: '' });
  const refusal =
    'WASM has no kernel for 1 node, and will not load the model: Erf of float64. Export it in float32, or with an older operator set.';
  expect(found.warnings).toEqual([refusal]);
  expect(foreseeProviders({ version: 1, seed: 0, steps: [] }, found)).toEqual([refusal]);
  const steps = [{ pass: 'convert-float16', enabled: true, options: {} }];
  const webgpu = { vendor: '', architecture: '', description: '', software: false };
  const on = (f16: boolean) =>
    foreseeProviders({ version: 1, seed: 0, steps }, inspection, { webgpu: { ...webgpu, f16 } });
  expect(on(true)).toEqual([]);
  expect(on(false)).toEqual(['WebGPU on this device has no float16, so the variant will not load there.']);
});

it('foresees one scale for short rows behind a normalization, and one for each of others', () => {
  const [columns, wide] = [4, 256];
  const ones = (name: string, ...dims: number[]) =>
    floatTensor(name, dims, Array(dims.reduce((a, b) => a * b)).fill(1));
  const parts = graph({
    nodes: [
      node('LayerNormalization', ['x', 's'], ['n']),
      node('MatMul', ['n', 'v'], ['h']),
      node('LayerNormalization', ['h', 't'], ['m']),
      node('MatMul', ['m', 'w'], ['y']),
    ],
    initializers: [ones('s', columns), ones('v', columns, wide), ones('t', wide), ones('w', wide, columns)],
    inputs: [valueInfo('x', [1, columns])],
    outputs: [valueInfo('y', [1, columns])],
  });
  const found = inspect(model(parts, { opset: 17 }), { name: 'm.onnx', sizeBytes: 1, sha256: '' });
  const step = { pass: 'quantize-dynamic', enabled: true, options: { activations: 'per-token' } };
  expect(foreseeProviders({ version: 1, seed: 0, steps: [step] }, found)).toEqual([
    '4 nodes will not run on WebGPU (about 5 copies): MatMulInteger ×2, DynamicQuantizeLinear, QuantizeLinear.',
  ]);
});
