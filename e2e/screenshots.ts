/**
 * `npm run screenshots` takes pictures of the running application, in two widths and both themes, in `screenshots/`. It
 * also takes those of the README in `docs/images/`, and the figures of the start screen beside its component. Fails on a
 * screen that scrolls sideways.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { leadingEstimate } from '../src/engine/metrics/describe-accuracy.ts';
import { passById, passes } from '../src/engine/passes/registry.ts';
import { findEvaluation } from '../src/engine/report/find-in-report.ts';
import { timesOn } from '../src/engine/report/paired-times.ts';
import { expectNoSidewaysScroll, looks, wear } from './support/looks.ts';
import { limitStorage } from './support/storage.ts';
import {
  addPass,
  choosePreset,
  commandButton,
  copyLink,
  followGoal,
  goTo,
  measureOn,
  openSample,
  openTab,
  reportOfLink,
  runRecipe,
  waitForEvaluation,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'screenshots');
const imagesOfReadme = path.join(root, 'docs', 'images');
const shownInReadme = [
  'start-desktop-light',
  'compare-desktop-light',
  'benchmark-desktop-dark',
  'report-desktop-light',
];

/** Takes one picture in every look. */
async function shoot(page: Page, screen: string): Promise<void> {
  for (const look of looks) {
    await wear(page, look);
    // On a phone most of a screen is below the fold.
    const fullPage = look.name.startsWith('phone');
    await page.screenshot({ path: path.join(folder, `${screen}-${look.name}.png`), fullPage });
    await expectNoSidewaysScroll(page, `${screen}, ${look.name}`);
  }
  await page.setViewportSize(looks[0]!.viewport);
}

/** The same with all that is below the fold, on a desktop too. */
async function shootWhole(page: Page, screen: string): Promise<void> {
  for (const look of looks) {
    await wear(page, look);
    await page.screenshot({ path: path.join(folder, `${screen}-${look.name}.png`), fullPage: true });
    await expectNoSidewaysScroll(page, `${screen}, ${look.name}`);
  }
  await page.setViewportSize(looks[0]!.viewport);
}

test('pictures of every screen', async ({ page }) => {
  test.setTimeout(900_000);
  await mkdir(imagesOfReadme, { recursive: true });
  await page.setViewportSize(looks[0]!.viewport);
  await page.goto('./');
  await expect(page.getByRole('region', { name: 'This device' }).getByRole('listitem').first()).toBeVisible();
  await shoot(page, 'start');

  await openSample(page, 'fashion-cnn');
  await followGoal(page, 'Smaller download');
  await page.getByRole('tab', { name: 'Changes' }).click();
  await shoot(page, 'changes');
  await page.getByRole('tab', { name: 'Model' }).click();
  await shoot(page, 'model');
  await followGoal(page, 'Faster on WASM');
  await page.getByRole('tab', { name: 'Trade-off' }).click();
  await shoot(page, 'studio');
  await page.getByRole('tab', { name: 'Compare' }).click();
  // A processor that plays the GPU says nothing of WebGPU.
  await measureOn(page, ['wasm'], 600_000);
  await shoot(page, 'benchmark');
  await goTo(page, 'Studio');
  await shoot(page, 'compare');
  await page.goto(await copyLink(page));
  await page.reload();
  await expect(page.getByTestId('report-headline')).toBeVisible();
  await shoot(page, 'report');

  for (const name of shownInReadme) {
    await copyFile(path.join(folder, `${name}.png`), path.join(imagesOfReadme, `${name}.png`));
  }
});

test('pictures of real data', async ({ page }) => {
  test.setTimeout(300_000);
  await page.setViewportSize(looks[0]!.viewport);
  await openSample(page, 'fashion-cnn');
  await choosePreset(page, 'int4-weights');
  await runRecipe(page, 300_000);
  await page.keyboard.press('e');
  await waitForEvaluation(page);
  await shoot(page, 'data');
  await goTo(page, 'Studio');
  await expect(page.getByText(/against accuracy lost/).first()).toBeVisible();
  await shoot(page, 'accuracy');
  await page.getByRole('tab', { name: 'Layers' }).click();
  await expect(page.getByRole('columnheader', { name: 'Output shape' })).toBeVisible();
  await shoot(page, 'layers');
  await page.getByRole('tab', { name: 'Graph' }).click();
  await expect(page.locator('canvas').first()).toBeVisible();
  await shoot(page, 'graph');

  await copyFile(path.join(folder, 'data-desktop-light.png'), path.join(imagesOfReadme, 'data-desktop-light.png'));
});

