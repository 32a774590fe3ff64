/** `pareto compile`, on samples that ship. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompileReport } from '../src/runtime/compiled/compile-files';
import { runHere, type Ran } from './testing/run-here';
import { writeSampledModel } from './testing/sampled-model';

interface Loaded {
  run(feeds: unknown): Readonly<Record<string, Float32Array>>;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

const sample = (name: string) => join(fileURLToPath(new URL('..', import.meta.url)), 'public/samples', name);
const digits = sample('digits-mlp.onnx');
const folder = mkdtempSync(join(tmpdir(), 'pareto-compile-'));
const pareto = (...given: readonly string[]) => runHere(folder, 'compile', ...given);
const load = async (name: string): Promise<Loaded> => {
  const script = (await import(/* @vite-ignore */ pathToFileURL(join(folder, name, 'model.mjs')).href)) as {
    load(): Promise<Loaded>;
  };
  return script.load();
};

let made: Ran;
beforeAll(async () => {
  made = await pareto(digits, '-o', 'out', '--json');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('pareto compile', () => {
  it('prints the report that it writes', () => {
    expect(made.status).toBe(0);
    expect(JSON.parse(made.stdout)).toEqual(JSON.parse(readFileSync(join(folder, 'out/report.json'), 'utf8')));
    expect(JSON.parse(made.stdout)).toMatchObject({ checkedOn: { samples: 3, inputs: 'random' } });
  });

  it('puts one build into the script, and checks it on data', async () => {
    const data = ['--data', sample('digits-calibration.npz')];
    const { status, stdout } = await pareto(digits, '-o', 'inline', '--inline', '--target', 'simd', ...data, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ builds: [{ build: 'simd' }], checkedOn: { inputs: 'data' } });
    expect(readdirSync(join(folder, 'inline')).sort()).toEqual([
      ...['example.html', 'model.d.ts', 'model.mjs', 'report.json'],
    ]);
  });

  it('checks a build that this engine cannot run by the plain build, and names it', async () => {
    const { status, stdout } = await pareto(digits, '-o', 'relaxed', '--target', 'relaxed', '--json');
    expect(status).toBe(0);
    const { sqnrDb, checkedOn, builds } = JSON.parse(stdout) as CompileReport;
    expect(sqnrDb).toBeGreaterThan(100);
    expect(builds.map(({ build }) => build)).toEqual(['relaxed']);
    const bytes = readFileSync(join(folder, 'relaxed/model.wasm'));
    expect(checkedOn.notRun).toEqual(WebAssembly.validate(bytes) ? [] : ['relaxed']);
  });

  it('ends with 1 and names an operator that is missing, and writes nothing', async () => {
    const path = join(folder, 'sampled.onnx');
    writeSampledModel(path);
    const { status, stderr } = await pareto(path, '-o', 'sampled');
    expect(status).toBe(1);
    expect(stderr).toContain('GridSample');
    expect(readdirSync(folder)).not.toContain('sampled');
  });

  it('leaves a folder that exists as it is', async () => {
    const { status, stderr } = await pareto(digits, '-o', 'out');
    expect(status).not.toBe(0);
    expect(stderr).toContain('out');
  });
});

describe('model.mjs', () => {
  it('computes the same in each instance and each run', async () => {
    const [first, second] = [await load('out'), await load('out')];
    const [{ name, shape }] = first.inputs as [Loaded['inputs'][0]];
    const length = shape.reduce((product, size) => product * size, 1);
    const feeds = { [name]: Float32Array.from({ length }, (_, index) => index / length) };
    const expected = first.run(feeds);
    second.run({ [name]: new Float32Array(length) });
    expect(first.run(feeds)).toEqual(expected);
    expect(second.run(feeds)).toEqual(expected);
  });

  it('refuses inputs of other names, types and lengths with a sentence', async () => {
    const loaded = await load('out');
    const { name } = loaded.inputs[0]!;
    expect(() => loaded.run(undefined)).toThrow('The inputs must be an object');
    expect(() => loaded.run({ other: new Float32Array(1) })).toThrow('The model has no input "other".');
    expect(() => loaded.run({})).toThrow(`The input "${name}" is missing.`);
    expect(() => loaded.run({ [name]: [1] })).toThrow('must be a Float32Array');
    expect(() => loaded.run({ [name]: new Float32Array(1) })).toThrow('elements');
  });
});
