/** The serving lab: batches are measured once, and every setting shows its effect at once; what deploys a model comes as one zip. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { unzipSync, type Unzipped } from 'fflate';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode.ts';
import { graph, model as modelOf } from '../src/engine/onnx/testing/build.ts';
import { exampleServerMeasurement } from '../src/engine/serving/testing/example-server-measurement.ts';
import { textsWithMask } from '../src/engine/serving/testing/texts-with-mask.ts';
import { expectNoViolations } from './support/accessibility.ts';
import { pareto } from './support/command-line.ts';
import { sample, sampleFile } from './support/samples.ts';
import { waitForSaving } from './support/storage.ts';
import {
  choosePreset,
  copyLink,
  downloadVariant,
  expectOpen,
  fileOfDownload,
  goTo,
  longestJobMs,
  openFile,
  openSample,
  reportOfLink,
  runRecipe,
  type DownloadedFile,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

const headlineOf = (page: Page) => page.getByTestId('serving-headline');

async function measureBatches(page: Page): Promise<void> {
  await goTo(page, 'Serving');
  await expect(headlineOf(page)).toBeVisible({ timeout: longestJobMs });
}

/** Opens the settings beside the three questions, unless they are open. */
async function showSettings(page: Page): Promise<void> {
  const settings = page.locator('details').filter({ hasText: 'More settings' });
  if ((await settings.getAttribute('open')) === null) await settings.getByText('More settings').click();
}

test('simulates a server as soon as it opens, anew for every setting and without measuring again', async ({ page }) => {
  // The load is that of a model that no machine runs a hundred thousand times a second.
  await openSample(page, 'fashion-cnn');
  await measureBatches(page);
  await expect(headlineOf(page)).toHaveText(
    /^At [\d.,]+ requests per second, 95\s% of responses take less than [\d.]+\s(ms|µs); the model is busy/,
  );
  const chart = page.getByRole('img', { name: /^Latency by request rate\. .* the queue grows\.$/ });
  await expect(chart.locator('svg')).toBeVisible();
  const figure = page.getByRole('figure').filter({ has: chart });
  await figure.getByRole('button', { name: 'As table' }).click();
  await expect(page.getByRole('table', { name: /^Latency by request rate/ }).getByRole('row')).toHaveCount(11);
  await showSettings(page);
  await expectNoViolations(page, 'serving');

  const batches = page.getByRole('table', { name: 'Batches by size' });
  await page.getByRole('textbox', { name: 'Requests per second' }).fill('2000');
  const largest = batches.getByRole('row', { name: /^8\s/ }).getByRole('cell').nth(1);
  await expect(headlineOf(page)).toContainText(/^At 2,000 requests per second/);
  await expect(largest).toHaveText(/^[1-9]/);
  const before = await headlineOf(page).textContent();
  await page.getByLabel('Max batch').fill('2');
  await expect(headlineOf(page)).not.toHaveText(before!);
  await expect(largest).toHaveText('0');
  await expect(page.getByRole('progressbar')).toHaveCount(0);

  // Far more than it can do.
  await page.getByLabel('Duration (s)').fill('2');
  await page.getByRole('textbox', { name: 'Requests per second' }).fill('100000');
  await expect(headlineOf(page)).toContainText(/the queue grows by [\d,.]+ requests per second/);
  await page.getByLabel('Max queue').fill('20');
  const figures = page.getByRole('table', { name: /^Results of the server/ });
  await expect(figures.getByRole('row', { name: /^Rejected or timed out/ })).toContainText(/[1-9]/);
  // A busy machine keeps up with so few requests, too.
  await page.getByRole('textbox', { name: 'Requests per second' }).fill('20');
  await page.getByLabel('Max entries').fill('500');
  await expect(headlineOf(page)).toContainText(/the cache serves \d+\s%/);

  await waitForSaving(page);
  await page.reload();
  await expect(page.getByLabel('Max entries')).toHaveValue('500');
});