/** Trains so many steps that the pictures do not wait for long. */
const fewSteps = '20';

/** The panel of the recipe is another on a phone, and folded again. */
async function expandPass(page: Page, title: string): Promise<void> {
  const card = page.getByRole('button', { name: title, exact: true });
  if ((await card.getAttribute('aria-expanded')) === 'false') await card.click();
  await card.scrollIntoViewIfNeeded();
  await expect(page.getByRole('group', { name: 'Actions' })).toBeVisible();
}

test('pictures of each pass, of a job and of waiting jobs', async ({ page }) => {
  test.setTimeout(1_800_000);
  await page.setViewportSize(looks[0]!.viewport);
  await openSample(page, 'fashion-cnn');
  await page.getByTestId('presets').click();
  await shoot(page, 'presets');
  await page.keyboard.press('Escape');
  await page.getByTestId('add-pass').click();
  await shoot(page, 'passes');
  await page.keyboard.press('Escape');
  for (const {
    id,
    presentation: { title },
  } of passes.filter((pass) => pass.calibrates !== undefined)) {
    await page.getByRole('button', { name: 'More for the recipe' }).click();
    await page.getByRole('menuitem', { name: 'Clear' }).click();
    await addPass(page, id);
    for (const look of looks) {
      await wear(page, look);
      await expandPass(page, title);
      await page.screenshot({ path: path.join(folder, `form-${id}-${look.name}.png`) });
    }
    const steps = page.getByRole('textbox', { name: 'Steps' });
    if ((await steps.count()) > 0) await steps.fill(fewSteps);
    await page.setViewportSize(looks[0]!.viewport);
    await runRecipe(page, 300_000);
    await page.getByRole('tab', { name: 'Changes' }).click();
    await shoot(page, `changes-${id}`);
  }
  await page.getByRole('tab', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'More for the recipe' }).click();
  await page.getByRole('menuitem', { name: 'Clear' }).click();
  await addPass(page, 'quantize-aware-training');
  await commandButton(page, 'run-recipe').click();
  await addPass(page, 'convert-opset');
  await commandButton(page, 'run-recipe').click();
  await expect(page.getByText('queued')).toBeVisible();
  await expect(page.locator('[role="progressbar"][aria-valuenow]').first()).toBeVisible({ timeout: 120_000 });
  await shoot(page, 'jobs');
});

test('pictures of a search and of a simulated server', async ({ page }) => {
  test.setTimeout(900_000);
  await page.setViewportSize(looks[0]!.viewport);
  await openSample(page, 'digits-mlp');
  await commandButton(page, 'find-best').click();
  await shoot(page, 'search-goal');
  await page.locator('button[type=submit]').click();
  await expect(page.getByRole('group', { name: 'Candidates' }).getByRole('row').nth(2)).toBeVisible({
    timeout: 120_000,
  });
  await shoot(page, 'search-running');
  await expect(page.getByTestId('search-result')).toContainText(/^Best of/, { timeout: 300_000 });
  await shoot(page, 'search-result');

  await goTo(page, 'Serving');
  await expect(page.getByRole('table', { name: 'Latency of requests' })).toBeVisible({ timeout: 300_000 });
  await shoot(page, 'serving');
});

test('pictures of the lab: bottleneck, nodes, cold start, other devices and settings of a server', async ({ page }) => {
  test.setTimeout(900_000);
  await page.setViewportSize(looks[0]!.viewport);
  await openSample(page, 'fashion-cnn');
  await followGoal(page, 'Smaller download');
  await shoot(page, 'recipe-card');
  await goTo(page, 'Benchmark');
  await commandButton(page, 'find-bottleneck').click();
  await expect(page.getByTestId('bottleneck')).toBeVisible({ timeout: 240_000 });
  await page.getByText('Nodes side by side', { exact: true }).click();
  await page.getByRole('button', { name: 'Measure nodes', exact: true }).click();
  const pairs = page.getByRole('group', { name: 'Nodes side by side' });
  await expect(pairs.getByRole('row').nth(1)).toContainText(/[µm]s/, { timeout: 120_000 });
  await page.getByText('Cold start', { exact: true }).click();
  await shootWhole(page, 'lab');
  await goTo(page, 'Report');
  await page.getByText('Other devices', { exact: true }).click();
  await expect(page.getByTestId('matrix-best')).toBeVisible();
  await shootWhole(page, 'devices');
  await goTo(page, 'Serving');
  await expect(page.getByRole('table', { name: 'Latency of requests' })).toBeVisible({ timeout: 300_000 });
  await commandButton(page, 'tune-server').click();
  await expect(page.getByTestId('tuned-headline')).toBeVisible({ timeout: 120_000 });
  await shootWhole(page, 'serving-tuned');
});

