/** The facts that the Model view, the graph and the layers show before anything runs. */
import { expectNoViolations } from './support/accessibility.ts';
import { expectNoSidewaysScroll, oppositeLooks, wear } from './support/looks.ts';
import { spareModelFile } from './support/spare-model.ts';
import { choosePreset, expectOpen, layersTable, openFile, openSample, openTab, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test('shows the cost of one run and the nodes that providers leave to the CPU', async ({ page }) => {
  await openSample(page, 'ppocr-classifier');
  await openTab(page, 'Model');
  const cost = page.getByRole('region', { name: 'Cost of one run' });
  await expect(cost).toContainText(/FLOPs[\d,]+Bytes moved[\d.]+\sMBPeak activations[\d.]+\s[kM]B/);
  // The sizes that the figures hold for stand beside them and can be changed.
  const multiplyAdds = async (): Promise<number> =>
    Number(/MACs([\d,]+)/.exec((await cost.textContent()) ?? '')![1]!.replaceAll(',', ''));
  const before = await multiplyAdds();
  await cost.getByRole('textbox', { name: /^Size of .*axis 0/ }).fill('2');
  await expect.poll(multiplyAdds).toBe(2 * before);
  const size = cost.getByRole('textbox', { name: /^Size of .*axis 0/ });
  await size.fill('0');
  await size.blur();
  await expect(size).toHaveValue('1');
  await expect.poll(multiplyAdds).toBe(before);
  await cost.getByRole('definition').last().locator('span').hover();
  await expect(page.getByRole('tooltip')).toHaveText(
    /^Static estimate, while \S+ runs\. Alive: \S+ \(\d+\skB\), .*\.$/,
  );
  await page.mouse.move(0, 0);
  await expect(page.getByRole('tooltip')).toBeHidden();
  // The model has operator set 9, for which WebGPU has no Clip.
  const placement = page.getByRole('region', { name: 'Predicted CPU fallback' });
  await expect(placement).toContainText('18 nodes will not run on WebGPU (36 copies): Clip ×18.');
  await expectNoViolations(page, 'model');
  for (const look of oppositeLooks) {
    await wear(page, look);
    await expectNoSidewaysScroll(page, `model, ${look.name}`);
  }
});

test('tells of the variant that is selected, and of the original again', async ({ page }) => {
  await openSample(page, 'fashion-transformer');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await openTab(page, 'Model');
  const weights = page.getByRole('region', { name: 'Weights' });
  await expect(page.getByRole('heading', { name: 'int8 (dynamic)' })).toBeVisible();
  await expect(weights.getByRole('row', { name: /^int8/ })).toBeVisible();
  await page.keyboard.press('k');
  await expect(page.getByRole('heading', { name: 'Original' })).toBeVisible();
  await expect(weights.getByRole('row', { name: /^float32/ })).toBeVisible();
  await expect(weights.getByRole('row', { name: /^int8/ })).toHaveCount(0);
});

test('shows in the graph and the layers which nodes leave WebGPU', async ({ page }) => {
  await openSample(page, 'ppocr-classifier');
  await openTab(page, 'Graph');
  const colors = page.getByRole('combobox', { name: 'Color by' });
  await colors.selectOption('placement-webgpu');
  // Cut short, the choices for WebGPU and for WebNN would read alike.
  await expect.poll(() => colors.evaluate(cutChoices)).toEqual([]);
  await expect(page.getByRole('list', { name: 'Colors: leaves WebGPU' })).toContainText('no kernel for it');
  const search = page.getByRole('textbox', { name: /^Search by operator/ });
  await search.fill('clip');
  await search.press('Enter');
  await expect(page.getByTestId('node-details')).toContainText('Leaves WebGPUno kernel for it');
  await openTab(page, 'Layers');
  await page.getByRole('textbox', { name: /^Filter by operator/ }).fill('clip');
  const rows = layersTable(page).getByRole('row');
  await expect(rows.nth(1)).toContainText('WebGPU');
});

/** Texts of choices that are wider than the room for them. */
function cutChoices(select: HTMLElement | SVGElement): string[] {
  const { font, paddingLeft, paddingRight } = getComputedStyle(select);
  const room = select.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = font;
  const texts = Array.from(select.querySelectorAll('option'), ({ text }) => text);
  return texts.filter((text) => context.measureText(text).width > room);
}

test('finds weights that are held twice or never read, and a precision of each', async ({ page }) => {
  const file = spareModelFile();
  await page.goto('./');
  await openFile(page, file);
  await expectOpen(page, file.name);
  await openTab(page, 'Model');
  const weights = page.getByRole('region', { name: 'Weights' });
  await expect(weights).toContainText('1 weight, 64 bytes. Simplify keeps one of each.');
  await expect(weights).toContainText('1 weight, 16 bytes. Simplify removes it.');
  await expect(weights.getByRole('row', { name: /^float32/ })).toContainText('36');
});
