/** `--browser`: the command line evaluates and measures models in the built app. Evaluations are those of Node. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { grayPng } from '../cli/testing/brightness.ts';
import type { SweepPoint } from '../src/engine/profiling/sweep.ts';
import { pareto } from './support/command-line';
import { sample, sampleFile } from './support/samples';
import { expect, test } from './support/test';

interface Evaluated {
  readonly samples: number;
  readonly skipped: number;
  readonly skippedSamples: readonly { readonly place: string }[];
  readonly ep: string;
  readonly batch: number;
  readonly metrics: Readonly<Record<string, { readonly value: number }>>;
  readonly classes?: { readonly names: readonly string[]; readonly confusion: readonly (readonly number[])[] };
  readonly data: { readonly fingerprint: string };
  readonly against?: { readonly metrics: Evaluated['metrics']; readonly difference?: { readonly value: number } };
  readonly outputMatch?: { readonly identical: boolean };
  readonly mapping: unknown;
}

const digits = sample('digits-mlp');
const { evaluation, recorded } = digits.data!;
const { correct, total } = recorded.evaluationTop1;
const evaluate = (...given: readonly string[]) => pareto<Evaluated>('evaluate', ...given);
const onDigits = (...given: readonly string[]) =>
  evaluate(digits.path, '--data', sampleFile(evaluation.file), ...given);

let folder = '';
test.beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pareto-evaluate-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('gives the document of Node on WebAssembly, to the last figure', async () => {
  const here = await onDigits();
  const there = await onDigits('--browser');
  expect(there.metrics.top1!.value).toBe(correct / total);
  const { samples, skipped, metrics, classes, data, mapping, batch, ep } = here;
  expect(there).toMatchObject({ samples, skipped, metrics, classes, data, mapping, batch, ep });
  expect(Object.keys(there)).toEqual(Object.keys(here));
});

test('finds the recorded accuracy on WebGPU', async () => {
  const ep = 'webgpu';
  const result = await onDigits('--browser', '--ep', ep);
  expect(result).toMatchObject({ ep, samples: total, skipped: 0, metrics: { top1: { value: correct / total } } });
});

test('compares a variant on WebNN, on the samples that are asked for', async () => {
  const ep = 'webnn-cpu';
  const compared = ['--against', digits.path, '--limit', '50', '--seed', '3'];
  const there = await onDigits(...compared, '--browser', '--ep', ep);
  const difference = { value: 0 };
  expect(there).toMatchObject({ ep, samples: 50, outputMatch: { identical: true }, against: { difference } });
  expect(there.classes).toEqual((await onDigits(...compared)).classes);
});

test('finds classes in the folders of the disk, and names skipped files', async () => {
  const { data } = sample('fashion-cnn');
  expect(data).toBeDefined();
  for (const [name, shade] of [
    ['dark', 10],
    ['light', 240],
  ] as const) {
    mkdirSync(path.join(folder, 'pictures', name), { recursive: true });
    for (let index = 0; index < 6; index++) {
      const picture = grayPng(28, shade + index);
      writeFileSync(
        path.join(folder, 'pictures', name, `${index}.png`),
        picture.subarray(0, index === 4 ? 50 : undefined),
      );
    }
  }
  const given = [sample('fashion-cnn').path, '--data', path.join(folder, 'pictures'), '--preset', 'none'];
  const there = await evaluate(...given, '--browser');
  const { samples, skippedSamples, metrics, classes } = await evaluate(...given);
  expect(there).toMatchObject({ samples, skippedSamples, metrics, classes });
  expect(there).toMatchObject({ samples: 10, skipped: 2 });
  expect(there.skippedSamples[0]?.place).toContain('dark/4.png');
});

test('says in a sentence why the page could not do it', async () => {
  const broken = path.join(folder, 'broken');
  for (const name of ['a', 'b']) {
    mkdirSync(path.join(broken, name), { recursive: true });
    writeFileSync(path.join(broken, name, '0.png'), grayPng(28, 0).subarray(0, 50));
  }
  const failed = evaluate(sample('fashion-cnn').path, '--data', broken, '--preset', 'none', '--browser');
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^None of the 2 samples of broken can be used\. The first: .*\n$/) as unknown,
  });
});

test('measures a model over the values of a setting', async () => {
  interface Measured {
    readonly cells: readonly object[];
    readonly sweep: readonly SweepPoint[];
  }
  const { cells, sweep } = await pareto<Measured>('benchmark', digits.path, '--browser', '--sweep', 'batch=1,4');
  expect(cells).toHaveLength(1);
  expect(sweep.map(({ axis, value }) => `${axis} ${value}`)).toEqual(['batch 1', 'batch 4']);
});
