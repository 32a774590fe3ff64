import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeDynamic } from './quantize-dynamic';

const matrix = (name: string, rows: number, columns: number) =>
  floatTensor(
    name,
    [rows, columns],
    Array.from({ length: rows * columns }, (_, at) => Math.sin(at)),
  );

/** A normalization or another operator, then a product whose rows are so long. */
async function operatorsOf(source: string, columns: number, options = {}) {
  const inputs = source === 'LayerNormalization' ? ['x', 'gain'] : ['x'];
  const given = model(
    graph({
      nodes: [node(source, inputs, ['n']), node('MatMul', ['n', 'w'], ['y'], {}, { name: 'product' })],
      initializers: [floatTensor('gain', [columns], Array<number>(columns).fill(1)), matrix('w', columns, 8)],
      inputs: [valueInfo('x', ['tokens', columns])],
      outputs: [valueInfo('y', ['tokens', 8])],
    }),
    { opset: 18 },
  );
  const resolved = resolveOptions(quantizeDynamic, { activations: 'per-token', perChannel: true, ...options });
  const { graph: made } = (await quantizeDynamic.run(given, resolved, passContext())).model;
  return made!.nodes.map(({ opType, inputs: read }) => `${opType} ${read.length}`);
}

describe('products per token', () => {
  it('reads the minimum of each row, except after a Relu', async () => {
    expect(await operatorsOf('Tanh', 96)).toEqual([
      ...['Tanh 1', 'ReduceMin 2', 'ReduceMax 2', 'Sub 2', 'Max 2', 'Sub 2', 'Div 2', 'QuantizeLinear 3'],
      ...['MatMulInteger 2', 'Cast 1', 'Mul 2', 'Mul 2', 'Mul 2', 'Add 2'],
    ]);
    expect(await operatorsOf('Relu', 96)).toEqual([
      ...['Relu 1', 'ReduceMax 2', 'Max 2', 'Div 2', 'QuantizeLinear 3', 'MatMulInteger 2', 'Cast 1', 'Mul 2', 'Mul 2'],
    ]);
  });

  it('names zero points of unsigned weights alone', async () => {
    expect(await operatorsOf('Relu', 96, { weightType: 'uint8' })).toContain('MatMulInteger 4');
  });

  it('gives short rows behind a normalization one scale, long ones their own', async () => {
    const short = ['LayerNormalization 2', 'DynamicQuantizeLinear 1', 'MatMulInteger 3', 'Cast 1', 'Mul 2', 'Mul 2'];
    expect(await operatorsOf('LayerNormalization', 96)).toEqual(short);
    expect(await operatorsOf('LayerNormalization', 384)).toContain('ReduceMin 2');
  });
});
