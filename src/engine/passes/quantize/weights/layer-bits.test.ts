import { expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeWeights } from './quantize-weights';

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

it('stores all layers alike without small ends, with the bytes of one that names them all', async () => {
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
