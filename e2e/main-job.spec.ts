import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Feeds } from '../src/engine/data/feeds.ts';
import type { ExecutionProvider } from '../src/engine/metrics/cell.ts';
import { runModelInNode } from '../src/runtime/node/run-model.ts';
import { pareto } from './support/command-line.ts';
import { collectLongTasks, longTasksMs } from './support/long-tasks.ts';
import { sample } from './support/samples.ts';
import {
  choosePreset,
  copyLink,
  downloadVariant,
  measureEverything,
  openSample,
  reportOfLink,
  runRecipe,
} from './support/studio.ts';
import { expect, test } from './support/test.ts';

const recognizer = sample('ppocr-recognizer');

const providerOfPlacement: Readonly<Partial<Record<ExecutionProvider, string>>> = {
  wasm: 'CPUExecutionProvider',
  webgpu: 'WebGpuExecutionProvider',
  'webnn-cpu': 'WebNNExecutionProvider',
};

interface Optimized {
  readonly variant: { readonly sha256: string; readonly sizeBytes: number };
}

/** Signal to noise of values against a reference, in dB, computed here and not by the program under test. */
function signalToNoiseDb(reference: ArrayLike<number>, values: ArrayLike<number>): number {
  let signal = 0;
  let noise = 0;
  for (let index = 0; index < reference.length; index += 1) {
    const expected = reference[index] ?? NaN;
    signal += expected ** 2;
    noise += (expected - (values[index] ?? NaN)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

test('a sample is quantized, measured on three providers, downloaded and shared', async ({ page, browser, watch }) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-e2e-'));
  await openSample(page, recognizer.id);
  await choosePreset(page, 'INT8 dynamic');

  await test.step('quantizes without keeping the page from answering', async () => {
    await collectLongTasks(page);
    await runRecipe(page);
    expect(await longTasksMs(page)).toEqual([]);
  });

  const downloaded = await downloadVariant(page);
  const sha256 = createHash('sha256').update(downloaded.bytes).digest('hex');

  await test.step('downloads a smaller file that runs in onnxruntime-web and matches', async () => {
    expect(downloaded.name).toBe('ch_PP-OCRv4_rec_infer_quantized.onnx');
    expect(downloaded.bytes.length).toBeLessThan(recognizer.sizeBytes * 0.75);
    const data = Float32Array.from({ length: 3 * 48 * 320 }, (_, index) => Math.sin(index * 12.9898));
    const feeds: Feeds = { x: { dtype: 'float32', dims: [1, 3, 48, 320], data } };
    const [reference] = Object.values(await runModelInNode(await readFile(recognizer.path), feeds));
    const [output] = Object.values(await runModelInNode(downloaded.bytes, feeds));
    expect(output?.dims).toEqual(reference?.dims);
    expect(signalToNoiseDb(reference?.data as Float32Array, output?.data as Float32Array)).toBeGreaterThan(20);
  });

  await test.step('is the file that the command line makes', async () => {
    const out = path.join(folder, 'out.onnx');
    const result = await pareto<Optimized>('optimize', recognizer.path, '-o', out, '--pass', 'quantize-dynamic');
    expect(
      createHash('sha256')
        .update(await readFile(out))
        .digest('hex'),
    ).toBe(sha256);
    expect(result.variant).toMatchObject({ sha256, sizeBytes: downloaded.bytes.length });
  });

  await measureEverything(page);
  const link = await copyLink(page);

  await test.step('was really measured on WASM, WebGPU and WebNN, and its outputs match', async () => {
    const report = await reportOfLink(link);
    expect(report.failures).toEqual([]);
    const [variant] = report.variants;
    expect(variant?.sha256).toBe(sha256);
    for (const id of ['original', variant?.id ?? '']) {
      for (const ep of ['wasm', 'webgpu', 'webnn-cpu'] as const) {
        const cell = report.cells.find((candidate) => candidate.variant === id && candidate.ep === ep);
        expect(cell, `${id} on ${ep}`).toBeDefined();
        expect(cell?.placement[providerOfPlacement[ep] ?? ''], `${id} on ${ep}: nodes there`).toBeGreaterThan(0);
        expect(cell?.steady.medianMs).toBeGreaterThan(0);
        expect(cell?.outputMatch).toMatchObject({ valid: true });
      }
    }
  });

  await test.step('shows the same numbers to whoever opens the link', async () => {
    const headline = await page.getByTestId('headline').innerText();
    const context = await browser.newContext();
    watch(context);
    const reader = await context.newPage();
    await reader.goto(link);
    await expect(reader.getByText(headline)).toBeVisible();
    const report = await reportOfLink(link);
    await expect(reader.getByText(recognizer.file).first()).toBeVisible();
    await expect(reader.getByText(report.variants[0]?.name ?? '').first()).toBeVisible();
    await context.close();
  });
  await rm(folder, { recursive: true });
});
