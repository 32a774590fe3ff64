import { readFile } from 'node:fs/promises';
import type { Feeds } from '../../src/engine/data/feeds.ts';
import { productOf } from '../../src/engine/product-of.ts';
import { runModelInNode } from '../../src/runtime/testing/run-model.ts';
import { expect } from './test.ts';

/** Signal to noise of values against a reference, in dB, computed here and not by the program under test. */
function signalToNoiseDb(reference: ArrayLike<number>, values: ArrayLike<number>): number {
  let signal = 0;
  let noise = 0;
  for (let index = 0; index < reference.length; index += 1) {
    const expected = reference[index] ?? NaN;
    signal += expected ** 2;
    noise += (expected - (values[index] ?? NaN)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** Runs both files in onnxruntime-web, outside the page, and compares what comes out. */
export async function expectSameOutputs(
  original: string,
  variant: Uint8Array,
  input: string,
  dims: readonly number[],
): Promise<void> {
  const length = productOf(dims);
  const data = Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898));
  const feeds: Feeds = { [input]: { dtype: 'float32', dims, data } };
  const [reference] = Object.values(await runModelInNode(await readFile(original), feeds));
  const [output] = Object.values(await runModelInNode(variant, feeds));
  expect(output?.dims).toEqual(reference?.dims);
  expect(signalToNoiseDb(reference?.data as Float32Array, output?.data as Float32Array)).toBeGreaterThan(20);
}
