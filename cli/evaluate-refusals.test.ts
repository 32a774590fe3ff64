/** Refusals of `evaluate` and `optimize --data`: wrong usage, and data that cannot be used. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brightnessModel, makePictures } from './testing/brightness';
import { runHere } from './testing/run-here';

const sample = (name: string) => fileURLToPath(new URL(`../public/samples/${name}`, import.meta.url));
const digits = sample('digits-mlp.onnx');
const digitData = sample('digits-evaluation.npz');

let folder = '';
const inFolder = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-refusals-'));
  writeFileSync(inFolder('brightness.onnx'), brightnessModel());
  makePictures(inFolder('pictures'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refused = (...given: readonly string[]) => runHere(folder, ...given);

describe('wrong usage', () => {
  beforeAll(() => {
    const data = { mapping: { inputs: {}, labels: null }, split: { seed: 0, calibration: 0, evaluation: null } };
    writeFileSync(inFolder('with-data.json'), JSON.stringify({ version: 1, seed: 0, steps: [], data }));
  });

  it.each([
    [['evaluate', digits], 'The data is missing'],
    [['evaluate', '--data', digitData], 'The model is missing'],
    [['evaluate', digits, '--against', digits, '--variant', digits], '--against or --variant'],
    [['evaluate', digits, '--data', digitData, '--ep', 'webgpu'], 'needs a browser'],
    [['evaluate', digits, '--data', digitData, '--ep', 'cuda'], '--ep must be one of'],
    [['evaluate', digits, '--data', digitData, '--limit', '0'], '--limit must be an integer from 1'],
    [
      ['evaluate', digits, '--data', digitData, '--limit', '-1'],
      '--limit must be an integer from 1 to 4294967295, not “-1”.',
    ],
    [['evaluate', digits, '--data', digitData, '--batch', '1.5'], '--batch must be an integer from 1'],
    [['evaluate', digits, '--data', digitData, '--preset', 'imagenet'], '--preset must be one of'],
    [['evaluate', digits, '--data', digitData, '--preset', 'clip'], 'is for pictures'],
    [['evaluate', digits, '--data', digitData, '--preset', 'clip', '--mapping', 'm.json'], 'not both'],
    [['evaluate', digits, '--data', digitData, '--recipe', 'r.json', '--mapping', 'm.json'], 'not both'],
    [['evaluate', digits, '--data', digitData, '--recipe', 'r.json', '--preset', 'clip'], '--recipe or --preset'],
    [['evaluate', digits, '--data', digitData, '--classes', 'cat,'], 'at least two classes'],
    [['evaluate', digits, '--data', digitData, '--dim', 'nosuch=3'], 'no free dimension “nosuch”'],
    [['optimize', digits, '-o', 'x.onnx', '--recipe', 'with-data.json', '--preset', 'clip'], '--recipe or --preset'],
    [['optimize', digits, '-o', 'x.onnx', '--pass', 'prune-weights', '--samples', '5'], 'Name the data with --data'],
  ])('%j', async (given, message) => {
    const { status, stdout, stderr } = await refused(...given);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['{"inputs": ', 'mapping is a JSON document'],
    ['[]', 'cannot be used'],
    ['{"inputs": {"features": {"aray": "features"}}}', 'cannot be used'],
    ['{"inputs": {"features": {"image": {"width": 1e9}}}}', 'cannot be used'],
  ])('a mapping file with %s', async (text, message) => {
    writeFileSync(inFolder('wrong.json'), text);
    const { status, stdout, stderr } = await refused(
      'evaluate',
      digits,
      '--data',
      digitData,
      '--mapping',
      'wrong.json',
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('data that cannot be used gets exit code 1 and one sentence', () => {
  const bytes = readFileSync(digitData);
  beforeAll(() => {
    mkdirSync(inFolder('empty'));
    mkdirSync(inFolder('texts'));
    writeFileSync(inFolder('texts/readme.md'), '# Nothing here');
    writeFileSync(inFolder('truncated.npz'), bytes.subarray(0, bytes.length >> 1));
    writeFileSync(
      inFolder('corrupt.zip'),
      Uint8Array.from(bytes, (byte, index) => (index > 30 ? byte ^ 0x5a : byte)),
    );
    writeFileSync(inFolder('empty.csv'), '');
    copyFileSync(digits, inFolder('model.npz'));
    writeFileSync(inFolder('elsewhere.json'), '{"inputs": {"pixels": {"array": "features"}}}');
    writeFileSync(inFolder('recipe-without-data.json'), '{"version": 1, "seed": 0, "steps": []}');
  });

  it.each([
    ['no-such-folder', []],
    ['empty', []],
    ['texts', []],
    ['truncated.npz', []],
    ['corrupt.zip', []],
    ['empty.csv', []],
    ['model.npz', []],
    ['/dev/null', []],
    ['pictures', []],
    [digitData, ['--mapping', 'elsewhere.json']],
    [digitData, ['--mapping', 'no-such.json']],
    [digitData, ['--classes', 'a,b,c,d,e,f,g,h,i,j,k']],
    [digitData, ['--leave-out', '797']],
    [digitData, ['--against', 'texts/readme.md']],
    [digitData, ['--against', 'brightness.onnx']],
  ])('%s %j', async (data, more) => {
    const { status, stdout, stderr } = await refused('evaluate', digits, '--data', data, ...more, '--json');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('went wrong inside Pareto');
  });
});
