/** A table whose label nobody can guess: which columns feed the model is seen and chosen. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { joinParts } from '../src/engine/onnx/codec/encode.ts';
import { encodeFiles } from '../src/engine/onnx/codec/encode-files.ts';
import { floatTensor, graph, model, node, valueInfo } from '../src/engine/onnx/testing/build.ts';
import { expectNoViolations } from './support/accessibility.ts';
import { drop } from './support/drop.ts';
import { expectNoSidewaysScroll, looks, oppositeLooks, wear } from './support/looks.ts';
import { waitForEvaluation } from './support/steps.ts';
import { expect, test } from './support/test.ts';

/** y = 2 rooms − area. */
function linearModel(): Buffer {
  const main = graph({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    initializers: [floatTensor('w', [2, 1], Float32Array.of(2, -1))],
    inputs: [valueInfo('x', ['N', 2])],
    outputs: [valueInfo('y', ['N', 1])],
  });
  return Buffer.from(joinParts(encodeFiles(model(main), { storage: 'auto', dataFileName: 'w.data' }).model));
}

test.describe('the columns of a table', () => {
  let folder = '';
  test.beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-columns-'));
    await writeFile(path.join(folder, 'linear.onnx'), linearModel());
    const rows = Array.from({ length: 40 }, (_, at) =>
      [2 * (at / 4) - (at % 7), at / 4, at * 3 + 0.5, at % 7].join(','),
    );
    await writeFile(path.join(folder, 'homes.csv'), `price,rooms,noise,area\n${rows.join('\n')}\n`);
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  test('are chosen beside the label, by keyboard, and change with it', async ({ page }) => {
    await page.goto('./');
    await drop(page, path.join(folder, 'linear.onnx'), path.join(folder, 'homes.csv'));
    const mapping = page.getByRole('region', { name: 'Mapping' });
    const input = mapping.getByRole('group', { name: 'Input x' });
    await expect(input).toBeVisible();
    await mapping.getByRole('combobox', { name: 'Labels' }).click();
    await page.getByRole('option', { name: /^price/ }).click();
    // Nothing fits by itself: the choice is open, and the constant 0 is one that can be made.
    const fedWith = input.getByRole('combobox', { name: 'Source' });
    await expect(fedWith).toHaveValue('');
    await expect(input).toContainText('The mapping has no entry for input "x"');
    await fedWith.click();
    await page.getByRole('option', { name: 'Constant' }).click();
    await expect(input.getByRole('textbox', { name: 'Number' })).toHaveValue('0');
    await expect(input).not.toContainText('The mapping has no entry');
    await fedWith.click();
    await page.getByRole('option', { name: 'Numbers', exact: true }).click();
    await input.getByRole('combobox', { name: 'Field' }).click();
    await page.getByRole('option', { name: /^features/ }).click();

    const columns = input.getByRole('group', { name: 'Columns that feed x' });
    await expect(columns).toContainText('3 of 4 columns used');
    await expect(columns.getByRole('checkbox', { name: 'price (label)' })).toBeDisabled();
    await expect(input).toContainText('has shape [3] for one sample, which does not fit input "x" of shape [N, 2]');
    await columns.getByRole('checkbox', { name: 'noise' }).focus();
    await page.keyboard.press('Space');
    await expect(columns).toContainText('2 of 4 columns used');
    await expect(page.getByRole('region', { name: 'Preview' }).getByText('float32 [1, 2]')).toBeVisible();
    await expect(page.getByTestId('evaluate')).toBeEnabled();
    await expectNoViolations(page, 'columns of a table');
    for (const look of oppositeLooks) {
      await wear(page, look);
      await expectNoSidewaysScroll(page, `columns of a table, ${look.name}`);
    }
    await wear(page, looks[0]!);

    await page.getByTestId('evaluate').click();
    await waitForEvaluation(page);
    // No error at all.
    await expect(page.getByTestId('result-original')).toHaveText(/^original0/);

    await mapping.getByRole('combobox', { name: 'Labels' }).click();
    await page.getByRole('option', { name: /^area/ }).click();
    await expect(columns).toContainText('1 of 4 columns used');
    await expect(columns.getByRole('checkbox', { name: 'area (label)' })).not.toBeChecked();
    await page.getByRole('button', { name: /^Undo/ }).click();
    await expect(columns).toContainText('2 of 4 columns used');
  });
});
