import { writeFile } from 'node:fs/promises';
import { dropRecipe } from './support/drop.ts';
import { sample } from './support/samples.ts';
import { limitStorage, waitForSaving } from './support/storage.ts';
import {
  choosePreset,
  commandButton,
  downloadVariant,
  expectOpen,
  goTo,
  longestJobMs,
  openFile,
  openSample,
  openTab,
  pauseOnceAt,
  runRecipe,
  segment,
  variantRows,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

/** Enough steps that the first pass is worth keeping, on a small model. */
const twoPasses = [
  { pass: 'prune-channels', enabled: true, options: { remove: 0.5, rounds: 2, stepsPerRound: 2000 } },
  { pass: 'fine-tune', enabled: true, options: { steps: 600 } },
];

test('a reload brings the work back, with a paused recipe that continues while the graph is open', async ({
  page,
}, testInfo) => {
  const variants = variantRows(page);
  const details = page.getByTestId('node-details');
  const findNode = async (operator: string) => {
    await openTab(page, 'Graph');
    const search = page.getByRole('textbox', { name: /^Search by operator/ });
    await search.fill(operator);
    await search.press('Enter');
    await expect(details.getByRole('heading', { name: operator })).toBeVisible();
  };
  await openSample(page, 'digits-mlp');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  const before = await downloadVariant(page);
  const headline = page.getByTestId('headline');
  // The last that becomes known of a variant.
  await expect(headline).toContainText('After gzip:');
  const sentence = await headline.innerText();

  const recipe = testInfo.outputPath('two-passes.recipe.json');
  await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps: twoPasses }));
  await dropRecipe(page, recipe);
  const paused = pauseOnceAt(page, 'Fine-tune:');
  await commandButton(page, 'run-recipe').click();
  await paused;
  const job = page.getByRole('region', { name: /^Running / });
  await expect(job).toContainText('paused');
  await findNode('MatMulInteger');
  await expect(job).toContainText('paused');
  await waitForSaving(page);

  await page.reload();
  await expect(headline).toHaveText(sentence);
  await expect(variants).toHaveCount(2);
  const after = await downloadVariant(page);
  expect(after.name).toBe(before.name);
  expect(Buffer.from(after.bytes).equals(Buffer.from(before.bytes))).toBe(true);

  await findNode('MatMulInteger');
  await expect(page.getByText('1 of 2 passes is done and will be reused.')).toBeVisible();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(variants).toHaveCount(3);
  await expect(details).toBeVisible();

  await test.step('the same model continues its work when it is opened again', async () => {
    await waitForSaving(page);
    await page.goto('./');
    await page.getByRole('button', { name: sample('digits-mlp').title }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Continue' }).click();
    await expect(variants).toHaveCount(3);
  });
});

test('ticks stay with the work, seed and threads with the visitor', async ({ page }) => {
  await openSample(page, 'blazeface-front');
  const tick = (ep: string) => page.getByTestId(`cell-original|${ep}`).getByRole('checkbox');
  const seed = page.getByRole('textbox', { name: 'Seed of random inputs' });
  const threads = page.getByRole('textbox', { name: 'Threads' });
  const expectAsLeft = async () => {
    await expect(tick('webgpu')).not.toBeChecked();
    await expect(tick('wasm')).toBeChecked();
    await expect(seed).toHaveValue('7');
    await expect(threads).toHaveValue('1');
  };
  await goTo(page, 'Benchmark');
  await tick('webgpu').uncheck();
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
  await expect(tick('webgpu')).toBeChecked();
  await expect(seed).toHaveValue('7');
  await expect(threads).toHaveValue('1');

  // The palette goes from one work to the other, and what was changed last stays with its own.
  const goOnWith = async (id: string) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(`continue with ${sample(id).file}`);
    await page.keyboard.press('Enter');
    await expectOpen(page, sample(id).file);
    await goTo(page, 'Benchmark');
  };
  await tick('wasm').uncheck();
  await goOnWith('blazeface-front');
  await expectAsLeft();
  await goOnWith('ppocr-classifier');
  await expect(tick('wasm')).not.toBeChecked();
  await expect(tick('webgpu')).toBeChecked();
});

