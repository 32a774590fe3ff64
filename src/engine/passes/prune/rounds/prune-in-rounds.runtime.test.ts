/** Pruning and training in turns, by both passes that prune, on a small net. */
import { describe, expect, it } from 'vitest';
import type { Inference } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { readFloat32 } from '../../../onnx/tensor';
import { resolveOptions } from '../../options';
import type { Observation, Pass, PassContext, PassOutcome } from '../../pass';
import type { CurveDetail, TableDetail } from '../../pass-details';
import { pruneChannels } from '../channels/prune-channels';
import { pruneWeights } from '../weights/prune-weights';
import { passContext } from '../../testing/pass-context';
import { dataOf, original, pictures } from '../../train/testing/small-net';
import type { Progress } from '../../../progress';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';

const inference = createInProcessInference();

function prune(pass: Pass, given: Record<string, unknown>, context: Partial<PassContext> = {}): Promise<PassOutcome> {
  return pass.run(
    original,
    resolveOptions(pass, given),
    passContext({ original, inference, data: dataOf(pictures), ...context }),
  );
}

/** Counts the zeros of the filters and of the matrix. */
const zerosOf = ({ graph }: Model): number[] =>
  graph!.initializers
    .filter(({ dims }) => dims.length > 1)
    .map((tensor) => readFloat32(tensor).filter((value) => value === 0).length)
    .toSorted((a, b) => a - b);

const macsOf = (model: Model): number => {
  const inferred = inferModel(model, { dimensions: { N: 1 } });
  return model.graph!.nodes.reduce((sum, node) => sum + (inferred.macs(node) ?? 0), 0);
};

describe('prune-weights in rounds', () => {
  it('trains between them, keeps the zeros of each, and tells it as one run', async () => {
    const told: Progress[] = [];
    const seen: Observation[] = [];
    const outcome = await prune(
      pruneWeights,
      { amount: 0.75, rounds: 3, stepsPerRound: 25 },
      { progress: (each) => void told.push(each), observe: (each) => void seen.push(each) },
    );
    expect(outcome.refusals.filter(({ code }) => code !== 'not-better')).toEqual([]);
    expect(checkModel(outcome.model)).toEqual([]);
    expect(zerosOf(outcome.model)).toEqual([27, 144]);
    const { rows } = outcome.details!['rounds'] as TableDetail;
    expect(rows.map(([round, removed]) => [round, Math.round(Number(removed) * 1000)])).toEqual([
      [1, 526],
      [2, 724],
      [3, 750],
    ]);
    const [, held] = (outcome.details!['loss'] as CurveDetail).series;
    expect(held!.points.map(([x]) => x)).toEqual([0, 25, 25, 50, 50, 75]);
    expect(seen.filter(({ series }) => series === 'held out').map(({ x }) => x)).toEqual([0, 25, 25, 50, 50, 75]);
    expect(outcome.sentence).toMatch(/^75\.0\u00a0% of the weights are zero, after 3 rounds with 75 training steps\. /);
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(new Set(told.map(({ total }) => total)).size).toBe(1);
    expect(told.at(-1)!.done).toBe(told.at(-1)!.total);
    expect(inference.sessions.open).toBe(0);
  });

  it('fills a pattern up from round to round', async () => {
    const outcome = await prune(pruneWeights, { pattern: '2:4', rounds: 4, stepsPerRound: 1 });
    const { rows } = outcome.details!['rounds'] as TableDetail;
    expect(rows.map(([, removed]) => removed)).toEqual([48, 96, 96, 96].map((zeros) => expect.closeTo(zeros / 228, 9)));
  });

  it('prunes at once if nothing can be trained, and explains why', async () => {
    const told: Progress[] = [];
    const outcome = await prune(
      pruneWeights,
      { amount: 0.5, rounds: 4 },
      { data: undefined, progress: (each) => void told.push(each) },
    );
    expect(outcome.refusals).toEqual([
      expect.objectContaining({
        code: 'no-data',
        reason: 'Training needs samples, and there are none. All was pruned in one round.',
      }),
    ]);
    expect(zerosOf(outcome.model)).toEqual([18, 96]);
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(told.at(-1)!.done).toBe(told.at(-1)!.total);
  });
});

describe('prune-channels in rounds', () => {
  it('comes to the same share as at once', async () => {
    const outcome = await prune(pruneChannels, {
      rounds: 2,
      remove: 0.28,
      stepsPerRound: 10,
      recover: 'least-squares',
    });
    expect(checkModel(outcome.model)).toEqual([]);
    expect(macsOf(outcome.model) / macsOf(original)).toBe(0.5);
    const { rows } = outcome.details!['rounds'] as TableDetail;
    expect(rows.map(([, removed]) => removed)).toEqual([0.25, 0.5]);
    expect(outcome.changes[0]).toMatchObject({ path: 'graph/conv', what: 'Round 1: gives 3 of 4 channels' });
  });

  it('measures at the end how much of the time all rounds took', async () => {
    const timed: Inference = {
      ...inference,
      open: async (signal, model, options) => ({
        ...(await inference.open(signal, model, options)),
        time: async (runs) => (runs * macsOf(model)) / 1000,
      }),
    };
    // The only layer with channels that may go: its share is set, so that nothing is looked for.
    const shares = { of: 'latency', recover: 'none', ratioByLayer: { conv: 0.5 } };
    const rounds = { rounds: 2, stepsPerRound: 1 };
    const outcome = await prune(pruneChannels, { ...shares, ...rounds }, { inference: timed });
    expect(macsOf(outcome.model) / macsOf(original)).toBe(0.5);
    expect(outcome.sentence!.replaceAll('\u00a0', ' ')).toMatch(
      /^50\.0 % \(50\.0 % to 50\.0 %\) of the run time removed, measured here .*\. 50\.0 % of the run time saved, by the least times of each round, after 2 rounds with/,
    );
    expect(inference.sessions.open).toBe(0);
  });

  it('removes nothing if all rounds together cannot meet the target', async () => {
    const given = { remove: 0.9, rounds: 2, stepsPerRound: 1 };
    const outcome = await prune(pruneChannels, given);
    expect(outcome.model).toBe(original);
    expect(outcome.refusals.map(({ code }) => code)).toEqual(['locked', 'target-missed']);
    expect(outcome.refusals.at(-1)!.reason).toMatch(/Ask for 0\.75 or less\.$/);
  });

  it('ends with the signal’s reason in the second round', async () => {
    const abort = new AbortController();
    const running = prune(
      pruneChannels,
      { rounds: 2, stepsPerRound: 10 },
      {
        signal: abort.signal,
        progress: ({ stage }) => {
          if (stage.startsWith('Round 2')) abort.abort(new Error('enough'));
        },
      },
    );
    await expect(running).rejects.toThrow('enough');
    expect(inference.sessions.open).toBe(0);
  });
});
