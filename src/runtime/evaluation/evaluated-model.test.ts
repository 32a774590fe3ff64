/** Models with state, run with real sessions: several samples at once give what each gives alone. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { createSampleFeeder } from '../../engine/data/mapping/sample-feeds';
import { openDataset } from '../../engine/data/open-dataset';
import type { Dataset } from '../../engine/data/dataset';
import { quietContext } from '../../engine/data/testing/memory-files';
import { floatTensor, graph, int64Tensor, node, valueInfo } from '../../engine/onnx/testing/build';
import type { ModelFiles } from '../model-files';
import { createNodeHost } from '../node/node-host';
import { createNodePictureDecoder } from '../node/node-picture-decoder';
import { PathSource } from '../node/path-source';
import { EvaluatedModel } from './evaluated-model';
import { readSamples, type ReadSample } from './read-samples';
import { dataOf, filesOf, tensor, x } from './testing/made-evaluation';

/** The outputs of every sample at every step: `[step][sample]`, of runs of so many samples. */
async function outputsOf(files: ModelFiles, dataset: Dataset, mapping: DataMapping, batches: readonly number[]) {
  const { signal } = new AbortController();
  const spec = { files, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false } as const;
  const session = await createNodeHost().open(signal, spec);
  try {
    const { inputs } = session;
    const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions: {} });
    const samples: ReadSample[] = [];
    const indices = Array.from({ length: dataset.description.samples }, (_, index) => index);
    for await (const sample of readSamples(quietContext, dataset, indices, [feeder])) {
      if ('fed' in sample) samples.push(sample);
    }
    const results: Feeds[][][] = [];
    for (const batch of batches) {
      const model = new EvaluatedModel({ id: 'original', session, feeder, feederIndex: 0, fixedBatch: null });
      await model.warmUp(samples[0]!);
      const steps = samples[0]!.fed[0]!.steps.map((): Feeds[] => []);
      for (let start = 0; start < samples.length; start += batch) {
        const group = samples.slice(start, start + batch);
        for (const [step, found] of steps.entries()) found.push(...(await model.run(group, step)));
      }
      results.push(steps);
    }
    return { feeder, results };
  } finally {
    session.close();
  }
}

function furthestApart(a: Feeds[][], b: Feeds[][]): number {
  let furthest = 0;
  for (const [step, samples] of a.entries()) {
    for (const [sample, outputs] of samples.entries()) {
      for (const [name, { dims, data }] of Object.entries(outputs)) {
        const other = b[step]![sample]![name]!;
        expect(other.dims).toEqual(dims);
        (data as Float32Array).forEach((value, index) => {
          furthest = Math.max(furthest, Math.abs(value - (other.data as Float32Array)[index]!));
        });
      }
    }
  }
  return furthest;
}

describe('Silero VAD, a recording in eight windows', () => {
  const path = (name: string) =>
    fileURLToPath(new URL(`../../../node_modules/@ricky0123/vad-web/dist/${name}`, import.meta.url));
  const states = { state: { state: 'stateN' } };
  const legacy = { h: { state: 'hn' }, c: { state: 'cn' } };

  it.each([
    ['silero_vad_legacy.onnx', legacy],
    ['silero_vad_v5.onnx', states],
    ['silero_vad_v6.onnx', states],
  ] as const)('%s', async (name, ofStates) => {
    const speech = fileURLToPath(new URL('fixtures/outside-speech.npz', import.meta.url));
    const files = [{ path: 'outside-speech.npz', source: PathSource.of(speech) }];
    const dataset = await openDataset(files, { decoder: createNodePictureDecoder(), context: quietContext });
    const inputs = { input: { array: 'sound', scale: 1 / 32768 }, sr: { value: 16000 }, ...ofStates };
    const model = { model: new Blob([readFileSync(path(name))]), name, externalData: [] };
    const { feeder, results } = await outputsOf(model, dataset, { inputs, labels: null }, [1, 24, 7]);
    expect(feeder.samplesPerRun).toBeNull();
    const [alone, together, inSevens] = results;
    const probabilities = alone!.at(-1)!.map(({ output }) => (output!.data as Float32Array)[0]!);
    expect([Math.min(...probabilities) < 0.1, Math.max(...probabilities) > 0.9]).toEqual([true, true]);
    expect(furthestApart(alone!, together!)).toBe(0);
    expect(furthestApart(alone!, inSevens!)).toBe(0);
  });
});

describe('a state', () => {
  const steps = 4;
  const dataset = dataOf({
    fields: [{ ...x, shape: [steps, 3] }],
    samples: 5,
    valuesOf: (index) => ({
      x: tensor(
        Float32Array.from({ length: steps * 3 }, (_, place) => index * 100 + place),
        [steps, 3],
      ),
    }),
  });
  const inputs = { x: { array: 'x' }, state: { state: 'next' } } as const;

  /** Of the last step, one row per sample. */
  const lastOf = (results: Feeds[][]) => results.at(-1)!.map(({ y }) => Array.from(y!.data as Float32Array));

  it('that grows with every step is cut along the batch axis', async () => {
    const growing = filesOf(
      graph({
        nodes: [node('Concat', ['state', 'x'], ['next'], { axis: 1n }), node('ReduceSum', ['next', 'axes'], ['y'])],
        initializers: [int64Tensor('axes', [1], [1n])],
        inputs: [valueInfo('x', ['N', 3]), valueInfo('state', ['N', 'past'])],
        outputs: [valueInfo('y', ['N', 1]), valueInfo('next', ['N', 'longer'])],
      }),
    );
    const { results } = await outputsOf(growing, dataset, { inputs, labels: null }, [1, 5]);
    expect(furthestApart(results[0]!, results[1]!)).toBe(0);
    expect(lastOf(results[1]!)).toEqual([0, 1, 2, 3, 4].map((index) => [index * 1200 + 66]));
    expect(results[1]!.at(-1)![4]!.next!.dims[0]).toBe(1);
  });

  it('that is found not to belong to each sample is made anew, one sample at a time', async () => {
    // The output has one row per sample at first, and a single one as soon as the state is not zero.
    const branch = (rows: 'each' | 'one') =>
      graph({
        name: rows,
        nodes: [
          rows === 'each'
            ? node('Identity', ['next'], [rows])
            : node('ReduceMax', ['next'], [rows], { axes: [0n], keepdims: 1n }),
        ],
        inputs: [],
        outputs: [valueInfo(rows, ['M', 3])],
      });
    const merging = filesOf(
      graph({
        nodes: [
          node('Add', ['x', 'state'], ['next']),
          node('ReduceMax', ['state'], ['most'], { keepdims: 0n }),
          node('Greater', ['most', 'zero'], ['isLater']),
          node('If', ['isLater'], ['y'], { then_branch: branch('one'), else_branch: branch('each') }),
        ],
        initializers: [floatTensor('zero', [], [0])],
        inputs: [valueInfo('x', ['N', 3]), valueInfo('state', ['N', 3])],
        outputs: [valueInfo('y', ['M', 3]), valueInfo('next', ['N', 3])],
      }),
    );
    const { results } = await outputsOf(merging, dataset, { inputs, labels: null }, [1, 5]);
    expect(lastOf(results[1]!)).toEqual(lastOf(results[0]!));
    expect(lastOf(results[1]!)).toEqual([0, 1, 2, 3, 4].map((index) => [18, 22, 26].map((sum) => index * 400 + sum)));
  });
});
