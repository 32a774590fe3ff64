/** Decoders of GGUF files against the logits that NumPy computes from the same weights (tools/golden/make-gguf.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runModelInNode } from '../../runtime/testing/run-model';
import { inspect } from '../analysis/inspect';
import { decoderFeeds } from '../data/decoder/decoder-feeds';
import { decoderInputs, decoderOutputs, positionsOf } from '../data/decoder/decoder-wiring';
import { MemorySource } from '../onnx/byte-source';
import { checkModel } from '../onnx/check';
import { encodeModel, joinParts } from '../onnx/codec/encode';
import { openGguf } from './open-gguf';

const file = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', name));

interface Golden {
  readonly ids: readonly number[];
  readonly logits: readonly (readonly number[])[];
}

it.each([
  ['llama', 'float32', undefined],
  ['qwen2', 'float32', undefined],
  ['llama', 'blocks as stored', 'GatherBlockQuantized'],
  ['qwen2', 'blocks as stored', 'MatMulNBits'],
])('computes the logits of the reference, at once and from a cache: %s, %s', async (name, _form, operator) => {
  const opened = openGguf(new MemorySource(new Uint8Array(file(`${name}.gguf`))), `${name}.gguf`);
  const model = operator === undefined ? opened.model : opened.keepBlocks!().model;
  if (operator !== undefined) expect(model.graph!.nodes.map(({ opType }) => opType)).toContain(operator);
  expect(checkModel(model)).toEqual([]);
  const { ids, logits } = JSON.parse(file(`${name}.json`).toString()) as Golden;
  const described = inspect(model, { name, sizeBytes: 0, sha256: '' });
  const wiring = decoderOutputs(described);
  if (typeof wiring === 'string') throw new Error(wiring);
  expect([wiring.logits, wiring.caches.size]).toEqual(['logits', 4]);
  const inputs = decoderInputs(described.inputs)!;
  expect(positionsOf(inputs)).toBe(128);
  const bytes = joinParts(encodeModel(model));
  const whole = await runModelInNode(bytes, decoderFeeds(inputs, { tokens: ids, past: 0 }));
  expect(largestDifference(whole['logits']!.data, logits.flat())).toBeLessThan(1e-4);
  const first = await runModelInNode(bytes, decoderFeeds(inputs, { tokens: ids.slice(0, 7), past: 0 }));
  const caches = Object.fromEntries(Array.from(wiring.caches, ([output, input]) => [input, first[output]!]));
  const rest = { ...decoderFeeds(inputs, { tokens: ids.slice(7), past: 7 }), ...caches };
  const continued = await runModelInNode(bytes, rest);
  expect(largestDifference(continued['logits']!.data, logits.slice(7).flat())).toBeLessThan(1e-4);
});

function largestDifference(values: ArrayLike<unknown>, expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  return expected.reduce((most, value, index) => Math.max(most, Math.abs(value - Number(values[index]))), 0);
}
