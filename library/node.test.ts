/** The library's entry for Node, against the sources: the same bytes and documents as the command line. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../cli/testing/run-here';
import * as page from './browser';
import * as bare from './index';
import {
  benchmark,
  compile,
  diff,
  evaluate,
  inspect,
  isParetoError,
  optimize,
  passes,
  search,
  type ModelSource,
} from './node';

const root = fileURLToPath(new URL('..', import.meta.url));
const sample = (name: string) => readFileSync(join(root, 'public/samples', name));
const model = sample('digits-mlp.onnx');
const files = { 'digits-evaluation.npz': sample('digits-evaluation.npz') };
const recipe = [{ pass: 'simplify' }, { pass: 'quantize-weights', options: { bits: '4' } }];

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pareto-library-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('optimize', () => {
  it('writes the bytes and the document of the command line, and leaves the model as it is', async () => {
    const before = Uint8Array.from(model);
    const stages: string[] = [];
    const {
      model: bytes,
      externalData,
      report,
    } = await optimize(
      { bytes: model, name: 'digits-mlp.onnx' },
      { recipe, data: { files }, samples: 32, onProgress: ({ stage }) => stages.push(stage) },
    );
    const output = join(folder, 'variant.onnx');
    const given = ['--pass', 'simplify', '--pass', 'quantize-weights', '--set', 'bits=4', '--samples', '32', '--json'];
    const data = ['--data', 'public/samples/digits-evaluation.npz'];
    const { stdout } = await runHere(
      root,
      'optimize',
      'public/samples/digits-mlp.onnx',
      '-o',
      output,
      ...given,
      ...data,
    );
    const printed = JSON.parse(stdout) as typeof report;
    expect(Buffer.from(bytes).equals(readFileSync(output))).toBe(true);
    expect(externalData).toEqual({});
    expect(withoutTimes(report.passes)).toEqual(withoutTimes(printed.passes));
    expect(report).toMatchObject({ model: printed.model, sizeBytes: printed.sizeBytes, data: printed.data });
    expect(stages).toContain('Writing the variant');
    expect(Uint8Array.from(model)).toEqual(before);
  });

  it('takes paths, buffers and blobs, and numbers for numbers', async () => {
    const path = join(root, 'public/samples/digits-mlp.onnx');
    const steps = [{ pass: 'quantize-weights', options: { bits: 8 } }];
    const [expected, ...others] = await Promise.all(
      [model, path, new Uint8Array(model).buffer, new Blob([new Uint8Array(model)])].map((each) =>
        optimize(each, { recipe: steps }),
      ),
    );
    for (const each of others) expect(each.model).toEqual(expected!.model);
    const data = { files: join(root, 'public/samples/digits-evaluation.npz') };
    expect((await evaluate(path, { data, limit: 50 })).metrics['top1']!.value).toBeGreaterThan(0.9);
  });

  it('leaves the calling thread free, and reports one share that rises to 1', async () => {
    const shares: number[] = [];
    const before = performance.eventLoopUtilization();
    await optimize(model, { goal: 'smaller', onProgress: ({ share }) => shares.push(share) });
    // The thread works meanwhile, and this one waits.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.length).toBeGreaterThan(3);
  });

  it('gives the same bytes in the engine alone for passes that run no model', async () => {
    const steps = [{ pass: 'quantize-dynamic' }];
    const [alone, withRuntime] = [
      await bare.optimize(model, { recipe: steps }),
      await optimize(model, { recipe: steps }),
    ];
    expect(alone.model).toEqual(withRuntime.model);
    expect(alone.report.passes[0]!.changes.length).toBeGreaterThan(0);
  });

  it('chooses passes by a goal, and a safer recipe if the output error exceeds the limit', async () => {
    const { report } = await optimize(model, { goal: 'smaller', sqnrDb: 200 });
    expect(report.leftOut!.length).toBeGreaterThan(0);
    expect(report.passes.map(({ id }) => id)).not.toContain('quantize-weights');
    const first = await optimize(model, { goal: 'smaller', sqnrDb: 0 });
    expect(first.report.passes.map(({ id }) => id)).toContain('quantize-weights');
    expect(first.report).not.toHaveProperty('leftOut');
  });

  it('refuses a pass without the data that it needs, unless it may do without', async () => {
    const steps = [{ pass: 'quantize-static' }];
    await expect(optimize(model, { recipe: steps })).rejects.toMatchObject({ code: 'data/missing' });
    const { report } = await optimize(model, { recipe: steps, withoutData: true });
    expect(report.passes[0]!.refusals[0]!.code).toBe('no-data');
  });
});

describe('evaluate and benchmark', () => {
  it('evaluates as the command line does', async () => {
    const options = { against: { bytes: model, name: 'digits-mlp.onnx' }, data: { files }, limit: 100 };
    const result = await evaluate({ bytes: model, name: 'digits-mlp.onnx' }, options);
    const given = ['--against', 'public/samples/digits-mlp.onnx', '--data', 'public/samples/digits-evaluation.npz'];
    const { stdout } = await runHere(
      root,
      ...['evaluate', 'public/samples/digits-mlp.onnx', ...given, '--limit', '100', '--json'],
    );
    const timed = { ms: 0, throughput: { runMs: 0, samplesPerSecond: 0 } };
    // The verdict names how long more samples take, which is a time too.
    const comparable = (document: object): string =>
      JSON.stringify({ ...document, ...timed }).replaceAll(/"seconds":\d+|\(\d+ s\)/g, '(time)');
    expect(comparable(result)).toBe(comparable(JSON.parse(stdout) as object));
    expect(result.outputMatch!.identical).toBe(true);
  });

  it('measures a variant in turns with the original', async () => {
    const { model: variant } = await optimize(model, { recipe });
    const { cells, comparison, models, failures } = await benchmark(model, { variant, budget: 'quick' });
    expect(cells.map((cell) => cell.variant)).toEqual(['original', 'variant.onnx']);
    expect(comparison).toHaveLength(1);
    expect(models.map(({ sha256 }) => sha256.length)).toEqual([64, 64]);
    expect(failures).toEqual([]);
  });

  it('evaluates a model that is called "original" against another', async () => {
    const { model: variant } = await optimize(model, { recipe });
    const named = { bytes: variant, name: 'original' };
    const { outputMatch } = await evaluate(named, { against: model, data: { files }, limit: 20 });
    expect(outputMatch!.identical).toBe(false);
  });
});

describe('measurements', () => {
  it('wait for each other, also behind one that is stopped', async () => {
    const told: string[] = [];
    const controller = new AbortController();
    // A call says that it is done after the next one may measure.
    const measure = (id: string, signal?: AbortSignal) =>
      evaluate(model, {
        data: { files },
        limit: 20,
        signal,
        onProgress: ({ stage }) => void (stage === 'Done' || told.push(id)),
      });
    const stopped = measure('stopped', controller.signal);
    const others = [measure('first'), measure('second')];
    controller.abort('enough');
    await expect(stopped).rejects.toBe('enough');
    await Promise.all(others);
    expect(told.length).toBeGreaterThan(2);
    expect(told.filter((id, at) => at > 0 && id !== told[at - 1])).toHaveLength(1);
  });
});

describe('search', () => {
  it('recommends a model with its recipe, which gives the same bytes again', async () => {
    const { best, report } = await search(model, { techniques: ['weights-8'], budgetMs: 20_000, data: { files } });
    expect(report.best).not.toBeNull();
    expect(best!.model.length).toBeLessThan(model.length);
    const again = await optimize(model, { recipe: best!.recipe, withoutData: true });
    expect(again.model).toEqual(best!.model);
  });
});

describe('compile', () => {
  it('makes the files and the report of the command line', async () => {
    const stages: string[] = [];
    const { files: made, report } = await compile(
      { bytes: model, name: 'digits-mlp.onnx' },
      { target: 'simd', data: { files }, onProgress: ({ stage }) => stages.push(stage) },
    );
    const output = join(folder, 'compiled');
    const given = ['--target', 'simd', '--data', 'public/samples/digits-evaluation.npz', '--json'];
    const { stdout } = await runHere(root, 'compile', 'public/samples/digits-mlp.onnx', '-o', output, ...given);
    expect(report).toEqual(JSON.parse(stdout));
    expect(Object.keys(made)).toEqual(['model.wasm', 'model.mjs', 'model.d.ts', 'example.html', 'report.json']);
    for (const [name, bytes] of Object.entries(made)) {
      expect(Buffer.from(bytes).equals(readFileSync(join(output, name))), name).toBe(true);
    }
    expect(stages).toContain('Comparing outputs with the model');
  });
});

describe('inspect, diff and passes', () => {
  it('describe the contents of a model alike in every entry', async () => {
    const inspection = await inspect(model, { dimensions: {} });
    expect(inspection).toEqual(await bare.inspect(model));
    expect(inspection.file).toMatchObject({ name: 'model.onnx', sizeBytes: model.length });
  });

  it('compares models', async () => {
    expect(await diff(model, model)).toMatchObject({ changed: [], onlyA: [], onlyB: [], model: [] });
    const { model: variant } = await bare.optimize(model, { recipe: [{ pass: 'quantize-dynamic' }] });
    expect((await bare.diff(model, variant)).onlyB.length).toBeGreaterThan(0);
  });

  it('lists passes with options as plain data', () => {
    const record = passes.find(({ id }) => id === 'quantize-weights')!;
    expect(record.options['bits']).toMatchObject({
      kind: 'choice',
      values: expect.arrayContaining(['4', '8']) as unknown,
    });
    expect(structuredClone(passes)).toEqual(passes);
  });
});

describe('mistakes', () => {
  const wrong = (value: unknown) => value as ModelSource;
  it.each([
    ['input/missing', () => inspect('missing.onnx')],
    ['input/no-paths', () => bare.inspect('model.onnx')],
    ['input/not-bytes', () => inspect(wrong([model]))],
    ['input/not-bytes', () => inspect(wrong({ bytes: model, externalData: { 'w.bin': 'text' } }))],
    ['input/not-bytes', () => evaluate(model, { data: { files: { 'a.npz': wrong('text') as Uint8Array } } })],
    ['format/text', () => inspect(new TextEncoder().encode('{ "no": "model" }'))],
    ['options/unknown', () => optimize(model, { recipe, goals: 'smaller' } as object as { recipe: typeof recipe })],
    ['options/invalid', () => optimize(model, {} as { recipe: typeof recipe })],
    ['options/invalid', () => optimize(model, undefined as never)],
    ['options/invalid', () => evaluate(model, {} as never)],
    ['options/invalid', () => optimize(model, { goal: 'fame' as 'smaller' })],
    ['options/invalid', () => optimize('read after the options', { goal: 'smaller', samples: 0 })],
    ['options/invalid', () => optimize('read after the options', { goal: 'fame' as 'smaller' })],
    ['options/invalid', () => inspect(model, null as never)],
    ['options/invalid', () => benchmark(model, { eps: [] })],
    ['options/invalid', () => benchmark(model, { eps: 'wasm' as never })],
    ['options/invalid', () => benchmark(model, { eps: ['native'], perNode: true })],
    ['options/invalid', () => inspect(model, { dimensions: { nonsense: 1 } })],
    ['options/invalid', () => inspect(model, { dimensions: { batch: '1' as never } })],
    ['options/invalid', () => inspect(model, { dimensions: 5 as never })],
    ['options/invalid', () => inspect(model, { signal: new AbortController() as never })],
    ['options/invalid', () => inspect(model, { onProgress: 'print' as never })],
    ['options/invalid', () => inspect({ bytes: model, name: 5 as never })],
    ['options/invalid', () => search(model, { limits: null as never })],
    ['options/invalid', () => evaluate(model, { data: 'photos/' as never })],
    ['options/invalid', () => evaluate(model, { data: { 'test.npz': files } as never })],
    ['runtime/no-worker', () => page.inspect(model)],
    ['options/invalid', () => search(model, { seed: -1 })],
    ['recipe/unknown-pass', () => optimize(model, { recipe: [{ pass: 'magic' }] })],
    ['options/unknown', () => bare.optimize(model, { recipe: [{ pass: 'simplify', options: { depth: 1 } }] })],
    ['options/invalid', () => compile(model, { target: 'fast' as 'simd' })],
    ['compile/refused', () => compile(sample('writer.onnx'))],
    ['options/limit', () => search(model, { limits: { size: 1 } as object })],
    ['mapping/invalid', () => evaluate(model, { data: { files, mapping: { inputs: 1 } as never } })],
    ['data/empty', () => evaluate(model, { data: { files: {} } })],
  ])('%s', async (code, call) => {
    const error = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isParetoError(error)).toBe(true);
    expect(error).toMatchObject({ code });
  });

  it('rejects with the reason of the signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(optimize(model, { recipe, signal })).rejects.toThrow('enough');
    const controller = new AbortController();
    const stopped = search(model, {
      budgetMs: 60_000,
      signal: controller.signal,
      onProgress: () => controller.abort('soon'),
    });
    await expect(stopped).rejects.toBe('soon');
  });
});

function withoutTimes(reports: readonly { readonly ms: number }[]): readonly object[] {
  return reports.map(({ ms: _ms, ...report }) => report);
}
