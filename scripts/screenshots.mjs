/**
 * `npm run screenshots`: pictures of the running application, on two widths and in both themes, in `screenshots/`; the
 * ones that the README shows also in `docs/images/`.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright';
import { buildIfNeeded, installIfNeeded, root } from './preparation.mjs';
import { serveBuild } from './serve.mjs';
import { locateTestBrowser } from './test-browser.mjs';

/** @typedef {import('playwright').Page} Page */
/** @typedef {{ name: string, viewport: { width: number, height: number }, theme: 'light' | 'dark' }} Look */

const folder = path.join(root, 'screenshots');
const imagesOfReadme = path.join(root, 'docs', 'images');
const sampleTitle = 'Text direction classifier (PP-OCR v2)';
const measuredColumns = ['WASM', 'WebGPU', 'WebNN CPU'];
const measuringTimeoutMs = 240_000;

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** @type {readonly Look[]} */
const looks = [
  { name: 'desktop-light', viewport: desktop, theme: 'light' },
  { name: 'desktop-dark', viewport: desktop, theme: 'dark' },
  { name: 'phone-light', viewport: phone, theme: 'light' },
  { name: 'phone-dark', viewport: phone, theme: 'dark' },
];

const shownInReadme = [
  'start-desktop-light',
  'compare-desktop-light',
  'benchmark-desktop-dark',
  'report-desktop-light',
];

/**
 * Takes one picture in every look. What was measured stays: only the window and the theme change.
 * @param {Page} page
 * @param {string} screen
 */
async function shoot(page, screen) {
  for (const { name, viewport, theme } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.evaluate(() => window.scrollTo(0, 0));
    // Charts take their width from the window a moment later.
    await page.waitForTimeout(500);
    // On a phone most of a screen is below the fold.
    const fullPage = viewport === phone;
    await page.screenshot({ path: path.join(folder, `${screen}-${name}.png`), fullPage });
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (excess > 0) throw new Error(`The screen "${screen}" scrolls ${excess} px sideways in ${name}.`);
  }
  await page.setViewportSize(desktop);
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function openScreen(page, name) {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name }).click();
}

/**
 * @param {Page} page
 * @param {string} title
 * @param {number} expectedRows
 */
async function runPreset(page, title, expectedRows) {
  await page.getByRole('button', { name: 'Presets' }).click();
  await page
    .getByRole('menuitem')
    .filter({ has: page.getByText(title, { exact: true }) })
    .click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const rows = page.getByRole('region', { name: 'Variants' }).getByRole('listitem');
  await rows.nth(expectedRows - 1).waitFor();
}

/** @param {Page} page */
async function measure(page) {
  await openScreen(page, 'Benchmark');
  await page.getByText('Quick', { exact: true }).click();
  const columns = page.getByRole('checkbox', { name: /^All cells of / });
  await columns.first().waitFor();
  for (const column of await columns.all()) {
    const label = await column.getAttribute('aria-label');
    await column.setChecked(measuredColumns.some((name) => label === `All cells of ${name}`));
  }
  await page.getByTestId('benchmark-cells').click();
  await page.getByTestId('benchmark-cells').waitFor({ timeout: measuringTimeoutMs });
}

/** @param {Page} page */
async function photographEverything(page) {
  await page.getByRole('button', { name: sampleTitle }).waitFor();
  await page.getByRole('region', { name: 'This device' }).getByRole('listitem').first().waitFor();
  await shoot(page, 'start');

  await page.getByRole('button', { name: sampleTitle }).click();
  await page.getByTestId('headline').waitFor();
  await runPreset(page, 'INT8 dynamic', 2);
  await page.getByRole('tab', { name: 'Changes' }).click();
  await shoot(page, 'changes');
  await page.getByRole('tab', { name: 'Compare' }).click();
  await runPreset(page, 'INT8 dynamic + Conv', 3);
  await shoot(page, 'studio');

  await measure(page);
  await shoot(page, 'benchmark');
  await openScreen(page, 'Studio');
  await shoot(page, 'compare');

  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('region', { name: 'Notices' }).getByText('Link copied.').waitFor();
  await page.goto(await page.evaluate(() => navigator.clipboard.readText()));
  await page.reload();
  await page.getByTestId('report-headline').waitFor();
  await shoot(page, 'report');
}

await installIfNeeded();
await buildIfNeeded();
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await mkdir(imagesOfReadme, { recursive: true });
const { server, address } = await serveBuild();
const browser = await chromium.launch(await locateTestBrowser());
try {
  const context = await browser.newContext({ locale: 'en-GB', viewport: desktop });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(address).origin });
  const page = await context.newPage();
  await page.goto(address);
  await photographEverything(page);
  for (const name of shownInReadme) {
    await copyFile(path.join(folder, `${name}.png`), path.join(imagesOfReadme, `${name}.png`));
  }
} finally {
  await browser.close();
  server.close();
}
console.log(`${looks.length * 6} pictures are in ${path.relative(root, folder)}/.`);