test('simulates on the times of a server that ran the same bytes, and finds settings for a load', async ({ page }) => {
  await openSample(page, 'digits-mlp');
  await goTo(page, 'Serving');
  await showSettings(page);
  const sha256 = createHash('sha256')
    .update(await readFile(sample('digits-mlp').path))
    .digest('hex');
  const document = { ...exampleServerMeasurement, sha256 };
  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open server times' }).click();
  const buffer = Buffer.from(JSON.stringify(document));
  await (await chosen).setFiles({ name: 'server.json', mimeType: 'application/json', buffer });
  await expect(headlineOf(page)).toBeVisible();
  await expect(page.getByLabel('Machine')).toHaveValue('native');
  await expect(page.getByRole('heading', { name: 'Live run' })).toHaveCount(0);
  await page.getByRole('textbox', { name: 'Requests per second' }).fill('300');
  await page.getByLabel('Longest wait (ms)').fill('100');
  await page.getByRole('button', { name: 'Find the best settings' }).click();
  const found = page.getByTestId('tuned-headline');
  await expect(found).toContainText(
    /^Native server times\. Best for p95 ≤ 100\sms at 300 requests per second: batches of up to/,
  );
  await page.getByRole('button', { name: 'Use these settings' }).click();
  await expect(page.getByRole('button', { name: 'Use these settings' })).toHaveCount(0);
  await expect(found).toBeVisible();
  await expectNoViolations(page, 'serving on the times of a server');
});