test('the finished goal of the start screen', async ({ page }) => {
  test.setTimeout(600_000);
  await openSample(page, 'fashion-cnn');
  await followGoal(page, 'Smallest possible');
  const report = await reportOfLink(await copyLink(page));
  const variant = report.variants.at(-1)!;
  const times = timesOn(report, 'wasm').variants.get(variant.id)!;
  const accuracyOf = (id: string): number => leadingEstimate(findEvaluation(report, id)!)!.estimate.value;
  const figures = (of: 'original' | 'variant') => {
    const { text } = of === 'original' ? times.original! : times.own!;
    const id = of === 'original' ? of : variant.id;
    return { sizeBytes: variant.sizeBytes[of], time: text, accuracy: accuracyOf(id) };
  };
  const result = {
    sample: 'Small CNN',
    variant: variant.name,
    samples: findEvaluation(report, variant.id)!.samples,
    speedup: report.comparisons.find((each) => each.variant === variant.id && each.ep === 'wasm')!.ratio,
    original: figures('original'),
    result: figures('variant'),
  };
  const file = path.join(root, 'src', 'app', 'ui', 'features', 'start', 'finished-goal.json');
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
});

test('pictures of measurements of one model, and of a plan', async ({ page }) => {
  test.setTimeout(900_000);
  await page.setViewportSize(looks[0]!.viewport);
  await openSample(page, 'digits-mlp');
  await openTab(page, 'Layers');
  await commandButton(page, 'measure-sensitivity').first().click();
  await expect(page.getByRole('columnheader', { name: 'One layer in 4-bit' })).toBeVisible({ timeout: 300_000 });
  await shoot(page, 'sensitivity');
  await openTab(page, 'Sensitivity');
  await expect(page.getByRole('img', { name: /changed/ })).toBeVisible();
  await shoot(page, 'sensitivity-ranked');
  await openTab(page, 'Graph');
  await page.getByLabel('Color by').selectOption({ label: 'Color: one layer in 4-bit' });
  await shoot(page, 'graph-sensitivity');

  const { title } = passById('prune-channels').presentation;
  await addPass(page, 'prune-channels');
  await expandPass(page, title);
  await page.getByRole('button', { name: 'Preview removal' }).click();
  await page.locator('summary').filter({ hasText: 'Layer by layer' }).click();
  await shoot(page, 'plan');

  await goTo(page, 'Benchmark');
  const alone = page.getByRole('region', { name: /^Throughput and memory/ });
  await alone.getByRole('button', { name: /batch sizes/ }).click();
  await expect(alone.getByRole('img', { name: /^Throughput by batch size/ })).toBeVisible({ timeout: 300_000 });
  await alone.getByRole('button', { name: /memory/ }).click();
  await expect(alone.getByRole('region', { name: 'Memory and cold start' })).toContainText('First run', {
    timeout: 300_000,
  });
  await shoot(page, 'alone');

  await goTo(page, 'Serving');
  await expect(page.getByTestId('serving-headline')).toBeVisible({ timeout: 300_000 });
  await page.getByLabel('Live for (s)').fill('1');
  await page.getByRole('button', { name: 'Run the load' }).click();
  await expect(page.getByTestId('live-headline')).toBeVisible({ timeout: 300_000 });
  await shoot(page, 'serving-live');
});

test('pictures of a disk without room', async ({ page }) => {
  await page.setViewportSize(looks[0]!.viewport);
  await page.goto('./');
  await limitStorage(page, 100_000);
  await openSample(page, 'ppocr-classifier');
  await expect(page.getByRole('alert').filter({ hasText: 'no room left' })).toBeVisible();
  await shoot(page, 'storage-full');
});
