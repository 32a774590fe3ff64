/** Removing channels, and learning from another model: in the page, and with the same bytes as in the shell. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pareto } from './support/command-line.ts';
import { dropRecipe } from './support/drop.ts';
import { downloadVariant, openSample, runRecipe } from './support/steps.ts';
import { sample } from './support/samples.ts';
import { expect, test } from './support/test.ts';

const calibration = fileURLToPath(new URL('../public/samples/digits-calibration.npz', import.meta.url));

test('channels are planned, removed and repaired, and a teacher chosen, with the bytes that the command line writes', async ({
  page,
}) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-channels-'));
  try {
    await openSample(page, 'digits-mlp');
    const recipe = path.join(folder, 'half.recipe.json');
    const steps = [{ pass: 'prune-channels', enabled: true, options: { remove: 0.5 } }];
    await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps }));
    await dropRecipe(page, recipe);
    await page.getByRole('button', { name: 'Remove channels', exact: true }).click();
    await page.getByRole('button', { name: 'Show what would go' }).click();
    await expect(page.getByRole('table', { name: 'Channels that go together' })).toContainText('layers.0/Gemm');
    await expect(page.getByRole('table', { name: 'Channels that must stay' })).toContainText('It is an output');

    await runRecipe(page);
    const { bytes } = await downloadVariant(page);
    const output = path.join(folder, 'shell.onnx');
    const { path: model } = sample('digits-mlp');
    await pareto('optimize', model, '-o', output, '--recipe', recipe, '--data', calibration);
    expect(Buffer.from(bytes).equals(await readFile(output))).toBe(true);

    // From the original it could learn nothing: from the smaller model it does.
    const tuning = path.join(folder, 'tune.recipe.json');
    const tune = { pass: 'fine-tune', enabled: true, options: { steps: 25 } };
    await writeFile(tuning, JSON.stringify({ version: 1, seed: 0, steps: [tune] }));
    await dropRecipe(page, tuning);
    await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('group', { name: 'Teacher' }).getByRole('button', { name: 'Choose a model' }).click();
    await (await choosing).setFiles(output);
    await expect(page.getByRole('group', { name: 'Teacher' })).toContainText('shell.onnx');
    await runRecipe(page);
    const taught = await downloadVariant(page);
    const tuned = path.join(folder, 'tuned.onnx');
    await pareto('optimize', model, '-o', tuned, '--recipe', tuning, '--teacher', output, '--data', calibration);
    expect(Buffer.from(taught.bytes).equals(await readFile(tuned))).toBe(true);
    expect(Buffer.from(taught.bytes).equals(await readFile(model))).toBe(false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
