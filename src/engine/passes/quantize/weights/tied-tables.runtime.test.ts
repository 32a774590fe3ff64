/** A table of embeddings that the last product of a decoder reads too is stored once. */
import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { createSyntheticFeeds } from '../../../data/synthetic';
import { inspectInputs } from '../../../analysis/inspect';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import type { Model, Tensor } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';
import { DataType } from '../../../onnx/data-type';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { decoder } from '../../../onnx/testing/decoder';
import type { OptionValues } from '../../option-spec';
import type { PassOutcome } from '../../pass';
import { resolveOptions } from '../../options';
import { restoreFloat } from '../../restore-float/restore-float';
import { passContext } from '../../testing/pass-context';
import { quantizeWeights } from './quantize-weights';

const inference = createInProcessInference();
const { signal } = new AbortController();
const quantize = (given: Model, options: OptionValues) =>
  quantizeWeights.run(given, resolveOptions(quantizeWeights, options), passContext());
/** Refusals of the table alone. */
const refusalsOf = ({ refusals }: Pick<PassOutcome, 'refusals'>): readonly string[] =>
  refusals.filter(({ code }) => code !== 'not-included').map(({ path, code }) => `${path} ${code}`);
const sizeOf = (made: Model): number => joinParts(encodeModel(made)).length;
const vocabulary = 512;
/** Bytes of the table and its scales, in 4 bits and blocks of 32 with zero points. */
const tableBytes = vocabulary * (16 + 4 + 1);

async function logits(given: Model) {
  const feeds = createSyntheticFeeds(inspectInputs(given), { sequence_length: 6 }, 3);
  return (await runOnce(inference, signal, given, feeds))['logits']!.data as Float32Array;
}

it.each(['4', '8'])(
  'reads the same bytes as rows and as a product, with outputs of the untied model: %s bits',
  async (bits) => {
    const options = { bits, method: 'rtn', keepEnds: false, include: ['embed', 'head'], blockSize: '32' };
    const tied = await quantize(decoder({ vocabulary }), options);
    expect([refusalsOf(tied), tied.changes.length]).toEqual([[], 2]);
    expect(checkModel(tied.model)).toEqual([]);
    // One after the other, both are stored.
    const own = decoder({ vocabulary, head: 'own' });
    const rows = await quantize(own, { ...options, include: ['embed'] });
    const untied = await quantize(rows.model, { ...options, form: 'matmul-nbits', include: ['head'] });
    const [before, shared, twice] = [decoder({ vocabulary }), tied.model, untied.model].map(sizeOf);
    expect(before! - shared!).toBeGreaterThan(vocabulary * 32 * (bits === '4' ? 3.2 : 2.6));
    expect(twice! - shared!).toBeGreaterThan(bits === '4' ? tableBytes * 0.9 : vocabulary * 32);
    // A separate table in 8 bits has one scale for each row, not blocks.
    if (bits === '4') expect(await logits(tied.model)).toEqual(await logits(untied.model));
    // Exporters that fold the transposed table into a weight of its own store it twice.
    const copied = await quantize(own, options);
    expect([refusalsOf(copied), copied.changes.length]).toEqual([[], 2]);
    expect(await logits(copied.model)).toEqual(await logits(tied.model));
    for (const { graph: made } of [tied.model, copied.model]) {
      const stored = made!.initializers.filter(({ dims }) => dims.includes(BigInt(vocabulary)));
      // Values, scales and zero points.
      expect(stored).toHaveLength(3);
    }
    const restored = await restoreFloat.run(tied.model, resolveOptions(restoreFloat, {}), passContext());
    expect(restored.refusals).toEqual([]);
    const [stored, floats] = [await logits(tied.model), await logits(restored.model)];
    stored.forEach((value, index) => expect(value).toBeCloseTo(floats[index]!, 4));
  },
);

