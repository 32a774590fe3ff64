import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { FeedTensor, Feeds } from '../../../data/feeds';
import { tensorNumbers } from '../../../data/tensor-numbers';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { decoder } from '../../../onnx/testing/decoder';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import type { Pass } from '../../pass';
import { passContext } from '../../testing/pass-context';
import { convertFloat16 } from '../convert/convert-float16';
import { storeFloat16 } from './store-float16';

const inference = createInProcessInference();
const run = async (pass: Pass, given: Model, options: OptionValues) => {
  const outcome = await pass.run(given, resolveOptions(pass, options), passContext());
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
};
const store = (given: Model, options: OptionValues = {}) => run(storeFloat16, given, { cache: true, ...options });

const ids = (values: readonly number[]): FeedTensor => ({
  dtype: 'int64',
  dims: [1, values.length],
  data: BigInt64Array.from(values, BigInt),
});
const names = ['past_key_values.0.key', 'past_key_values.0.value'];

/** Reads four tokens, then one with the cache of these. Returns the logits of both runs, and the cache. */
async function decode(given: Model) {
  const half = given.graph!.inputs.find(({ name }) => name === names[0])!.type!;
  const isHalf = 'elementType' in half && half.elementType === DataType.float16;
  const empty = {
    dims: [1, 1, 0, 32],
    ...(isHalf ? { dtype: 'float16', data: new Uint16Array(0) } : { dtype: 'float32', data: new Float32Array(0) }),
  };
  const runs: Feeds[] = [];
  let cache: Feeds = Object.fromEntries(names.map((name) => [name, empty]));
  for (const [tokens, past] of [
    [[5, 9, 2, 7], 0],
    [[3], 4],
  ] as const) {
    const places = tokens.map((_, index) => past + index);
    const feeds = {
      input_ids: ids(tokens),
      position_ids: ids(places),
      attention_mask: ids(Array.from({ length: past + tokens.length }, () => 1)),
      ...cache,
      ...(given.graph!.inputs.length > 5 && {
        use_cache_branch: { dtype: 'bool', dims: [], data: Uint8Array.of(past > 0 ? 1 : 0) },
      }),
    };
    const outputs = await runOnce(inference, new AbortController().signal, given, feeds);
    cache = Object.fromEntries(names.map((name) => [name, outputs[name.replace('past_key_values', 'present')]!]));
    runs.push(outputs);
  }
  return { logits: runs.map(({ logits }) => [...tensorNumbers(logits!)!]), cache: cache[names[0]!]! };
}

const casts = ({ graph: main }: Model) => main!.nodes.filter(({ opType }) => opType === 'Cast').length;

it('keeps the cache in half of its memory, and writes nearly the same', async () => {
  const original = decoder();
  const { model: small, changes, sentence } = await store(original, { leastSaving: 1 });
  expect(changes.map(({ what }) => what)).toEqual(
    names.map((name) => `“${name}” and “${name.replace('past_key_values', 'present')}” are float16`),
  );
  expect(sentence).toMatch(/^2 caches of earlier tokens in float16/);
  expect(casts(small)).toBe(casts(original) + 4);
  const [wanted, got] = [await decode(original), await decode(small)];
  expect(got.cache.dtype).toBe('float16');
  expect(got.cache.dims).toEqual(wanted.cache.dims);
  // The tokens of a run are read before the cache is rounded.
  expect(got.logits[0]).toEqual(wanted.logits[0]);
  got.logits[1]!.forEach((value, at) => expect(value).toBeCloseTo(wanted.logits[1]![at]!, 2));
  expect(got.logits[1]).not.toEqual(wanted.logits[1]);
});

it('stores constants as well, and no cache unless it is asked to', async () => {
  const original = decoder();
  const { model: both } = await store(original);
  expect(both.graph!.initializers.some(({ dataType }) => dataType === DataType.float16)).toBe(true);
  const { model: constants } = await store(original, { cache: false });
  expect(constants.graph!.inputs).toEqual(original.graph!.inputs);
});

it('needs no Cast if the model computes in float16', async () => {
  const { model: half } = await run(convertFloat16, decoder(), {});
  const { model: small } = await store(half, { leastSaving: 1 });
  expect(casts(small)).toBe(casts(half) - 4);
  expect((await decode(small)).logits).toEqual((await decode(half)).logits);
});

it('reaches into the branches of a merged decoder, which read weights and cache outside', async () => {
  const { nodes, inputs, outputs, initializers } = decoder().graph!;
  const branch = graph({ nodes, outputs });
  const merged = model(
    graph({
      inputs: [...inputs, valueInfo('use_cache_branch', [], DataType.bool)],
      outputs,
      initializers,
      nodes: [
        node(
          'If',
          ['use_cache_branch'],
          outputs.map(({ name }) => name!),
          { then_branch: branch, else_branch: branch },
        ),
      ],
    }),
  );
  const { model: small } = await store(merged, { leastSaving: 1 });
  const [wanted, got] = [await decode(merged), await decode(small)];
  expect(got.cache.dtype).toBe('float16');
  got.logits[1]!.forEach((value, at) => expect(value).toBeCloseTo(wanted.logits[1]![at]!, 2));
});

it('says that a model has no cache', async () => {
  const plain = model(
    graph({
      inputs: [valueInfo('x', [1, 4])],
      outputs: [valueInfo('y', [1, 4])],
      nodes: [node('Relu', ['x'], ['y'])],
    }),
  );
  const { model: same, refusals } = await store(plain);
  expect(same).toBe(plain);
  expect(refusals.map(({ code }) => code)).toEqual(['no-cache', 'nothing-found']);
});
