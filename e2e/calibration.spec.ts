/** Passes that calibrate have the same samples in the page as in the shell. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pareto } from './support/command-line.ts';
import { dropRecipe } from './support/drop.ts';
import { downloadVariant, goTo, openSample, runRecipe } from './support/steps.ts';
import { sample, sampleFile } from './support/samples.ts';
import { expect, test } from './support/test.ts';

const calibration = sampleFile('digits-calibration.npz');

test('weights that are stored in 4 bits on data have the bytes that the command line writes', async ({ page }) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-calibration-'));
  try {
    await openSample(page, 'digits-mlp');
    const recipe = path.join(folder, 'four-bits.recipe.json');
    const steps = [{ pass: 'quantize-weights', enabled: true, options: { bits: '4', method: 'gptq' } }];
    await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps }));
    await dropRecipe(page, recipe);
    await runRecipe(page);
    const { bytes } = await downloadVariant(page);

    const output = path.join(folder, 'shell.onnx');
    const { path: model } = sample('digits-mlp');
    await pareto('optimize', model, '-o', output, '--recipe', recipe, '--data', calibration);
    expect(Buffer.from(bytes).equals(await readFile(output))).toBe(true);

    // Other samples make another variant: the one at hand does not stand for them.
    await goTo(page, 'Data');
    await page.getByRole('button', { name: 'Change data' }).click();
    await page.getByRole('menuitem', { name: 'Calibrate on part of this data' }).click();
    await goTo(page, 'Studio');
    await expect(page.getByText('The recipe or its data has changed')).toBeVisible();
    await runRecipe(page);
    expect(Buffer.from((await downloadVariant(page)).bytes).equals(Buffer.from(bytes))).toBe(false);
    await goTo(page, 'Data');
    await expect(page.getByRole('textbox', { name: 'Calibration samples' })).toHaveValue('128');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