/** Both branches read the table and the product of the graph around them, under the same names, as merged decoders do. */
function merged(): Model {
  const { graph: own } = decoder({ vocabulary });
  const table = own!.initializers.filter(({ name }) => name === 'embedding');
  const branch = (sign: number) =>
    graph({
      nodes: [
        node('Gather', ['embedding', 'input_ids'], ['rows'], {}, { name: `embed${sign}` }),
        node('Mul', ['rows', 'sign'], ['signed'], {}, { name: `sign${sign}` }),
        node('Transpose', ['embedding'], ['turned'], { perm: [1n, 0n] }, { name: `turn${sign}` }),
        node('MatMul', ['signed', 'turned'], ['scores'], {}, { name: `head${sign}` }),
      ],
      initializers: [floatTensor('sign', [], [sign])],
      outputs: [valueInfo('scores', ['batch', 'tokens', vocabulary])],
    });
  return model(
    graph({
      nodes: [
        node('If', ['use_cache'], ['logits'], { then_branch: branch(1), else_branch: branch(-1) }, { name: 'choice' }),
      ],
      initializers: table,
      inputs: [valueInfo('use_cache', [], DataType.bool), valueInfo('input_ids', ['batch', 'tokens'], DataType.int64)],
      outputs: [valueInfo('logits', ['batch', 'tokens', vocabulary])],
    }),
  );
}

it('stores a table once for both branches of a merged decoder', async () => {
  const outcome = await quantize(merged(), { method: 'rtn', keepEnds: false });
  expect([outcome.refusals, outcome.changes.length]).toEqual([[], 4]);
  expect(checkModel(outcome.model)).toEqual([]);
  const stored = outcome.model.graph!.initializers.filter(({ dims }) => Number(dims[0]) === vocabulary);
  expect(stored).toHaveLength(3);
  for (const useCache of [0, 1]) {
    const feeds = {
      use_cache: { dtype: 'bool', dims: [], data: Uint8Array.of(useCache) },
      input_ids: { dtype: 'int64', dims: [1, 2], data: BigInt64Array.of(3n, 500n) },
    };
    const [before, after] = [
      await runOnce(inference, signal, merged(), feeds),
      await runOnce(inference, signal, outcome.model, feeds),
    ].map((outputs) => outputs['logits']!.data as Float32Array);
    const error = after!.reduce((sum, value, at) => sum + (value - before![at]!) ** 2, 0);
    expect(error / before!.reduce((sum, value) => sum + value ** 2, 0)).toBeLessThan(0.02);
  }
});

it('keeps 4 bits instead of the requested 2, and reports it', async () => {
  const outcome = await quantize(decoder({ vocabulary }), { bits: '2', method: 'rtn', include: ['embed', 'head'] });
  expect(outcome.sentence).toContain('2 layers kept 4 bits');
  expect(outcome.model.graph!.nodes.filter(({ opType }) => opType === 'GatherBlockQuantized')).toHaveLength(1);
});

it('shares no table with a weight that is not its copy', async () => {
  const own = decoder({ vocabulary, head: 'own' });
  const initializers = own.graph!.initializers.map((tensor) =>
    tensor.name === 'head.weight' ? floatTensor('head.weight', [32, vocabulary], changed(tensor)) : tensor,
  );
  const other = { ...own, graph: { ...own.graph!, initializers } };
  const { model: made } = await quantize(other, { method: 'rtn', keepEnds: false, include: ['embed', 'head'] });
  expect(made.graph!.nodes.some(({ opType }) => opType === 'Reshape')).toBe(false);
});

/** One number of the last column is another. */
function changed(tensor: Tensor): Float32Array {
  const values = readFloat32(tensor).slice();
  values[values.length - 1]! += 0.5;
  return values;
}

it('leaves the table if its width fits no block, or if standard operators are requested', async () => {
  const forms: readonly OptionValues[] = [{ blockSize: '64' }, { form: 'dequantize' }];
  for (const given of forms) {
    const { refusals } = await quantize(decoder({ vocabulary }), {
      method: 'rtn',
      include: ['embed', 'head'],
      ...given,
    });
    expect(refusalsOf({ refusals })).toEqual(['graph/head unsupported-shape', 'graph/embed read-as-float']);
  }
});
