import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { ExecutionProvider } from '../src/engine/metrics/cell.ts';
import { pareto } from './support/command-line.ts';
import { expectSameOutputs } from './support/outputs.ts';
import { sample } from './support/samples.ts';
import {
  choosePreset,
  copyLink,
  downloadVariant,
  expectOpen,
  measureVariants,
  openFile,
  reportOfLink,
  runRecipe,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

test.use({ serviceWorkers: 'allow' });

/** A model so light that its cells end long before their time is up, on that GPU too. */
const digits = sample('digits-mlp');

const providerOfPlacement = {
  wasm: 'CPUExecutionProvider',
  webgpu: 'WebGpuExecutionProvider',
  'webnn-cpu': 'WebNNExecutionProvider',
} as const satisfies Partial<Record<ExecutionProvider, string>>;

const measuredProviders = ['wasm', 'webgpu', 'webnn-cpu'] as const;

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function expectSameFromCommandLine(original: string, downloaded: Uint8Array): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-e2e-'));
  const out = path.join(folder, 'out.onnx');
  const result = await pareto<Optimized>('optimize', original, '-o', out, '--pass', 'quantize-dynamic');
  expect(sha256Of(await readFile(out))).toBe(sha256Of(downloaded));
  expect(result.variant).toMatchObject({ sha256: sha256Of(downloaded), sizeBytes: downloaded.length });
  await rm(folder, { recursive: true });
}

/** The median latencies that the benchmark shows, row by row. A device that changed its speed meanwhile gives a ratio only. */
async function mediansOf(page: Page, cells: number): Promise<string[]> {
  const shown = page
    .getByTestId(/^cell-/)
    .locator('strong')
    .filter({ hasText: /\d|ratio only/ });
  await expect(shown).toHaveCount(cells);
  return shown.allInnerTexts();
}

interface Optimized {
  readonly variant: { readonly sha256: string; readonly sizeBytes: number };
}

test('a model is quantized, measured on three providers, downloaded and shared', async ({ page, browser, watch }) => {
  await page.goto('./');
  await openFile(page, digits.path);
  await expectOpen(page, digits.file);
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  const downloaded = await downloadVariant(page);
  await expectSameOutputs(digits.path, downloaded.bytes, 'features', [1, 64]);
  await expectSameFromCommandLine(digits.path, downloaded.bytes);

  await measureVariants(page, measuredProviders, ['wasm']);
  const shownMedians = await mediansOf(page, measuredProviders.length + 1);
  let link = '';
  // Sizes after gzip wait for the clock, and are the last that the headline tells.
  await expect
    .poll(async () => (await reportOfLink((link = await copyLink(page)))).variants[0]?.gzipBytes ?? null)
    .not.toBeNull();

  await test.step('was really measured on WASM, WebGPU and WebNN, and its outputs match', async () => {
    const report = await reportOfLink(link);
    expect(report.failures).toEqual([]);
    const [variant] = report.variants;
    expect(variant?.sha256).toBe(sha256Of(downloaded.bytes));
    for (const [id, providers] of [
      ['original', ['wasm']],
      [variant?.id ?? '', measuredProviders],
    ] as const) {
      for (const ep of providers) {
        const cell = report.cells.find((candidate) => candidate.variant === id && candidate.ep === ep);
        expect(cell, `${id} on ${ep}`).toBeDefined();
        // On a busy machine a GPU that the processor plays may have no time left for it.
        if (!cell?.flags.includes('time-capped'))
          expect(cell?.placement[providerOfPlacement[ep]], `${id} on ${ep}: nodes there`).toBeGreaterThan(0);
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
    await expect(reader.getByTestId('report-headline')).toHaveText(headline);
    await expect(reader.getByText(digits.file).first()).toBeVisible();
    const lines = reader.getByRole('region', { name: 'Measurements' }).locator('summary');
    await expect(lines).toHaveCount(shownMedians.length);
    for (const [index, median] of shownMedians.entries()) {
      await expect(lines.nth(index).locator('strong')).toHaveText(median);
    }
    await context.close();
  });
});
