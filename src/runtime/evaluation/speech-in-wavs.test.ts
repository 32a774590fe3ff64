/**
 * Reads WAVs of several rates, formats and channels, and compares the probabilities of speech detectors, window by
 * window, with onnxruntime for Python. The data comes from tools/golden/speech_in_wavs.py.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { openDataset } from '../../engine/data/open-dataset';
import { quietContext } from '../../engine/data/testing/memory-files';
import { createNodePictureDecoder } from '../node/node-picture-decoder';
import { PathSource } from '../node/path-source';
import { outputsOfSteps } from './testing/outputs-of-steps';

interface Expected {
  readonly sounds: readonly string[];
  readonly models: readonly {
    readonly file: string;
    readonly states: Readonly<Record<string, string>>;
    readonly sampleRateHz: number;
    readonly window: number;
    /** The change of the probabilities when half of the values are one unit in the last place higher. */
    readonly sensitivity: number;
    /** Probabilities of each window of each sound, in order. */
    readonly probabilities: readonly (readonly number[])[];
  }[];
}

const inRoot = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const fixture = (name: string) => inRoot(`src/runtime/evaluation/fixtures/${name}`);
const { sounds, models } = JSON.parse(readFileSync(fixture('speech-in-wavs.json'), 'utf8')) as Expected;

it.each(models)('$file at $sampleRateHz Hz', async (expected) => {
  const { file, states, sampleRateHz, window, sensitivity, probabilities } = expected;
  const files = [{ path: 'speech-in-wavs.zip', source: PathSource.of(fixture('speech-in-wavs.zip')) }];
  const dataset = await openDataset(files, { decoder: createNodePictureDecoder(), context: quietContext });
  expect(dataset.description.samples).toBe(sounds.length);
  const fedBack = Object.entries(states).map(([input, state]) => [input, { state }] as const);
  const mapping: DataMapping = {
    inputs: {
      input: { sound: { sampleRateHz, samples: window } },
      sr: { value: sampleRateHz },
      ...Object.fromEntries(fedBack),
    },
    labels: null,
  };
  const model = { model: new Blob([readFileSync(inRoot(file))]), name: file, externalData: [] };
  const { results } = await outputsOfSteps(model, dataset, mapping, [64]);
  const found = results[0]!.map((steps) => steps.map(({ output }) => (output!.data as Float32Array)[0]!));
  expect(found.map((steps) => steps.length)).toEqual(probabilities.map((steps) => steps.length));
  let furthest = 0;
  for (const [sound, steps] of probabilities.entries()) {
    steps.forEach((probability, step) => (furthest = Math.max(furthest, Math.abs(found[sound]![step]! - probability))));
  }
  expect(furthest).toBeLessThan(Math.max(5e-6, 2 * sensitivity));
});
