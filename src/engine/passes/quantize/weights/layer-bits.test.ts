import { expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { DataType } from '../../../onnx/data-type';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { chooseBits } from './layer-plan';
import { quantizeWeights } from './quantize-weights';
import { findWeightLayers } from './weight-layers';
import type { WeightsOptions } from './weights-options';

const random = createSeededRandom(5);
const weight = (name: string, rows: number, columns: number) =>
  floatTensor(
    name,
    [rows, columns],
    Array.from({ length: rows * columns }, () => random.next() - 0.45),
  );

const withSmallEnds = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'a'], ['h'], {}, { name: 'first' }),
      node('MatMul', ['h', 'w'], ['k'], {}, { name: 'middle' }),
      node('MatMul', ['k', 'z'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [weight('a', 16, 96), weight('w', 96, 192), weight('z', 192, 8)],
    inputs: [valueInfo('x', [1, 16])],
    outputs: [valueInfo('y', null)],
  }),
);

async function bytesWith(options: OptionValues): Promise<Uint8Array> {
  const given = resolveOptions(quantizeWeights, { method: 'mse', ...options });
  return joinParts(encodeModel((await quantizeWeights.run(withSmallEnds, given, passContext({}))).model));
}

it('gives 8 bits to the smallest layers with few weights together, but to none of many alike', () => {
  const bitsOf = (...widths: number[]): number[] => {
    const dims = widths.map((width, at) => [widths[at - 1] ?? 64, width] as const);
    const chain = model(
      graph({
        nodes: dims.map((_, at) => node('MatMul', [`h${at}`, `w${at}`], [`h${at + 1}`], {}, { name: `n${at}` })),
        initializers: dims.map(([rows, columns], at) => weight(`w${at}`, rows, columns)),
        inputs: [valueInfo('h0', [1, 64])],
        outputs: [valueInfo(`h${widths.length}`, null)],
      }),
    );
    const options = resolveOptions(quantizeWeights, {}) as WeightsOptions;
    return [...chooseBits(findWeightLayers(chain, options).layers, options).values()];
  };
  expect(bitsOf(...Array.from({ length: 30 }, () => 64))).toEqual([8, ...Array.from({ length: 28 }, () => 4), 8]);
  expect(bitsOf(64, 64, 8, 64, 64, 64)).toEqual([4, 4, 8, 8, 4, 4]);
  expect(bitsOf(64, 64, 24, 64, 64, 64)).toEqual([4, 4, 4, 4, 4, 4]);
});

it('stores all layers alike if small ones are not raised, like a list of all names', async () => {
  const names = ['first', 'middle', 'last'];
  const all = (value: number) => Object.fromEntries(names.map((name) => [name, value]));
  const listed = { include: names, blockSizeByLayer: all(0) };
  const plain = await bytesWith({ blockSize: '0', keepEnds: false });
  expect(plain).toEqual(await bytesWith({ ...listed, bitsByLayer: all(4) }));
  expect(plain.length).toBeLessThan((await bytesWith({ blockSize: '0' })).length);
  expect(await bytesWith({ bits: '8', blockSize: '0', symmetric: true })).toEqual(
    await bytesWith({ ...listed, bitsByLayer: all(8) }),
  );
});

it('stores tables in 8 bits by standard operators beside products that read 4 bits', async () => {
  const table = model(
    graph({
      nodes: [node('Gather', ['t', 'ids'], ['h']), node('MatMul', ['h', 'w'], ['y'])],
      initializers: [weight('t', 512, 64), weight('w', 64, 512)],
      inputs: [valueInfo('ids', [1, 3], DataType.int64)],
      outputs: [valueInfo('y', null)],
    }),
  );
  const made = async (tables: string) => {
    const given = resolveOptions(quantizeWeights, { form: 'matmul-nbits', keepEnds: false, tables });
    const { model: small } = await quantizeWeights.run(table, given, passContext({}));
    return small.graph!.nodes.map(({ opType }) => opType);
  };
  expect(await made('as-others')).toEqual(['GatherBlockQuantized', 'MatMulNBits']);
  const own = await made('8');
  expect([own.includes('GatherBlockQuantized'), own.at(0), own.at(-1)]).toEqual([false, 'Gather', 'MatMulNBits']);
});
