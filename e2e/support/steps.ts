/** The steps of a person in the app. */
import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import type { ExecutionProvider } from '../../src/engine/metrics/cell.ts';
import { passById } from '../../src/engine/passes/registry.ts';
import { presetById, type PresetId } from '../../src/engine/recipe/presets.ts';
import { decodeReportFragment } from '../../src/engine/report/link-codec.ts';
import type { Report } from '../../src/engine/report/report-schema.ts';
import { sample } from './samples.ts';

/** Time for the slowest job on a busy machine: sessions of a real model on a processor that also plays the GPU. */
export const longestJobMs = 480_000;

/** The button that performs a command, whatever its label. */
export function commandButton(page: Page, command: string): Locator {
  return page.locator(`button[data-command=${command}]`);
}

/** The original first, then each variant. */
export function variantRows(page: Page): Locator {
  return page.getByTestId('variants').getByRole('listitem');
}

/** The field that receives the files that a person chooses. */
export function chooserOfFiles(page: Page): Locator {
  return page.locator('input[type=file]');
}

/** One choice of several beside each other, by its value. */
export function segment(within: Page | Locator, value: string): Locator {
  return within.locator(`input[type=radio][value="${value}"] + label`);
}

export async function openSample(page: Page, id: string): Promise<void> {
  await page.goto('./');
  await page.getByRole('button', { name: sample(id).title }).click();
  await expectOpen(page, sample(id).file);
}

/** A file on disk by its path, or one with given bytes. */
export type ChosenFile = string | { readonly name: string; readonly buffer: Buffer };

/** Chooses one file as if from the dialog of the browser. */
export async function openFile(page: Page, file: ChosenFile): Promise<void> {
  const chosen = typeof file === 'string' ? file : { ...file, mimeType: 'application/octet-stream' };
  await chooserOfFiles(page).setInputFiles(chosen);
}

