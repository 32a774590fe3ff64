/** A quantizing pass that calibrates, in the page: others are held to the command line in `identical-bytes.corpus.spec.ts`. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pareto } from './support/command-line.ts';
import { dropRecipe } from './support/drop.ts';
import { choosePreset, downloadVariant, openSample, runRecipe, segment, variantRows } from './support/steps.ts';
import { sample, sampleFile } from './support/samples.ts';
import { expect, test } from './support/test.ts';

const calibration = sampleFile('digits-calibration.npz');

test('static integers have the bytes of the shell in the page, which foresees their cost on WebGPU', async ({
  page,
}) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-quantize-'));
  try {
    await openSample(page, 'digits-mlp');
    const recipe = path.join(folder, 'static.recipe.json');
    const step = { pass: 'quantize-static', enabled: true, options: {} };
    await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps: [step] }));
    const foreseen = page.getByText(/nodes will not run on WebGPU \(about \d+ copies\): QuantizeLinear/);
    await expect(foreseen).toHaveCount(0);
    await dropRecipe(page, recipe);
    await expect(foreseen).toHaveCount(1);
    await runRecipe(page);
    await expect(page.getByText('int8 (static)').first()).toBeVisible();
    const { bytes } = await downloadVariant(page);

    const output = path.join(folder, 'static.onnx');
    const { path: model } = sample('digits-mlp');
    await pareto('optimize', model, '-o', output, '--recipe', recipe, '--data', calibration);
    expect(Buffer.from(bytes).equals(await readFile(output))).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('an open step tells the size that its options will give, before they run', async ({ page }) => {
  await openSample(page, 'digits-mlp');
  await choosePreset(page, 'int8-weights');
  await page.getByRole('button', { name: 'Quantize weights', exact: true }).click();
  const forecast = page.getByTestId('forecast');
  const expectedSize = async (): Promise<string> => {
    const shown = /^Expected: ([\d.]+\skB) \(−\d+\s%\) · .*MACs · .*parameters$/;
    await expect(forecast).toHaveAttribute('aria-busy', 'false');
    await expect(forecast).toHaveText(shown);
    return shown.exec(await forecast.innerText())![1]!;
  };
  const eightBits = await expectedSize();
  await segment(page, '4').first().click();
  const fourBits = await expectedSize();
  expect(fourBits).not.toBe(eightBits);
  await runRecipe(page);
  await expect(variantRows(page).last()).toContainText(fourBits);
});