test('of two tabs with the same work one keeps it, and the other offers to take over', async ({ page, context }) => {
  await openSample(page, 'ppocr-classifier');
  await waitForSaving(page);
  const other = await context.newPage();
  await other.goto('./#studio');
  await expect(other.getByTestId('headline')).toBeVisible();
  await choosePreset(other, 'int8-dynamic');
  const elsewhere = 'is open in another tab, which saves it';
  await expect(other.getByRole('alert').filter({ hasText: elsewhere })).toBeVisible();
  await other.getByRole('button', { name: 'Take over' }).click();
  await expect(other.getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('alert').filter({ hasText: elsewhere })).toBeVisible();

  await other.goto('./');
  await other.getByRole('button', { name: /^Remove / }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'was removed in another tab' })).toBeVisible();
});

test('work that ended the tab twice is left until somebody asks for it', async ({ page }) => {
  await openSample(page, 'ppocr-classifier');
  await waitForSaving(page);
  await page.evaluate(() => {
    const { lastWork } = JSON.parse(localStorage.getItem('pareto.settings')!) as { lastWork: string };
    window.addEventListener('pagehide', () =>
      localStorage.setItem('pareto.restoring', JSON.stringify({ work: lastWork, times: 2 })),
    );
  });
  await page.reload();
  await expect(page.getByRole('alert').filter({ hasText: 'crashed twice' })).toBeVisible();
  await page.getByRole('button', { name: 'Open again' }).click();
  await expect(page.getByTestId('headline')).toBeVisible();
});

test('a screen whose code does not load says so, and the rest of the window goes on', async ({ page, watched }) => {
  await openSample(page, 'ppocr-classifier');
  await page.route('**/BenchmarkScreen-*.js', (route) => route.abort());
  await page.getByRole('link', { name: 'Benchmark' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'could not be shown' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
  await goTo(page, 'Studio');
  await expect(page.getByTestId('headline')).toBeVisible();
  await expect.poll(() => watched.complaints.join()).toContain('Failed to fetch dynamically imported module');
  watched.expected.push(/Failed to (fetch dynamically imported module|load resource)/);
});

test.describe('with the service worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('a full disk is told, the work goes on, and is kept once there is room', async ({ page }) => {
    await page.goto('./');
    // Less than the model needs.
    const limit = await limitStorage(page, 100_000);
    await openSample(page, 'ppocr-classifier');
    const banner = page.getByRole('alert').filter({ hasText: 'no room left' });
    await expect(banner).toBeVisible();
    await choosePreset(page, 'int8-dynamic');
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
    await expect(variantRows(page)).toHaveCount(2);
  });

  test('works offline once a person asks for it, and loads no runtime before', async ({ page, context, watched }) => {
    await page.goto('./');
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    const storedRuntimes = () =>
      page.evaluate(async () => {
        const names = await caches.keys();
        const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        return requests.flat().filter(({ url }) => /ort-wasm[^/]*\.wasm$/.test(url)).length;
      });
    expect(await storedRuntimes()).toBe(0);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('available offline');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Pareto works offline now.').first()).toBeVisible();
    expect(await storedRuntimes()).toBeGreaterThanOrEqual(2);

    // The browser reports each request that found no network, whether or not the cache answered it.
    watched.expected.push(/ERR_INTERNET_DISCONNECTED/);
    await context.setOffline(true);
    await page.goto('./');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await openFile(page, sample('blazeface-front').path);
    await expectOpen(page, sample('blazeface-front').file);
    await choosePreset(page, 'int8-dynamic-conv');
    await runRecipe(page);
    await goTo(page, 'Benchmark');
    await segment(page, 'quick').click();
    await page.getByTestId('benchmark-cells').click();
    await expect(page.getByTestId('cell-original|wasm')).toHaveAttribute('data-state', 'measured', {
      timeout: longestJobMs,
    });
  });
});
