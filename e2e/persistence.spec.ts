import { sample } from './support/samples.ts';
import { limitStorage, waitForSaving } from './support/storage.ts';
import { choosePreset, downloadVariant, expectOpen, goTo, openFile, openSample, runRecipe } from './support/studio.ts';
import { expect, test } from './support/test.ts';

test('a reload brings the work back, and its variant can still be downloaded', async ({ page }) => {
  await openSample(page, 'blazeface-front');
  await choosePreset(page, 'INT8 dynamic + Conv');
  await runRecipe(page);
  const before = await downloadVariant(page);
  const headline = await page.getByTestId('headline').innerText();
  await waitForSaving(page);

  await page.reload();
  await expect(page.getByTestId('headline')).toHaveText(headline);
  await expect(page.getByRole('region', { name: 'Variants' }).getByRole('listitem')).toHaveCount(2);
  const after = await downloadVariant(page);
  expect(after.name).toBe(before.name);
  expect(Buffer.from(after.bytes).equals(Buffer.from(before.bytes))).toBe(true);
});

test('ticks stay with the work, seed and threads with the visitor', async ({ page }) => {
  await openSample(page, 'blazeface-front');
  const tick = (name: string) => page.getByRole('checkbox', { name });
  const seed = page.getByLabel('Seed of the synthetic inputs');
  const threads = page.getByRole('textbox', { name: 'Threads' });
  const expectAsLeft = async () => {
    await expect(tick('Measure original on WebGPU')).not.toBeChecked();
    await expect(tick('Measure original on WASM')).toBeChecked();
    await expect(seed).toHaveValue('7');
    await expect(threads).toHaveValue('1');
  };
  await goTo(page, 'Benchmark');
  await tick('Measure original on WebGPU').uncheck();
  await seed.fill('7');
  await threads.fill('1');
  await expectAsLeft();

  await goTo(page, 'Studio');
  await goTo(page, 'Benchmark');
  await expectAsLeft();
  await waitForSaving(page);
  await page.reload();
  await expectAsLeft();

  // A new visit begins without work, and with the settings.
  await openSample(page, 'ppocr-classifier');
  await goTo(page, 'Benchmark');
  await expect(tick('Measure original on WebGPU')).toBeChecked();
  await expect(seed).toHaveValue('7');
  await expect(threads).toHaveValue('1');
});

test('a full disk is told, the work goes on, and is kept once there is room', async ({ page }) => {
  await page.goto('./');
  // Less than the model needs.
  const limit = await limitStorage(page, 100_000);
  await openSample(page, 'ppocr-classifier');
  const banner = page.getByRole('alert').filter({ hasText: 'no room left' });
  await expect(banner).toBeVisible();
  await choosePreset(page, 'INT8 dynamic');
  await runRecipe(page);
  expect((await downloadVariant(page)).bytes.length).toBeGreaterThan(500_000);
  await goTo(page, 'Benchmark');
  await expect(banner).toBeVisible();
  await goTo(page, 'Studio');

  await banner.getByRole('button', { name: 'Try again' }).click();
  await expect(banner).toBeVisible();
  await limit.lift();
  await banner.getByRole('button', { name: 'Try again' }).click();
  await expect(banner).toBeHidden();
  await waitForSaving(page);
  await page.reload();
  await expect(page.getByRole('region', { name: 'Variants' }).getByRole('listitem')).toHaveCount(2);
});

test('works offline after the first visit', async ({ page, context, watched }) => {
  await page.goto('./');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  // The runtimes are stored once the page is idle.
  await expect
    .poll(
      () =>
        page.evaluate(async () => {
          const names = await caches.keys();
          const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return requests.flat().filter(({ url }) => url.endsWith('.wasm')).length;
        }),
      { timeout: 60_000 },
    )
    .toBeGreaterThanOrEqual(2);

  await context.setOffline(true);
  await page.goto('./');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await openFile(page, sample('blazeface-front').path);
  await expectOpen(page, sample('blazeface-front').file);
  await choosePreset(page, 'INT8 dynamic + Conv');
  await runRecipe(page);
  await goTo(page, 'Benchmark');
  await page.getByText('Quick', { exact: true }).click();
  await page.getByTestId('benchmark-cells').click();
  await expect(page.getByTestId('cell-original|wasm')).toHaveAttribute('data-state', 'measured', { timeout: 120_000 });
  // The browser reports each request that found no network, whether or not the cache answered it.
  watched.complaints.splice(
    0,
    Infinity,
    ...watched.complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED')),
  );
});
