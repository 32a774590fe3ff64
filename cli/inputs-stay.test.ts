/** No command writes over what it reads, and a folder is written whole or not at all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeLargeModel } from '../src/runtime/testing/large-model';
import { brightnessModel, makePictures } from './testing/brightness';
import { runHere } from './testing/run-here';

const program = fileURLToPath(new URL('pareto.mjs', import.meta.url));
const sample = (name: string) => fileURLToPath(new URL(`../public/samples/${name}`, import.meta.url));
let folder = '';
const inFolder = (name: string) => join(folder, name);
const pareto = (...given: readonly string[]) => runHere(folder, ...given);
const simplify = ['--pass', 'simplify'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-inputs-'));
  copyFileSync(sample('digits-mlp.onnx'), inFolder('digits.onnx'));
  copyFileSync(sample('digits-calibration.npz'), inFolder('digits.npz'));
  writeFileSync(inFolder('light.onnx'), brightnessModel());
  makePictures(inFolder('photos'));
  const recipe = { version: 1, seed: 0, steps: [{ pass: 'simplify', enabled: true, options: {} }] };
  writeFileSync(inFolder('recipe.json'), JSON.stringify(recipe));
  writeFileSync(inFolder('budget.json'), '{"sizeBytes": 1000000}');
  writeFileSync(inFolder('classes.txt'), 'dark\nlight\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an output that names an input', () => {
  const digits = ['digits.onnx', '--data', 'digits.npz'];
  it.each([
    ['digits.npz', ['optimize', ...digits, ...simplify, '-o', 'digits.npz']],
    ['digits.npz', ['optimize', ...digits, ...simplify, '-o', './photos/../digits.npz']],
    ['digits.npz', ['sensitivity', ...digits, '-o', 'digits.npz']],
    ['digits.npz', ['benchmark', ...digits, '--trace', 'digits.npz']],
    ['recipe.json', ['optimize', 'digits.onnx', '--recipe', 'recipe.json', '-o', 'recipe.json']],
    [
      'classes.txt',
      ['optimize', 'light.onnx', '--data', 'photos', '--classes', 'classes.txt', ...simplify, '-o', 'classes.txt'],
    ],
    ['photos/dark/0.png', ['optimize', 'light.onnx', '--data', 'photos', ...simplify, '-o', 'photos/dark/0.png']],
    ['light.onnx', ['check', 'digits.onnx', 'light.onnx', '--budget', 'budget.json', '--junit', 'light.onnx']],
    ['budget.json', ['check', 'digits.onnx', '--budget', 'budget.json', '--markdown', 'budget.json']],
    ['recipe.json', ['search', 'digits.onnx', '--data', 'digits.npz', '--mapping', 'recipe.json', '-o', '.']],
    ['light.onnx', ['roundtrip', 'light.onnx', '-o', 'light.onnx']],
  ])('is refused, and %s stays: %j', async (name, line) => {
    const mapping = { inputs: { features: { array: 'features' } }, labels: null };
    if (line[0] === 'search') writeFileSync(inFolder(name), JSON.stringify(mapping));
    const before = readFileSync(inFolder(name));
    const names = readdirSync(folder).sort();
    const { status, stdout, stderr } = await pareto(...line);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`${line.at(-1) === '.' ? name : line.at(-1)!} is an input of this command`);
    expect(readFileSync(inFolder(name)).equals(before)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(names);
  });

  it('is refused for a teacher, a mapping, a zip of pictures and data of a model', async () => {
    await pareto('optimize', 'digits.onnx', ...simplify, '-o', 'split.onnx', '--external-data');
    expect((await pareto('roundtrip', 'split.onnx', '-o', 'split.onnx.data')).stderr).toContain('is an input');
    copyFileSync(inFolder('digits.onnx'), inFolder('teacher.onnx'));
    const train = ['--pass', 'fine-tune', '--teacher', 'teacher.onnx', '--data', 'digits.npz'];
    expect((await pareto('optimize', 'digits.onnx', ...train, '-o', 'teacher.onnx')).stderr).toContain('is an input');
    const picture = readFileSync(inFolder('photos/dark/0.png'));
    writeFileSync(inFolder('photos.zip'), zipSync({ 'dark/0.png': picture, 'light/1.png': picture }));
    const bundled = ['bundle', 'light.onnx', '--data', 'photos.zip', '--targets', 'triton', '-o', 'photos.zip'];
    expect(await pareto(...bundled)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is an input') as string,
    });
  });

  it('may be beside the data, also a second time', async () => {
    copyFileSync(inFolder('light.onnx'), inFolder('photos/light.onnx'));
    for (let run = 0; run < 2; run++) {
      const line = ['optimize', 'photos/light.onnx', '--data', 'photos', ...simplify, '-o', 'photos/out.onnx'];
      expect(await pareto(...line)).toMatchObject({ status: 0, stderr: '' });
    }
  });
});

it('makes the folder that a search writes, with those above it', async () => {
  const line = ['search', 'digits.onnx', '--data', 'digits.npz', '--technique', 'float16', '--budget-s', '1'];
  expect(await pareto(...line, '-o', 'new/found')).toMatchObject({ status: 0 });
  expect(readdirSync(inFolder('new/found'))).toContain('search.json');
});

describe('a recipe that needs data, without any', () => {
  const quantize = ['optimize', 'digits.onnx', '-o', 'out.onnx', '--pass', 'quantize-static'];

  it('is refused, unless it is said that there is none', async () => {
    const refused = await pareto(...quantize);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('quantize-static needs data, and there is none. Name it with --data');
    expect(existsSync(inFolder('out.onnx'))).toBe(false);
    expect(await pareto(...quantize, '--without-data')).toMatchObject({ status: 0 });
    expect(await pareto(...quantize, '--without-data', '--data', 'digits.npz')).toMatchObject({ status: 2 });
  });

  it('is refused before it runs if it was made with data', async () => {
    const recipe = {
      version: 1,
      seed: 0,
      steps: [{ pass: 'quantize-weights', enabled: true, options: {} }],
      data: {
        mapping: { inputs: { features: { array: 'features' } }, labels: null },
        split: { seed: 0, calibration: 16, evaluation: null },
      },
    };
    writeFileSync(inFolder('made.json'), JSON.stringify(recipe));
    const line = ['optimize', 'digits.onnx', '-o', 'out.onnx', '--recipe', 'made.json'];
    const refused = await pareto(...line);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('The recipe was made with data, and there is none.');
    expect(await pareto(...line, '--without-data')).toMatchObject({ status: 0 });
  });
});

describe('a folder of a bundle', () => {
  const bundle = (path: string) => pareto('bundle', 'digits.onnx', '--targets', 'triton', '-o', path);

  it('is made with its parents, also if an empty one exists', async () => {
    expect(await bundle('new/deploy')).toMatchObject({ status: 0 });
    mkdirSync(inFolder('empty'));
    expect(await bundle('empty')).toMatchObject({ status: 0 });
    const listed = (name: string) => readdirSync(inFolder(name), { recursive: true }).map(String).sort();
    expect(listed('empty')).toEqual(listed('new/deploy'));
    expect(listed('empty').some((name) => name.includes('.part'))).toBe(false);
    expect((await bundle('empty')).stderr).toContain('empty exists and is not empty');
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('is there for the next run after %s', async (signal) => {
    writeLargeModel(inFolder('large.onnx'), 2 ** 27, 16);
    const child = spawn(
      process.execPath,
      [program, 'bundle', 'large.onnx', '--targets', 'triton', '-o', 'new/deploy'],
      {
        cwd: folder,
      },
    );
    const ended = once(child, 'close');
    const target = inFolder('new/deploy');
    const hasBegun = (): boolean => existsSync(target) && readdirSync(target).length > 0;
    await vi.waitUntil(hasBegun, { timeout: 250_000, interval: 2 });
    child.kill(signal);
    await ended;
    expect(existsSync(inFolder('new'))).toBe(signal === 'SIGKILL');
    expect(await bundle('new/deploy')).toMatchObject({ status: 0 });
    expect(readdirSync(target).some((name) => name.startsWith('.'))).toBe(false);
  });
});