test('simulates texts of several lengths, and asks to measure lengths that it lacks', async ({ page }) => {
  await page.goto('./');
  const texts = joinParts(encodeModel(modelOf(graph(textsWithMask(true)), { opset: 17 })));
  await openFile(page, { name: 'texts.onnx', buffer: Buffer.from(texts) });
  await expectOpen(page, 'texts.onnx');
  await measureBatches(page);
  await showSettings(page);
  const lengths = page.getByRole('textbox', { name: /^Text lengths/ });
  await lengths.fill('12');
  await expect(lengths).toHaveAccessibleDescription(/such as 12:0\.7,60:0\.3/);
  await lengths.fill('12:0.7,60:0.3');
  await expect(headlineOf(page)).toHaveCount(0);
  await page.getByTestId('measure-batches').click();
  await expect(headlineOf(page)).toBeVisible({ timeout: longestJobMs });
  const batches = page.getByRole('table', { name: 'Batches by size' });
  await expect(batches.getByRole('columnheader', { name: 'Time (12 tokens)' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Run the load' })).toBeDisabled();
  await expectNoViolations(page, 'serving texts');
  // Between the measured lengths, times are interpolated.
  await lengths.fill('30:1');
  await expect(batches.getByRole('columnheader', { name: 'Time (12 tokens)' })).toBeVisible();
  await lengths.fill('30:1,100:1');
  await expect(headlineOf(page)).toHaveCount(0);
  await expect(page.getByTestId('measure-batches')).toHaveText('Measure batch times');
});

test('replays a recording, beside the original, and runs it live', async ({ page }) => {
  await openSample(page, 'digits-mlp');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await measureBatches(page);
  await expect(page.getByTestId('serving-need')).toContainText(/the original/);
  await expect(page.getByRole('table', { name: /^Results of the server/ }).getByRole('columnheader')).toHaveCount(3);
  await showSettings(page);
  await page.getByText('Replay', { exact: true }).click();
  await expect(page.getByText('Choose the recording to replay.')).toBeVisible();
  const lines = Array.from({ length: 100 }, (_, index) => `${index * 10},${index % 7}`);
  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a CSV file' }).click();
  const buffer = Buffer.from(['t_ms,input', ...lines].join('\n'));
  await (await chosen).setFiles({ name: 'load.csv', mimeType: 'text/csv', buffer });
  await page.getByLabel('Live for (s)').fill('1');
  await page.getByRole('button', { name: 'Run the load' }).click();
  await expect(page.getByTestId('live-headline')).toContainText(/simulated|needed|the queue grows/, {
    timeout: longestJobMs,
  });
  const live = page.getByRole('table', { name: 'Live run and simulation' });
  await expect(live.getByRole('row', { name: /^Rejected or timed out/ })).toContainText(/\d/);
  await expectNoViolations(page, 'a live run');
});

test('saves one zip that deploys a variant, and says which targets it cannot have', async ({ page }) => {
  await openSample(page, 'digits-mlp');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await page.getByRole('button', { name: 'Ways to download' }).click();
  await page.getByRole('menuitem', { name: 'Bundle to deploy' }).click();
  const dialog = page.getByRole('dialog', { name: 'Bundle to deploy' });
  await expect(dialog.getByLabel('TensorRT')).toBeDisabled();
  await expect(dialog).toContainText('TensorRT does not support the operator DynamicQuantizeLinear');
  await expectNoViolations(page, 'bundle dialog');
  await dialog.getByRole('checkbox', { name: /KServe/ }).uncheck();
  const { name, bytes } = await fileOfDownload(page, () => dialog.getByRole('button', { name: 'Save as zip' }).click());
  expect(name).toMatch(/_?quantized\.zip$/);
  const base = name.replace(/\.zip$/, '');
  const files = unzipSync(bytes);
  const names = Object.keys(files);
  for (const expected of [
    'README.md',
    'verify.py',
    'checklist.md',
    'recipe.json',
    'evidence/recorded.json',
    'monitoring/reference.json',
  ]) {
    expect(names).toContain(`${base}/${expected}`);
  }
  expect(names).toContain(`${base}/models/${base}/config.pbtxt`);
  expect(names.filter((each) => each.includes('kubernetes/'))).toEqual([]);
  const { name: variantName, bytes: model } = await downloadVariant(page);
  expect(Buffer.from(files[`${base}/models/${base}/1/model.onnx`]!).equals(model)).toBe(true);
  await expectSameFromCommandLine(files, base, { name: variantName, bytes: model });
});

/** Every file but for the time at which it was made, given the report and the recipe that the page put into the zip. */
async function expectSameFromCommandLine(files: Unzipped, base: string, variant: DownloadedFile): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-bundle-'));
  try {
    const given = {
      [variant.name]: variant.bytes,
      'report.json': files[`${base}/evidence/report.json`]!,
      'recipe.json': files[`${base}/recipe.json`]!,
    };
    for (const [file, bytes] of Object.entries(given)) await writeFile(path.join(folder, file), bytes);
    const at = (file: string): string => path.join(folder, file);
    const data = sampleFile('digits-calibration.npz');
    await pareto(
      ...['bundle', sample('digits-mlp').path, '--variant', at(variant.name), '--data', data],
      ...['--report', at('report.json'), '--recipe', at('recipe.json')],
      ...['--targets', 'triton,fastapi,monitoring,rollout,openvino,web', '-o', at('shell.zip')],
    );
    const fromShell = unzipSync(await readFile(at('shell.zip')));
    const withoutTime = (bytes: Uint8Array): string =>
      Buffer.from(bytes)
        .toString('latin1')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then');
    const texts = (each: Unzipped) =>
      Object.fromEntries(Object.entries(each).map(([file, bytes]) => [file, withoutTime(bytes)]));
    expect(texts(fromShell)).toEqual(texts(files));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('measures one model alone: throughput with its knee, memory, and a trace', async ({ page }) => {
  await openSample(page, 'digits-mlp');
  await goTo(page, 'Benchmark');
  const alone = page.getByRole('region', { name: /^Throughput and memory/ });
  const sweep = async (setting: RegExp): Promise<void> => {
    await alone.getByTestId('sweep-menu').click();
    await page.getByRole('menuitem', { name: setting }).click();
  };
  await sweep(/batch/);
  // A busy machine measures too few runs for a claim.
  const claim = /^Throughput by batch size\. (A doubling beyond|Each doubling up to|Too few runs)/;
  await expect(alone.getByRole('img', { name: claim })).toBeVisible({ timeout: longestJobMs });
  await alone.getByRole('button', { name: 'As table' }).click();
  await expect(alone.getByRole('table').getByRole('row')).toHaveCount(7);
  await sweep(/threads/);
  await expect(alone.getByRole('img', { name: /^Throughput by threads\./ })).toBeVisible({ timeout: longestJobMs });
  await alone.getByRole('button', { name: /memory/ }).click();
  await expect(alone.getByRole('region', { name: 'Memory and cold start' })).toContainText(/First run.*[µm]s/);
  const trace = await fileOfDownload(page, () => alone.getByRole('button', { name: 'Save trace' }).click());
  expect(trace.name).toMatch(/\.trace\.json$/);
  const { traceEvents } = JSON.parse(Buffer.from(trace.bytes).toString()) as { traceEvents: { args: object }[] };
  expect(traceEvents.filter(({ args }) => 'op_name' in args).length).toBeGreaterThan(10);
  await expectNoViolations(page, 'model alone');
  await goTo(page, 'Report');
  await expect(page.getByRole('region', { name: 'Settings tried' }).getByRole('img', { name: claim })).toBeVisible();
  const { sweeps } = await reportOfLink(await copyLink(page));
  expect(sweeps?.map(({ axis, points }) => [axis, points.length >= 1])).toEqual([
    ['batch', true],
    ['threads', true],
  ]);
});
