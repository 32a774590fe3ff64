/** Dropped and pasted content, in the form of each operating system. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pareto } from './support/command-line.ts';
import { drop } from './support/drop.ts';
import { sample } from './support/samples.ts';
import {
  choosePreset,
  downloadVariant,
  expectOpen,
  goTo,
  openSample,
  runRecipe,
  variantRows,
} from './support/steps.ts';
import { waitForSaving } from './support/storage.ts';
import { expect, test } from './support/test.ts';

test.describe('opening files', () => {
  let folder = '';
  test.beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-intake-'));
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  test('a model without its data file is refused by its name; their folder opens, and downloads as one', async ({
    page,
  }) => {
    const [parts, prune] = [path.join(folder, 'parts'), ['--pass', 'prune-weights', '--set', 'amount=0']];
    const out = path.join(parts, 'parts.onnx');
    await mkdir(parts);
    const model = sample('fashion-transformer');
    await pareto('optimize', model.path, '-o', out, ...prune, '--external-data');
    await page.goto('./');
    await drop(page, out);
    await expect(page.getByText(/parts\.onnx\.data/).first()).toBeVisible();
    await drop(page, parts);
    await expectOpen(page, 'parts.onnx');
    await choosePreset(page, 'int8-dynamic');
    await runRecipe(page);
    const { name, bytes } = await downloadVariant(page);
    expect(name).toBe('parts_quantized.onnx');
    // With its weights, most of which are 8-bit integers.
    expect(bytes.length).toBeGreaterThan(model.sizeBytes / 4);
    expect(bytes.length).toBeLessThan(model.sizeBytes / 2);
  });

  test('a GGUF file becomes an ONNX model that writes with the tokenizer of the file', async ({ page }) => {
    await page.goto('./');
    await drop(page, fileURLToPath(new URL('../src/engine/gguf/fixtures/llama.gguf', import.meta.url)));
    await expectOpen(page, 'llama.onnx');
    await expect(page.getByRole('region', { name: 'Notices' })).toContainText('Rounding errors of the file stay.');
    await choosePreset(page, 'int8-weights');
    await runRecipe(page);
    await expect(variantRows(page).first()).toContainText(/58\.7\skB/);
    await expect(variantRows(page).nth(1)).toContainText(/97\.9\skB\s*\+67\s%/);
    await waitForSaving(page);
    await page.reload();
    await goTo(page, 'Benchmark');
    await page.getByRole('textbox', { name: 'Prompt' }).fill('the cat');
    await page.getByRole('button', { name: 'Generate side by side' }).click();
    const written = /[1-9]\d? tokens/;
    await expect(page.getByRole('region', { name: /^Text of / })).toContainText([written, written]);
  });

  test('a recipe file that is dropped replaces the recipe, and undo brings the old one back', async ({ page }) => {
    await openSample(page, 'blazeface-front');
    await choosePreset(page, 'int8-dynamic');
    const recipe = path.join(folder, 'half.recipe.json');
    const steps = [{ pass: 'prune-weights', enabled: true, options: { amount: 0.25 } }];
    await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps }));
    await drop(page, recipe);
    await expect(page.getByRole('region', { name: 'Notices' })).toContainText('half.recipe.json applied.');
    const passes = page.getByRole('button', { name: /^Move .*pass \d of 1/ });
    await expect(passes).toHaveAttribute('aria-label', /Prune/);
    await page.keyboard.press('Control+z');
    await expect(passes).not.toHaveAttribute('aria-label', /Prune/);
  });

  test('a model that is pasted opens', async ({ page }) => {
    await page.goto('./');
    const model = sample('blazeface-front');
    await page.evaluate(
      ({ base64, name }) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([bytes], name));
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      },
      { base64: (await readFile(model.path)).toString('base64'), name: model.file },
    );
    await expectOpen(page, model.file);
  });
});
