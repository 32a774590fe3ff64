/** Why a model is fast or slow, and on whose device: the bottleneck, nodes side by side, cold start, a re-run that carries both devices. */
import { downloadTimeMs } from '../src/engine/profiling/cold-start.ts';
import { expectNoViolations } from './support/accessibility.ts';
import { hurryClockOfBenchmarks } from './support/clock.ts';
import { expectNoSidewaysScroll, wear } from './support/looks.ts';
import {
  choosePreset,
  commandButton,
  copyLink,
  goTo,
  longestJobMs,
  measureOn,
  openSample,
  reportOfLink,
  runRecipe,
} from './support/steps.ts';
import { sample } from './support/samples.ts';
import { expect, test } from './support/test.ts';

interface KeptRoofs {
  readonly roofs: readonly { readonly ep: string; readonly peakGflops: number; readonly bandwidthGbps: number }[];
}

test('finds the bottleneck, and keeps the roof of this device', async ({ page }) => {
  await hurryClockOfBenchmarks(page, 8);
  await openSample(page, 'digits-mlp');
  await goTo(page, 'Benchmark');
  await commandButton(page, 'find-bottleneck').click();
  await expect(page.getByTestId('bottleneck')).toHaveText(/\d\s% of the time/, { timeout: longestJobMs });
  await page.getByRole('button', { name: 'As table' }).last().click();
  const table = page.getByRole('region', { name: /^Table: Roofline/ });
  await expect(table.getByRole('columnheader', { name: 'Limited by' })).toBeVisible();
  await expect(table.getByRole('row').nth(1)).toContainText(/[µm]s/);
  await expectNoViolations(page, 'the bottleneck');
  // The roofs of the other providers follow. The GPU of this browser is software, so only that they are measured is of interest.
  const kept = () =>
    page.evaluate(() => (JSON.parse(localStorage.getItem('pareto.roofs') ?? '{"roofs":[]}') as KeptRoofs).roofs);
  await expect
    .poll(async () => (await kept()).map(({ ep }) => ep).toSorted(), { timeout: longestJobMs })
    .toEqual(['wasm', 'webgpu', 'webnn-cpu']);
  for (const { peakGflops, bandwidthGbps } of await kept())
    expect(Math.min(peakGflops, bandwidthGbps)).toBeGreaterThan(0);
  await page.getByText('Roofs of this device', { exact: true }).click();
  await expect(page.getByRole('rowheader', { name: 'WebGPU (software)' })).toBeVisible();
  await page.getByRole('button', { name: 'Find it on WebGPU' }).click();
  await expect(page.getByRole('heading', { name: 'Bottleneck on WebGPU' })).toBeVisible({ timeout: longestJobMs });
  await expect(page.getByTestId('bottleneck')).toHaveText(/\d\s% of the time/);
});

test('computes the download of a cold start as a throttled browser needs it', async ({ page }) => {
  await page.goto('./');
  const mbps = 5;
  const client = await page.context().newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: (mbps * 1e6) / 8, uploadThroughput: -1 };
  await client.send('Network.emulateNetworkConditions', conditions);
  const download = () =>
    page.evaluate(
      async (address) => {
        const { byteLength } = await (await fetch(address, { cache: 'no-store' })).arrayBuffer();
        const requests = performance.getEntriesByName(new URL(address, location.href).href);
        return { bytes: byteLength, shortestMs: Math.min(...requests.map(({ duration }) => duration)) };
      },
      `samples/${sample('fashion-cnn').file}`,
    );
  // A busy machine lengthens a download and never shortens one, so the shortest of many counts.
  const ratio = async (): Promise<number> => {
    const { bytes, shortestMs } = await download();
    return shortestMs / downloadTimeMs(bytes, mbps);
  };
  await expect.poll(ratio, { intervals: [0], timeout: 300_000 }).toBeLessThan(1.1);
  expect(await ratio()).toBeGreaterThan(0.9);
});

test('shows nodes side by side and the cold start; a re-run elsewhere carries both devices', async ({
  page,
  browser,
}) => {
  await hurryClockOfBenchmarks(page, 8);
  await openSample(page, 'digits-mlp');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await measureOn(page, ['wasm']);
  await page.getByText('Nodes side by side', { exact: true }).click();
  await page.getByRole('button', { name: 'Measure nodes', exact: true }).click();
  const pairs = page.getByRole('group', { name: 'Nodes side by side' });
  await expect(pairs.getByRole('row').nth(1)).toContainText(/[µm]s/, { timeout: longestJobMs });
  await page.getByText('By operator', { exact: true }).click();
  await expect(pairs.getByRole('rowheader', { name: 'Gemm', exact: true })).toBeVisible();
  await page.getByText('Cold start', { exact: true }).click();
  await expect(page.getByRole('img', { name: /^Cold start \(4G\)\. original: [\d.]+.m?s\./ })).toBeVisible();
  await expectNoViolations(page, 'nodes side by side and cold start');
  await wear(page, { name: 'phone', viewport: { width: 390, height: 844 }, theme: 'dark' });
  await expectNoSidewaysScroll(page, 'nodes side by side and cold start');
  const link = await copyLink(page);
  await goTo(page, 'Report');
  await page.getByRole('button', { name: 'QR code', exact: true }).click();
  await expect(page.getByRole('img', { name: 'QR code of the report link' })).toBeVisible();
  await expectNoSidewaysScroll(page, 'the QR code');
  await expectNoViolations(page, 'the QR code');

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await hurryClockOfBenchmarks(other, 8);
  await other.goto(link);
  await other.getByRole('button', { name: 'Re-run with my model' }).click();
  await other.getByRole('button', { name: 'Run and measure' }).click({ timeout: longestJobMs });
  await expect(other.getByRole('progressbar')).toHaveCount(0, { timeout: longestJobMs });
  await expect(other.getByText(/is reproduced: its file is identical/)).toBeVisible();
  await other.getByRole('button', { name: 'Open report' }).click();
  await expect(other.getByTestId('matrix-best')).toContainText('is best on its worst device');
  const matrix = other.getByRole('group', { name: 'Devices and variants' });
  await expect(matrix.getByRole('columnheader')).toHaveCount(5);
  await expectNoViolations(other, 'other devices');
  const both = await reportOfLink(await copyLink(other));
  expect(both.elsewhere).toHaveLength(1);
  await elsewhere.close();
});
