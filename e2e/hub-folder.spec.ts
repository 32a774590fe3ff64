/** A folder as it lies on Hugging Face: opened by drop, and written as a repository for transformers.js. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { expectNoViolations } from './support/accessibility.ts';
import { hurryClockOfBenchmarks } from './support/clock.ts';
import { drop } from './support/drop.ts';
import { choosePreset, expectOpen, fileOfDownload, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../cli/fixtures/texts/${name}`, import.meta.url));

test.describe('a folder of Hugging Face', () => {
  let root = '';
  test.beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'pareto-hub-'));
    const folder = path.join(root, 'reviews');
    await mkdir(path.join(folder, 'onnx'), { recursive: true });
    await copyFile(fixture('model.onnx'), path.join(folder, 'onnx/model.onnx'));
    await copyFile(fixture('model.onnx'), path.join(folder, 'onnx/model_q4.onnx'));
    await copyFile(fixture('model.onnx'), path.join(folder, 'onnx/other_model.onnx'));
    await copyFile(fixture('tokenizer.json'), path.join(folder, 'tokenizer.json'));
    await writeFile(path.join(folder, 'config.json'), '{ "model_type": "bert" }');
  });
  test.afterAll(() => rm(root, { recursive: true, force: true }));

  test('opens its float model, lists the others, and becomes a repository with all parts and its own tokenizer', async ({
    page,
  }) => {
    await hurryClockOfBenchmarks(page, 8);
    await page.goto('./');
    await drop(page, path.join(root, 'reviews'));
    await expectOpen(page, 'model.onnx');
    await page.getByRole('tab', { name: 'Model', exact: true }).click();
    const folder = page.getByRole('region', { name: 'Folder' });
    await expect(folder).toContainText('onnx/model_q4.onnx');
    await expect(folder.getByRole('button', { name: 'Download all parts' })).toBeVisible();
    await page.getByRole('button', { name: 'Ways to download' }).click();
    await page.getByRole('menuitem', { name: 'Bundle to deploy' }).click();
    const dialog = page.getByRole('dialog', { name: 'Bundle to deploy' });
    const checked = dialog.getByRole('group', { name: 'Targets' }).getByRole('checkbox', { checked: true });
    await expect(checked.first()).toBeVisible();
    while ((await checked.count()) > 0) await checked.first().click();
    await expect(dialog.getByRole('button', { name: 'Save as zip' })).toBeDisabled();
    await dialog.getByRole('checkbox', { name: /transformers\.js/ }).check();
    const precisions = dialog.getByRole('group', { name: 'Precisions' });
    for (const dtype of ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4f16']) {
      await precisions.getByText(dtype, { exact: true }).click();
    }
    await expectNoViolations(page, 'bundle dialog with precisions');
    const { bytes } = await fileOfDownload(page, () => dialog.getByRole('button', { name: 'Save as zip' }).click());
    const files = unzipSync(bytes);
    const names = Object.keys(files).map((name) => name.slice(name.indexOf('/') + 1));
    const parts = ['onnx/model_q4.onnx', 'onnx/other_model_q4.onnx'];
    expect(names.toSorted()).toEqual(['README.md', 'config.json', ...parts, 'tokenizer.json']);
    const text = (name: string): string =>
      new TextDecoder().decode(files[Object.keys(files).find((each) => each.endsWith(name))!]);
    expect(JSON.parse(text('config.json'))).toMatchObject({
      model_type: 'bert',
      'transformers.js_config': { dtype: 'q4', device_config: { webgpu: { dtype: 'q4' } } },
    });
    expect(text('README.md')).toContain('| `q4` | `onnx/model_q4.onnx` | 4-bit weights |');
    expect(text('README.md')).not.toContain('not measured');
  });

  test('downloads all parts, each as its selected variant', async ({ page }) => {
    await page.goto('./');
    await drop(page, path.join(root, 'reviews'));
    await expectOpen(page, 'model.onnx');
    await choosePreset(page, 'int8-weights');
    await runRecipe(page);
    await page.getByRole('tab', { name: 'Model', exact: true }).click();
    const button = page.getByRole('region', { name: 'Folder' }).getByRole('button', { name: 'Download all parts' });
    const { name, bytes } = await fileOfDownload(page, () => button.click());
    expect(name).toMatch(/\.zip$/);
    const files = new Map(
      Object.entries(unzipSync(bytes)).map(([each, data]) => [each.slice(each.indexOf('/') + 1), Buffer.from(data)]),
    );
    const parts = ['onnx/model.onnx', 'onnx/other_model.onnx'];
    expect([...files.keys()].toSorted()).toEqual(['config.json', ...parts, 'tokenizer.json']);
    const original = await readFile(fixture('model.onnx'));
    expect(files.get('onnx/model.onnx')!.length).toBeLessThan(original.length / 2);
    expect(files.get('onnx/other_model.onnx')).toEqual(original);
    expect(files.get('tokenizer.json')).toEqual(await readFile(fixture('tokenizer.json')));
  });
});