export async function expectOpen(page: Page, file: string): Promise<void> {
  await expect(page).toHaveURL(/#studio$/);
  await expect(page.getByTestId('headline')).toContainText(file);
}

export async function goTo(page: Page, screen: 'Studio' | 'Data' | 'Benchmark' | 'Serving' | 'Report'): Promise<void> {
  await page.getByRole('banner').locator(`a[href="#${screen.toLowerCase()}"]`).click();
}

/** Opens a view of the studio by the name of its tab. */
export function openTab(page: Page, name: string): Promise<void> {
  return page.getByRole('tab', { name, exact: true }).click();
}

/** The table of the view of layers. */
export function layersTable(page: Page): Locator {
  return page.getByRole('table', { name: 'Nodes of the model with their costs' });
}

/** Replaces the recipe by a preset. */
export function choosePreset(page: Page, id: PresetId): Promise<void> {
  return chooseFrom(page, 'presets', presetById(id).title);
}

/** Adds a pass at the end of the recipe. */
export function addPass(page: Page, id: string): Promise<void> {
  return chooseFrom(page, 'add-pass', passById(id).presentation.title);
}

/** New facts about a model move the button, and with it the menu, which closes if the button is out of sight. */
async function chooseFrom(page: Page, menu: string, title: string): Promise<void> {
  const item = page.getByRole('menuitem').filter({ has: page.getByText(title, { exact: true }) });
  await expect(async () => {
    if (!(await item.isVisible())) await page.getByTestId(menu).click();
    await item.click({ timeout: 5_000 });
  }).toPass();
}

/** Chooses a goal, and waits for the variant, its times on WASM and its accuracy. A search may find that no variant is better here. */
export async function followGoal(page: Page, title: string): Promise<void> {
  const variants = variantRows(page);
  const before = await variants.count();
  await page.getByRole('region', { name: 'Goals', exact: true }).getByRole('button', { name: title }).click();
  const nothing = page.getByTestId('search-result').filter({ hasText: /^(Nothing|No|None) / });
  await expect(async () => {
    const isNothing = await nothing.isVisible();
    expect((await variants.count()) === before + 1 || isNothing).toBe(true);
  }).toPass({ timeout: longestJobMs });
  if ((await variants.count()) === before) return;
  await expect(page.getByTestId('headline')).toContainText(/WASM.*top-1 accuracy/i, { timeout: longestJobMs });
  await expect(page.getByTestId('next-step')).toBeVisible();
}

/** Waits for a search to end with a recommendation. Where its time was over before that, it continues from what it found. */
export async function waitForRecommendation(page: Page): Promise<void> {
  const recommended = page.getByRole('group', { name: 'Candidates' }).getByText('Recommended');
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(async () => {
    await expect(page.getByTestId('search-result')).toBeVisible({ timeout: 150_000 });
    const isRecommended = (await recommended.count()) > 0;
    if (!isRecommended && (await proceed.isVisible())) await proceed.click();
    expect(isRecommended).toBe(true);
  }).toPass({ timeout: 450_000 });
}

/** Runs the recipe and waits for the variant that it makes. */
export async function runRecipe(page: Page, timeoutMs = longestJobMs): Promise<void> {
  const variants = variantRows(page);
  const before = await variants.count();
  await commandButton(page, 'run-recipe').click();
  await expect(variants).toHaveCount(before + 1, { timeout: timeoutMs });
}

/** Measures the original and every variant on these providers, with the shortest budget, and waits for all of them. */
export async function measureOn(
  page: Page,
  providers: readonly ExecutionProvider[],
  timeoutMs = longestJobMs,
): Promise<void> {
  await chooseCells(page, providers);
  await page.getByTestId('benchmark-cells').click();
  await waitForCells(page, providers, timeoutMs);
}

/**
 * Measures variants on these providers. Each takes turns with the original and is compared with it, which has cells of its own on the
 * `originalOn` alone.
 */
export async function measureVariants(
  page: Page,
  providers: readonly ExecutionProvider[] = ['wasm'],
  originalOn: readonly ExecutionProvider[] = [],
): Promise<void> {
  await chooseCells(page, providers);
  for (const ep of providers) {
    await page.getByTestId(`cell-original|${ep}`).getByRole('checkbox').setChecked(originalOn.includes(ep));
  }
  await page.getByTestId('benchmark-cells').click();
  for (const ep of providers) {
    const variants = page.getByTestId(new RegExp(`^cell-(?!original).*\\|${ep}$`));
    await expect(variants.first()).toHaveAttribute('data-state', 'measured', { timeout: longestJobMs });
  }
  await expect(page.getByTestId('benchmark-cells')).toBeVisible({ timeout: longestJobMs });
}

/** Chooses the cells of these providers, in the column heads of a wide window, for a quick benchmark. */
export async function chooseCells(page: Page, providers: readonly ExecutionProvider[]): Promise<void> {
  await goTo(page, 'Benchmark');
  await segment(page, 'quick').click();
  const columns = page.locator('[role=columnheader][data-ep]');
  await expect(columns.first()).toBeVisible();
  for (const column of await columns.all()) {
    const ep = await column.getAttribute('data-ep');
    await column.getByRole('checkbox').setChecked(providers.some((each) => each === ep));
  }
}

/** Waits for the benchmark that is running, and for a result in each cell of these providers. */
export async function waitForCells(
  page: Page,
  providers: readonly ExecutionProvider[],
  timeoutMs = longestJobMs,
): Promise<void> {
  await expect(page.getByTestId('benchmark-cells')).toBeVisible({ timeout: timeoutMs });
  for (const ep of providers) {
    const cells = page.getByTestId(new RegExp(`^cell-.*\\|${ep}$`));
    expect(await cells.count(), `cells of ${ep}`).toBeGreaterThanOrEqual(2);
    for (const cell of await cells.all()) await expect(cell).toHaveAttribute('data-state', 'measured');
  }
}

/** Presses Cancel as soon as a job shows that it runs. Call it before the job starts. */
export function cancelOnceUnderWay(page: Page): Promise<void> {
  return pressInJob(page, 'cancel', '');
}

/** Presses Pause as soon as a job tells that it is at this stage. To be called before the job is started. */
export function pauseOnceAt(page: Page, stage: string): Promise<void> {
  return pressInJob(page, 'pause', stage);
}

/** In the page itself: whoever looks from outside may come when the job has ended. */
async function pressInJob(page: Page, button: string, stage: string): Promise<void> {
  await page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const observer = new MutationObserver(() => {
          const job = document.querySelector('[role="progressbar"][aria-valuenow]')?.closest('section');
          if (!job?.innerText.includes(wanted.stage)) return;
          const found = job.querySelector<HTMLButtonElement>(`button[data-job=${wanted.button}]`);
          if (found === null) return;
          observer.disconnect();
          found.click();
          resolve();
        });
        observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      }),
    { button, stage },
  );
}

/** Waits for an evaluation that has been started: of every variant, on all samples that were chosen. */
export async function waitForEvaluation(page: Page, timeoutMs = longestJobMs): Promise<void> {
  await expect(page.getByTestId('evaluate')).toHaveAttribute('data-missing', '0', { timeout: timeoutMs });
}

/** Presses Share and takes the link from the clipboard. */
export async function copyLink(page: Page): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await goTo(page, 'Studio');
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await commandButton(page, 'copy-link').click();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toContain('#r=');
  return copied();
}

export async function reportOfLink(link: string): Promise<Report> {
  return decodeReportFragment(new URL(link).hash);
}

export interface DownloadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export async function downloadVariant(page: Page): Promise<DownloadedFile> {
  return fileOfDownload(page, () => commandButton(page, 'download-variant').click());
}

/** Waits for the file that the step makes the browser store. */
export async function fileOfDownload(page: Page, step: () => Promise<void>): Promise<DownloadedFile> {
  const downloaded = page.waitForEvent('download');
  await step();
  const download = await downloaded;
  return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
}
