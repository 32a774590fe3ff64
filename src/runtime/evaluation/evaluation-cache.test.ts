import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../engine/metrics/evaluation';
import type { EvaluateRequest } from '../jobs/data-calls';
import { EvaluationCache } from './evaluation-cache';

const files = { model: new Blob(['model']), name: 'net.onnx', externalData: [] };

function request(overrides: Partial<EvaluateRequest> = {}): EvaluateRequest {
  return {
    models: ['original', 'variant'].map((id) => ({ id, files, sha256: `sha of ${id}` })),
    ep: 'wasm',
    threads: 1,
    freeDimensions: { batch: 1, length: 8 },
    mapping: { inputs: { a: { array: 'a' }, b: { value: 1 } }, labels: null },
    split: { seed: 1, calibration: 0, evaluation: null },
    ...overrides,
  };
}

function evaluationOf(variant: string, failure?: string): Evaluation {
  const counts = { samples: 1, skipped: 0, skippedSamples: [], batch: 1, threads: 1, runMs: 1, ms: 1 };
  return { variant, ep: 'wasm', accuracy: null, ...counts, ...(failure !== undefined && { failure }) };
}

/** The ids that were run for each request, in turn. */
async function runsOf(...requests: readonly (EvaluateRequest | [string, EvaluateRequest])[]) {
  const cache = new EvaluationCache();
  const runs: string[][] = [];
  for (const each of requests) {
    const [fingerprint, wanted] = Array.isArray(each) ? each : ['data', each as EvaluateRequest];
    const run: string[] = [];
    const results = await cache.of(
      () => Promise.resolve(fingerprint),
      wanted,
      (models) => {
        run.push(...models.map(({ id }) => id));
        const failing = run.includes('failing') ? 'It could not be run.' : undefined;
        return Promise.resolve(models.map(({ id }) => evaluationOf(id, id === 'failing' ? failing : undefined)));
      },
    );
    expect(results.map(({ variant }) => variant)).toEqual(wanted.models.map(({ id }) => id));
    runs.push(run);
  }
  return runs;
}

describe('EvaluationCache', () => {
  it('runs nothing twice, for any order of names in the request', async () => {
    const reordered = request({
      freeDimensions: { length: 8, batch: 1 },
      mapping: { labels: null, inputs: { b: { value: 1 }, a: { array: 'a' } } },
    });
    expect(await runsOf(request(), request(), reordered)).toEqual([['original', 'variant'], [], []]);
  });

  it('runs a new variant with the original beside it, and leaves out those that are known', async () => {
    const more = request({ models: [...request().models, { id: 'new', files, sha256: 'sha of new' }] });
    expect(await runsOf(request(), more)).toEqual([
      ['original', 'variant'],
      ['original', 'new'],
    ]);
  });

  it.each<[string, Partial<EvaluateRequest>]>([
    ['provider', { ep: 'webgpu' }],
    ['threads', { threads: 2 }],
    ['batch', { batch: 4 }],
    ['dimensions', { freeDimensions: { batch: 1, length: 9 } }],
    ['mapping', { mapping: { inputs: { a: { array: 'b' } }, labels: null } }],
    ['labels', { mapping: { ...request().mapping, labels: { array: 'y' } } }],
    ['task', { mapping: { ...request().mapping, task: { kind: 'match' } } }],
    ['split', { split: { seed: 2, calibration: 0, evaluation: null } }],
  ])('runs again with another %s', async (_, change) => {
    const all = ['original', 'variant'];
    expect(await runsOf(request(), request(change))).toEqual([all, all]);
  });

  it('runs again on other data, for another original, and without a fingerprint', async () => {
    const all = ['original', 'variant'];
    expect(await runsOf(['data', request()], ['other data', request()])).toEqual([all, all]);
    const [original, variant] = request().models;
    const other = request({ models: [{ ...original!, sha256: 'another' }, variant!] });
    expect(await runsOf(request(), other)).toEqual([all, all]);
    const unknown = request({ models: request().models.map((model) => ({ ...model, sha256: '' })) });
    expect(await runsOf(unknown, unknown)).toEqual([all, all]);
  });

  it('asks for the fingerprint of the data only if an evaluation can be found again by it', async () => {
    const unasked = () => Promise.reject(new Error('All of the data was read.'));
    const [original, variant] = request().models;
    const unknown = request({ models: [{ ...original!, sha256: '' }, variant!] });
    const evaluate = (models: EvaluateRequest['models']) => Promise.resolve(models.map(({ id }) => evaluationOf(id)));
    expect(await new EvaluationCache().of(unasked, unknown, evaluate)).toHaveLength(2);
    await expect(new EvaluationCache().of(unasked, request(), evaluate)).rejects.toThrow('All of the data was read.');
  });

  it('runs failed evaluations again, and gives a known result under its new name', async () => {
    const [original] = request().models;
    const failing = request({ models: [original!, { id: 'failing', files, sha256: 'f' }] });
    expect(await runsOf(failing, failing)).toEqual([
      ['original', 'failing'],
      ['original', 'failing'],
    ]);
    const renamed = request({ models: [original!, { ...request().models[1]!, id: 'renamed' }] });
    expect(await runsOf(request(), renamed)).toEqual([['original', 'variant'], []]);
  });
});
