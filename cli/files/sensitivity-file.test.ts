/**
 * The file that a measurement of layers continues from. `runtime/node/measure-sensitivity.test.ts` tests that it
 * measures nothing again.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { Sensitivity } from '../../src/engine/search/sensitivity';
import { InputFiles } from './input-files';
import { readMeasured, writeMeasured } from './sensitivity-file';
import { runHere } from '../testing/run-here';

const folder = mkdtempSync(join(tmpdir(), 'pareto-sensitivity-'));
afterAll(() => rmSync(folder, { recursive: true }));

const basis = { model: 'ab12', technique: '4-bit-weights', dimensions: {} };
const found: Sensitivity = {
  technique: 'quantize-weights',
  bits: 4,
  metric: 'sqnr',
  layers: [{ path: 'graph/conv', op: 'Conv', local: { sqnrDb: 30 }, output: { sqnrDb: 20, kl: null } }],
  count: 2,
  baseline: { sqnrDb: 10, kl: null },
  samples: 32,
  inputs: 'data',
  isOver: false,
  ms: 12,
};

it('continues a file of the same model, data and technique only', () => {
  const path = join(folder, 'layers.json');
  expect(() => readMeasured(path, basis)).toThrow(/no .*layers\.json to continue\. Leave out --resume/);
  writeMeasured(path, found, basis, new InputFiles());
  expect(readMeasured(path, basis)).toEqual(found);
  expect(() => readMeasured(path, { ...basis, model: 'cd34', technique: 'float16' })).toThrow(
    /measured with another model, another technique\. Leave out --resume/,
  );
  writeFileSync(path, '[]');
  expect(() => readMeasured(path, basis)).toThrow('This is not a sensitivity document');
});

it('asks for the file that --resume goes on from, before anything is read', async () => {
  const asked = await runHere(fileURLToPath(new URL('..', import.meta.url)), 'sensitivity', 'm.onnx', '--resume');
  expect(asked).toMatchObject({ status: 2, stderr: expect.stringContaining('the file of -o') as string });
});
