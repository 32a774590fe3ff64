import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import type { Model } from '../../../onnx/graph';
import { graph, model, valueInfo } from '../../../onnx/testing/build';
import { compareAnswers } from './run-quantize-aware-training';
import { passContext } from '../../testing/pass-context';

const [original, variant] = [0, 1].map(() =>
  model(graph({ nodes: [], inputs: [], outputs: [valueInfo('y', null)] })),
) as [Model, Model];
const output = (dims: readonly number[], values: readonly number[]): Feeds => ({
  y: { dtype: 'float32', dims, data: Float32Array.from(values) },
});

/** An inference that returns the outputs of a table, sample after sample. */
function answering(tables: ReadonlyMap<Model, readonly Feeds[]>): Inference {
  return {
    open() {
      throw new Error('Both models run in one worker.');
    },
    openChain() {
      let rest: Feeds[] = [];
      return {
        load: async (loaded) => void (rest = [...tables.get(loaded)!]),
        run: async () => ({ values: [rest.shift()!], keptBytes: 0, kept: new Map() }),
        forget: async () => undefined,
        close: () => undefined,
      };
    },
  };
}

function compare(expected: readonly Feeds[], found: readonly Feeds[]): Promise<string> {
  const tables = new Map([
    [original, expected],
    [variant, found],
  ]);
  const samples = expected.map(() => ({}));
  return compareAnswers(
    { before: original, after: variant, samples },
    { ...passContext(), inference: answering(tables) },
  );
}

const score = (first: number): Feeds => output([1, 2], [first, 0]);

describe('compareAnswers', () => {
  it('reports the share of equal predictions, and warns below a limit', async () => {
    const [one, other] = [score(1), score(-1)];
    expect(await compare([one, one, one, other], [score(2), one, one, other])).toBe(
      'It agrees with the original in 100.0\u00a0% of cases, on 4 held-out samples.',
    );
    expect(await compare([one, one, one, other], [other, one, one, other])).toBe(
      'It agrees with the original in 75.0\u00a0% of cases, on 4 held-out samples. Evaluate it on labeled data before you use it.',
    );
  });

  it('counts the steps of sequences', async () => {
    const steps = (changed?: number) =>
      output([1, 50, 2], Array.from({ length: 50 }, (_, step) => (step === changed ? [0, 1] : [1, 0])).flat());
    expect(await compare([steps(), steps()], [steps(7), steps(9)])).toBe(
      'It agrees with the original in 98.0\u00a0% of the steps, on 2 held-out samples.',
    );
  });

  it('tells the SQNR of outputs that are no scores', async () => {
    expect(await compare([output([4], [1, 2, 3, 4])], [output([4], [1, 2, 3, 4.1])])).toBe(
      'Output SQNR 34.8 dB, on 1 held-out samples.',
    );
    expect(await compare([output([4], [1, 2, 3, 4])], [output([4], [0, 0, 3, 4])])).toContain(
      ' Evaluate it on labeled data',
    );
  });

  it('tells the cosine and the neighbors of embeddings', async () => {
    const vector = (first: number) => output([1, 64], [first, ...Array.from({ length: 63 }, (_, at) => at / 63)]);
    const others = [vector(9), vector(1), vector(4)];
    expect(await compare(others, others)).toBe(
      'Cosine 1 to the original’s outputs, and 100.0\u00a0% of the samples keep their nearest neighbor, on 3 held-out samples.',
    );
    expect(await compare(others, [vector(9), vector(8), vector(1)])).toMatch(
      /^Cosine 0\.\d+ to the original’s outputs, .* Evaluate it on labeled data before you use it\.$/,
    );
  });

  it('explains predictions that cannot be compared', async () => {
    expect(await compare([output([4], [1, 2, 3, 4])], [output([2], [1, 2])])).toMatch(
      /^Its outputs cannot be compared/,
    );
  });
});
