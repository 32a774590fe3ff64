/** Folders that sort in another order than the model was trained with: the page says so and proposes the order that fits. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { grayPng } from '../cli/testing/brightness.ts';
import { expectNoViolations } from './support/accessibility.ts';
import { correctOf, readConfusion } from './support/confusion.ts';
import { drop } from './support/drop.ts';
import { writePictures } from './support/pictures.ts';
import { sample } from './support/samples.ts';
import { waitForSaving } from './support/storage.ts';
import { waitForEvaluation } from './support/steps.ts';
import { expect, test } from './support/test.ts';

/** In the order that the model was trained with. */
const trained = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boot'];
/** Pictures of each class. */
const ofEach = 40;

test.describe('classes in another order than the model’s', () => {
  let folder = '';
  test.beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-classes-'));
    await writePictures(path.join(folder, 'clothes'), { nameOf: (label) => trained[label]!, mostOfEach: ofEach });
    await writeFile(path.join(folder, 'labels.txt'), trained.map((name, index) => `${index} ${name}`).join('\n'));
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  test('are found out, proposed, taken over with one press and undone with the evaluation', async ({ page }) => {
    const model = sample('fashion-cnn');
    await page.goto('./');
    await drop(page, model.path, path.join(folder, 'clothes'));
    await expect(page.getByTestId('preview-label')).toBeVisible();
    await page.getByTestId('evaluate').click();
    await waitForEvaluation(page);

    const before = await readConfusion(page);
    const results = page.getByRole('region', { name: 'Results' });
    await expect(results).toContainText('The model was probably trained with it');
    await expect(results).toContainText(`Better order: ${trained.join(', ')}.`);
    await expectNoViolations(page, 'class order');
    await results.getByRole('button', { name: 'Use the better order' }).click();
    await expect(page.getByTestId('result-original')).toContainText('evaluate again');
    await page.getByTestId('evaluate').click();
    await waitForEvaluation(page);
    await expect(results).not.toContainText('with another class order');
    const confusion = await readConfusion(page);
    // The same answers, to the same pictures.
    const folders = trained.toSorted();
    expect(confusion).toEqual(trained.map((name) => before[folders.indexOf(name)]));
    expect(correctOf(confusion)).toBeGreaterThan(0.8 * ofEach * trained.length);

    // The first takes the evaluation back, the second the order.
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    const order = page.getByRole('group', { name: 'Class order' });
    await expect(order.getByRole('listitem').first()).toHaveText(/Bag/);
  });

  test('count an empty folder, as the command line does', async ({ page }) => {
    const insects = path.join(folder, 'insects');
    for (const name of ['ant', 'bee', 'fly/wings']) await mkdir(path.join(insects, name), { recursive: true });
    for (const name of ['bee', 'fly/wings']) {
      await writeFile(path.join(insects, name, '1.png'), grayPng(28, 0));
    }
    await page.goto('./');
    await drop(page, sample('fashion-cnn').path, insects);
    const names = page.getByRole('group', { name: 'Class order' }).getByRole('listitem');
    await expect(names).toHaveText([/^0ant/, /^1bee/, /^2wings/]);
    await expect(page.getByText('2 samples · pictures')).toBeVisible();
    // Dropped files are kept with the work, the empty folder too.
    await waitForSaving(page);
    await page.reload();
    await expect(names).toHaveText([/^0ant/, /^1bee/, /^2wings/]);
  });

  test('are put in order by keyboard, as text and from a file', async ({ page }) => {
    await page.goto('./');
    await drop(page, sample('fashion-cnn').path, path.join(folder, 'clothes'));
    const order = page.getByRole('group', { name: 'Class order' });
    const names = order.getByRole('listitem');
    await expect(names).toHaveCount(10);
    await expect(names.first()).toHaveText('0Bag');
    await order.getByRole('button', { name: 'Move Coat up' }).focus();
    await page.keyboard.press('Enter');
    await expect(names.nth(1)).toHaveText('1Coat');
    await page.keyboard.press('Enter');
    await expect(names.nth(0)).toHaveText('0Coat');
    // At the top, the focus is where the class can still go.
    await expect(order.getByRole('button', { name: 'Move Coat down' })).toBeFocused();

    await order.getByRole('button', { name: 'Edit as text' }).click();
    const text = order.getByRole('textbox', { name: 'One class per line, output 0 first' });
    await text.fill('Bag\nBag');
    await order.getByRole('button', { name: 'Use this order' }).click();
    await expect(order.getByRole('alert')).toContainText('the class "Bag" is in it twice');
    const choosing = page.waitForEvent('filechooser');
    await order.getByRole('button', { name: 'Read from a file' }).click();
    await (await choosing).setFiles(path.join(folder, 'labels.txt'));
    await expect(text).toHaveValue(trained.join('\n'));
    await order.getByRole('button', { name: 'Use this order' }).click();
    await expect(names.first()).toHaveText('0T-shirt');
    await order.getByRole('button', { name: 'Restore order of the data' }).click();
    await expect(names.first()).toHaveText('0Bag');
  });
});
