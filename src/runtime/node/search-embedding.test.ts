/** A search on a model that gives embeddings: what it loses is cosine and neighbors, and limits are on these. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../engine/data/open-dataset';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { MemorySource } from '../../engine/onnx/byte-source';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { openModel } from '../../engine/recipe/open-model';
import { usualGoal, type SearchLimits } from '../../engine/search/search-goal';
import { afterEvent, resultOf, type SearchState } from '../../engine/search/search-journal';
import { createSeededRandom } from '../../engine/seeded-random';
import { runSearch } from '../search/run-search';
import { createNodePictureDecoder } from './node-picture-decoder';
import { createInProcessSearchHost } from './testing/in-process-search-host';

const [inputs, hidden, width] = [64, 128, 128];

/** Pictures of 64 pixels to vectors of length 1. */
function encoder(): Uint8Array<ArrayBuffer> {
  const random = createSeededRandom(11);
  const numbers = (count: number, scale: number) => Array.from({ length: count }, () => scale * (random.next() - 0.5));
  return joinParts(
    encodeModel(
      model(
        graph({
          inputs: [valueInfo('pixels', ['n', inputs])],
          outputs: [valueInfo('y', ['n', width])],
          initializers: [
            floatTensor('w1', [inputs, hidden], numbers(inputs * hidden, 0.1)),
            floatTensor('w2', [hidden, width], numbers(hidden * width, 0.3)),
          ],
          nodes: [
            node('MatMul', ['pixels', 'w1'], ['h']),
            node('Relu', ['h'], ['r']),
            node('MatMul', ['r', 'w2'], ['vector']),
            node('LpNormalization', ['vector'], ['y'], { axis: -1n, p: 2n }),
          ],
        }),
      ),
    ),
  );
}

interface Asked {
  readonly limits?: Partial<SearchLimits>;
  readonly outputs?: DataMapping['outputs'];
}

/** Searches until two recipes are evaluated. */
async function search({ limits = {}, outputs }: Asked = {}) {
  const controller = new AbortController();
  const { signal } = controller;
  const host = createInProcessSearchHost(signal);
  const bytes = encoder();
  const name = 'encoder.onnx';
  const file = new URL('../../../public/samples/digits-evaluation.npz', import.meta.url);
  const source = new MemorySource(new Uint8Array(readFileSync(file)));
  const dataset = await openDataset([{ path: 'digits-evaluation.npz', source }], {
    decoder: createNodePictureDecoder(),
    context: host,
  });
  const [images] = dataset.description.fields.filter(({ shape }) => shape.reduce((a, b) => a! * b!, 1) === inputs);
  const mapping = { inputs: { pixels: { array: images!.name } }, labels: null, ...(outputs && { outputs }) };
  let state: SearchState | null = null;
  const running = runSearch(
    host,
    {
      opened: openModel({ name, source: new MemorySource(bytes), sha256: '', findData: () => undefined }),
      original: { model: new Blob([bytes]), name, externalData: [] },
      goal: {
        ...usualGoal,
        limits: { ...usualGoal.limits, ...limits },
        budgetMs: 600_000,
        techniques: ['weights-8', 'weights-4'],
      },
      data: { dataset, mapping, indices: Array.from({ length: 400 }, (_, index) => index), calibration: null },
      threads: 1,
      freeDimensions: {},
      basis: 'encoder',
      from: null,
    },
    {
      event(event) {
        state = afterEvent(state, event);
        const evaluated = state.candidates.filter(({ loss }) => loss !== undefined);
        if (evaluated.length === state.candidates.length) controller.abort(new DOMException('Enough.', 'AbortError'));
      },
      progress: () => undefined,
    },
  );
  await running.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return resultOf(state! as SearchState);
}

describe('a search on embeddings', () => {
  it('reports losses as cosine, and keeps the usual limit for it', async () => {
    const { outputs, candidates, best, nearestMiss } = await search();
    expect(outputs).toEqual([{ name: 'y', kind: 'embedding', reason: 'the graph scales its vectors to length 1' }]);
    const [eight, four] = ['weights-8', 'weights-4'].map((id) => candidates.find((each) => each.id === id)!);
    expect(eight!.loss).toMatchObject({ of: 'cosine', kind: 'embedding', samples: 400 });
    expect(eight!.screening).toMatchObject({ klDivergence: null });
    // Eight bits hardly turn a vector, four bits do.
    expect(eight!.loss!.value).toBeLessThan(0.0005);
    expect(four!.loss!.value).toBeGreaterThan(0.002);
    expect(eight!.screening!.cosineLoss).toBeCloseTo(eight!.loss!.value, 4);
    expect(four!.loss!.figures!.neighborLoss!.value).toBeGreaterThan(eight!.loss!.figures!.neighborLoss!.value);
    expect({ best, nearestMiss }).toEqual({ best: 'weights-8', nearestMiss: null });
  });

  it('keeps explicit limits, in dB too, and takes a smaller one within them', async () => {
    const wide = await search({ limits: { cosineLoss: 0.05 } });
    expect(wide.best).toBe('weights-4');
    const near = await search({ limits: { cosineLoss: 0.05, sqnrDb: 30 } });
    expect(near.best).toBe('weights-8');
    const none = await search({ limits: { sqnrDb: 80 } });
    expect(none).toMatchObject({ best: null, nearestMiss: { limit: 'sqnrDb', allowed: 80 } });
  });

  it('compares outputs as the kind that a person chose, and refuses limits of other kinds', async () => {
    const { outputs, candidates } = await search({ outputs: { y: 'scores' } });
    expect(outputs).toEqual([{ name: 'y', kind: 'scores', reason: 'you set it' }]);
    expect(candidates.map(({ loss }) => loss?.of)).toEqual(['answers', 'answers']);
    await expect(search({ outputs: { y: 'scores' }, limits: { neighborLoss: 0.01 } })).rejects.toThrow(
      'The limit neighborLoss needs an output of the kind embedding',
    );
  });
});
