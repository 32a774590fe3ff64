/** Each quantizing pass once in the page: its variant has the bytes that the command line writes, and shows their hash. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pareto } from './support/command-line.ts';
import { dropRecipe } from './support/drop.ts';
import { downloadVariant, openSample, runRecipe } from './support/steps.ts';
import { sample, sampleFile } from './support/samples.ts';
import { expect, test } from './support/test.ts';

const calibration = sampleFile('digits-calibration.npz');

const recipes = [
  ['quantize-static', {}, 'INT8 static'],
  ['quantize-weights', { bits: '8', blockSize: '0', symmetric: true }, '8-bit weights'],
  ['convert-float16', {}, 'float16'],
] as const;

test('quantizing passes write the same bytes in the page as in the shell', async ({ page }) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-quantize-'));
  try {
    await openSample(page, 'digits-mlp');
    for (const [pass, options, name] of recipes) {
      const recipe = path.join(folder, `${pass}.recipe.json`);
      await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps: [{ pass, enabled: true, options }] }));
      await dropRecipe(page, recipe);
      const foreseen = page.getByText(/nodes will leave WebGPU \(about \d+ copies\): QuantizeLinear/);
      await expect(foreseen).toHaveCount(pass === 'quantize-static' ? 1 : 0);
      await runRecipe(page);
      await expect(page.getByText(name, { exact: false }).first()).toBeVisible();
      const { bytes } = await downloadVariant(page);

      const output = path.join(folder, `${pass}.onnx`);
      const { path: model } = sample('digits-mlp');
      await pareto('optimize', model, '-o', output, '--recipe', recipe, '--data', calibration);
      expect(Buffer.from(bytes).equals(await readFile(output)), pass).toBe(true);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
