/** Models that write, evaluated on texts that are tokens already. */
import { expect, it } from 'vitest';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { MemorySource } from '../../engine/onnx/byte-source';
import { decoder, type DecoderOptions } from '../../engine/onnx/testing/decoder';
import { openModel } from '../../engine/recipe/open-model';
import type { Progress } from '../../engine/progress';
import { dataOf, evaluateHere as evaluate } from './testing/made-evaluation';

function bytesOf(options: DecoderOptions): Uint8Array<ArrayBuffer> {
  return joinParts(encodeModel(decoder(options))) as Uint8Array<ArrayBuffer>;
}

function model(id: string, options: DecoderOptions = {}) {
  return { id, files: { model: new Blob([bytesOf(options)]), name: `${id}.onnx`, externalData: [] } };
}

const source = new MemorySource(bytesOf({}));
const sides = openModel({ name: 'decoder.onnx', source, sha256: '', findData: () => undefined }).inspection;

/** Texts of 2 to 9 tokens; the last one has a token that the model does not know. */
const dataset = dataOf({
  samples: 9,
  fields: [{ name: 'input_ids', kind: 'numbers', dtype: 'int64', shape: [null] }],
  valuesOf(index) {
    const ids = Array.from({ length: 2 + index }, (_, place) => BigInt((7 * index + 5 * place) % 60));
    if (index === 8) ids[1] = 64n;
    return {
      input_ids: { kind: 'tensor', tensor: { dtype: 'int64', dims: [ids.length], data: BigInt64Array.from(ids) } },
    };
  },
});
const { mapping } = suggestMapping(dataset.description, sides);

it('evaluates one alone, and variants by paired differences and by their texts', async () => {
  const models = [model('original'), model('same'), model('other', { seed: 1 })];
  const told: Progress[] = [];
  const onProgress = (progress: Progress) => told.push(progress);
  const [original, same, other] = await evaluate({ models, dataset, mapping, generate: 4 }, { onProgress });
  const written = told.filter(({ stage }) => stage === 'Writing texts');
  // All texts but the one that the model refuses, and the end.
  expect(written.map(({ done }) => done)).toEqual([28, 29, 30, 31, 32, 33, 34, 35, 36]);
  expect(new Set(told.map(({ total }) => total))).toEqual(new Set([36]));
  expect(original).toMatchObject({
    samples: 8,
    skippedSamples: [{ reason: expect.stringMatching(/64|out of bounds|index/i) as string }],
    batch: 1,
    accuracy: { task: { kind: 'next-token' }, metrics: { perplexity: { tokens: 36 } } },
  });
  expect(Object.keys(original!.accuracy!.metrics)).toEqual(['perplexity']);
  expect(same).toMatchObject({
    accuracy: { metrics: { nextTokenAgreement: { value: 1 }, sequenceAgreement: { value: 1 } } },
    difference: { metric: 'perplexity', value: 0, interval: [0, 0] },
    outputMatch: { identical: true, perOutput: [{ name: 'logits' }] },
  });
  expect(other!.accuracy!.metrics['sequenceAgreement']!.value).toBeLessThan(1);
  expect(other!.difference!.value).not.toBe(0);
  // A cache is no answer.
  expect(other!.outputMatch!.outputs.map(({ name }) => name)).toEqual(['logits']);
});

it('refuses to write more tokens than the model has positions for', async () => {
  const models = [model('original'), model('same')];
  await expect(evaluate({ models, dataset, mapping, generate: 64 })).rejects.toThrow('no positions for 64 tokens');
});
