/** Models with state, run with real sessions: several samples at once give what each gives alone. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../engine/data/open-dataset';
import { quietContext } from '../../engine/data/testing/memory-files';
import { floatTensor, graph, int64Tensor, node, valueInfo } from '../../engine/onnx/testing/build';
import { createNodePictureDecoder } from '../node/node-picture-decoder';
import { PathSource } from '../node/path-source';
import { dataOf, filesOf, tensor, x } from './testing/made-evaluation';
import { outputsOfSteps, type OutputsOfSteps } from './testing/outputs-of-steps';

type StepOutputs = OutputsOfSteps['results'][number];

function furthestApart(a: StepOutputs, b: StepOutputs): number {
  let furthest = 0;
  for (const [sample, steps] of a.entries()) {
    for (const [step, outputs] of steps.entries()) {
      for (const [name, { dims, data }] of Object.entries(outputs)) {
        const other = b[sample]![step]![name]!;
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
    const inputs = { input: { array: 'sound', scale: 1 / 32768 }, sr: { value: 8000 }, ...ofStates };
    const model = { model: new Blob([readFileSync(path(name))]), name, externalData: [] };
    const { feeder, results } = await outputsOfSteps(model, dataset, { inputs, labels: null }, [1, 24, 7]);
    expect(feeder.samplesPerRun).toBeNull();
    const [alone, together, inSevens] = results;
    const probabilities = alone!.map((steps) => (steps.at(-1)!.output!.data as Float32Array)[0]!);
    expect(Math.max(...probabilities) - Math.min(...probabilities)).toBeGreaterThan(0.3);
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

  /** Outputs of the last step, one row for each sample. */
  const lastOf = (results: StepOutputs) => results.map((found) => Array.from(found.at(-1)!.y!.data as Float32Array));

  it('that grows with every step is cut along the batch axis', async () => {
    const growing = filesOf(
      graph({
        nodes: [node('Concat', ['state', 'x'], ['next'], { axis: 1n }), node('ReduceSum', ['next', 'axes'], ['y'])],
        initializers: [int64Tensor('axes', [1], [1n])],
        inputs: [valueInfo('x', ['N', 3]), valueInfo('state', ['N', 'past'])],
        outputs: [valueInfo('y', ['N', 1]), valueInfo('next', ['N', 'longer'])],
      }),
    );
    const { results } = await outputsOfSteps(growing, dataset, { inputs, labels: null }, [1, 5]);
    expect(furthestApart(results[0]!, results[1]!)).toBe(0);
    expect(lastOf(results[1]!)).toEqual([0, 1, 2, 3, 4].map((index) => [index * 1200 + 66]));
    expect(results[1]![4]!.at(-1)!.next!.dims[0]).toBe(1);
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
    const { results } = await outputsOfSteps(merging, dataset, { inputs, labels: null }, [1, 5]);
    expect(lastOf(results[1]!)).toEqual(lastOf(results[0]!));
    expect(lastOf(results[1]!)).toEqual([0, 1, 2, 3, 4].map((index) => [18, 22, 26].map((sum) => index * 400 + sum)));
  });
});
