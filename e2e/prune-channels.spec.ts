/** Removing channels: planned in the page, made with the same bytes as in the shell, and trained again on the advice of the page. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pareto } from './support/command-line.ts';
import { dropRecipe } from './support/drop.ts';
import {
  downloadVariant,
  goTo,
  openSample,
  openTab,
  runRecipe,
  variantRows,
  waitForEvaluation,
} from './support/steps.ts';
import { sample, sampleFile } from './support/samples.ts';
import { expect, test } from './support/test.ts';

const calibration = sampleFile('digits-calibration.npz');

async function writeRecipe(folder: string, name: string, trains: boolean): Promise<string> {
  const file = path.join(folder, `${name}.recipe.json`);
  const steps = [
    { pass: 'prune-channels', enabled: true, options: { remove: 0.7 } },
    { pass: 'fine-tune', enabled: trains, options: { steps: 20 } },
  ];
  await writeFile(file, JSON.stringify({ version: 1, seed: 0, steps }));
  return file;
}

async function bytesOfShell(recipe: string): Promise<Buffer> {
  const output = `${recipe}.onnx`;
  await pareto('optimize', sample('digits-mlp').path, '-o', output, '--recipe', recipe, '--data', calibration);
  return readFile(output);
}

test('channels are planned, removed, repaired and trained as advised, with the bytes that the command line writes', async ({
  page,
}) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-channels-'));
  try {
    await openSample(page, 'digits-mlp');
    const recipe = await writeRecipe(folder, 'pruned', false);
    await dropRecipe(page, recipe);
    await page.getByRole('button', { name: 'Prune channels', exact: true }).click();
    await page.getByRole('button', { name: 'Preview removal' }).click();
    await page.locator('summary').filter({ hasText: 'Layer by layer' }).click();
    await expect(page.getByRole('table', { name: 'Coupled channels' })).toContainText('layers.0/Gemm');
    await expect(page.getByRole('table', { name: 'Channels that cannot be removed' })).toContainText('It is an output');
    // The slider moves the exact counts, and the layers tell their shares.
    const costs = page.getByText(/ MACs \(.* weights alone/);
    const before = await costs.textContent();
    await page.getByRole('slider', { name: 'Remove, slider' }).fill('0.2');
    await expect(page.getByRole('textbox', { name: 'Remove', exact: true })).toHaveValue('20\u00a0%');
    await expect(costs).not.toHaveText(before ?? '');
    await page.getByRole('tab', { name: 'Layers' }).click();
    await expect(page.getByRole('columnheader', { name: 'Planned removal' })).toBeVisible();
    // Nothing is removed where the target cannot be met; what can be is offered.
    await page.getByRole('textbox', { name: 'Remove', exact: true }).fill('95');
    await page.getByRole('button', { name: /^Remove \d/ }).click();
    await expect(page.getByText(/^At most .* can be removed/)).toBeHidden();
    const amount = page.getByRole('textbox', { name: 'Remove', exact: true });
    await amount.fill('');
    await amount.pressSequentially('1e300');
    await expect(amount).toHaveAccessibleDescription(/Takes a number from 0 to 95\./);
    await amount.blur();
    await expect(amount).toHaveValue('95\u00a0%');
    await amount.fill('70');

    await runRecipe(page);
    const pruned = await downloadVariant(page);
    expect(Buffer.from(pruned.bytes).equals(await bytesOfShell(recipe))).toBe(true);

    // The loss is the reason of the advice, and one click follows it, with the options that the recipe has.
    const advice = page.getByTestId('next-step');
    await expect(advice).toContainText('Speed not measured yet.');
    await page.keyboard.press('e');
    await waitForEvaluation(page);
    await goTo(page, 'Studio');
    await expect(advice).toContainText(/\d\.\d points lost, limit 1 point\. Fine-tune it; no labels are needed\./);
    await advice.getByRole('button', { name: 'Fine-tune' }).click();
    const variants = variantRows(page);
    await expect(variants).toHaveCount(3);
    await openTab(page, 'Changes');
    await expect(page.getByText('reduced the loss on held-out samples').first()).toBeVisible();
    const trained = await downloadVariant(page);
    expect(Buffer.from(trained.bytes).equals(await bytesOfShell(await writeRecipe(folder, 'trained', true)))).toBe(
      true,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
