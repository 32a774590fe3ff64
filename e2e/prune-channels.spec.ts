/** Removing channels: planned in the page, and made with the same bytes as in the shell. */
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

test('channels are planned, removed and repaired, with the bytes that the command line writes', async ({ page }) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-channels-'));
  try {
    await openSample(page, 'digits-mlp');
    const recipe = path.join(folder, 'half.recipe.json');
    const steps = [{ pass: 'prune-channels', enabled: true, options: { remove: 0.5 } }];
    await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps }));
    await dropRecipe(page, recipe);
    await page.getByRole('button', { name: 'Remove channels', exact: true }).click();
    await page.getByRole('button', { name: 'Show what would go' }).click();
    await page.getByText('Layer by layer').click();
    await expect(page.getByRole('table', { name: 'Channels that go together' })).toContainText('layers.0/Gemm');
    await expect(page.getByRole('table', { name: 'Channels that must stay' })).toContainText('It is an output');
    // The slider moves the exact counts, and the layers tell their shares.
    const costs = page.getByText(/ MACs \(.* By weights alone/);
    const before = await costs.textContent();
    await page.getByRole('slider', { name: 'Remove, slider' }).fill('0.2');
    await expect(page.getByRole('textbox', { name: 'Remove', exact: true })).toHaveValue('20\u00a0%');
    await expect(costs).not.toHaveText(before ?? '');
    await page.getByRole('tab', { name: 'Layers' }).click();
    await expect(page.getByRole('columnheader', { name: 'Would go' })).toBeVisible();
    // Nothing is removed where the target cannot be met; what can be is offered.
    await page.getByRole('textbox', { name: 'Remove', exact: true }).fill('95');
    await page.getByRole('button', { name: /^Remove \d/ }).click();
    await expect(page.getByText(/^At most .* can go/)).toBeHidden();
    await page.getByRole('textbox', { name: 'Remove', exact: true }).fill('50');

    await runRecipe(page);
    const { bytes } = await downloadVariant(page);
    const output = path.join(folder, 'shell.onnx');
    const { path: model } = sample('digits-mlp');
    await pareto('optimize', model, '-o', output, '--recipe', recipe, '--data', calibration);
    expect(Buffer.from(bytes).equals(await readFile(output))).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
