import { presetById } from '../src/engine/recipe/presets.ts';
import { hurryClockOfBenchmarks } from './support/clock.ts';
import { arrowTo, tabTo } from './support/keyboard.ts';
import { sample } from './support/samples.ts';
import { expectOpen, variantRows, waitForCells } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test('the main job can be done without a pointer', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const model = sample('digits-mlp');
  await hurryClockOfBenchmarks(page, 8);
  await page.goto('./');
  await tabTo(page, page.getByRole('button', { name: model.title }));
  await page.keyboard.press('Enter');
  await expectOpen(page, model.file);

  await test.step('chooses a preset from the menu', async () => {
    await tabTo(page, page.getByTestId('presets'));
    await page.keyboard.press('Enter');
    const preset = page
      .getByRole('menuitem')
      .filter({ has: page.getByText(presetById('int8-dynamic').title, { exact: true }) });
    await arrowTo(page, preset);
    await page.keyboard.press('Enter');
  });

  await test.step('adds a pass and moves it up', async () => {
    await tabTo(page, page.getByTestId('add-pass'));
    await page.keyboard.press('Enter');
    await arrowTo(page, page.getByRole('menuitem').first());
    await page.keyboard.press('Enter');
    const handles = page.getByRole('button', { name: /^Move .*pass \d of 2/ });
    await expect(handles).toHaveCount(2);
    const second = await handles.nth(1).getAttribute('aria-label');
    await tabTo(page, handles.nth(1));
    await page.keyboard.press('ArrowUp');
    await expect(handles.nth(0)).toHaveAttribute('aria-label', (second ?? '').replace('pass 2', 'pass 1'));
    await page.keyboard.press('Control+z');
    await expect(handles.nth(1)).toHaveAttribute('aria-label', second ?? '');
    await page.keyboard.press('Control+z');
    await expect(page.getByRole('button', { name: /^Move .*pass \d of 1/ })).toHaveCount(1);
  });

  await test.step('runs the recipe with its shortcut', async () => {
    await page.keyboard.press('Control+Enter');
    const variants = variantRows(page);
    await expect(variants).toHaveCount(2);
  });

  await test.step('finds the benchmark in the palette, measures and shares', async () => {
    // Nobody waits for the palette to load and to have the focus.
    await page.keyboard.press('Control+k');
    await page.keyboard.type('go to the bench');
    await page.keyboard.press('Enter');
    await tabTo(page, page.locator('input[type=radio][value=standard]'));
    await page.keyboard.press('ArrowLeft');
    await expect(page.locator('input[type=radio][value=quick]')).toBeChecked();
    for (const ep of ['webgpu', 'webnn-cpu']) {
      const column = page.locator(`[role=columnheader][data-ep=${ep}]`).getByRole('checkbox');
      await tabTo(page, column);
      await page.keyboard.press('Space');
      await expect(column).not.toBeChecked();
    }
    await tabTo(page, page.getByTestId('benchmark-cells'));
    await page.keyboard.press('Enter');
    await waitForCells(page, ['wasm']);
    await page.keyboard.press('l');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('#r=');
  });

  await test.step('downloads', async () => {
    const downloaded = page.waitForEvent('download');
    await page.keyboard.press('d');
    expect((await downloaded).suggestedFilename()).toBe('digits-mlp_quantized.onnx');
  });
});

test('help lists the shortcuts, and Escape goes one step back', async ({ page }) => {
  await page.goto('./');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toBeVisible();
  await expect(help.getByText('Run the recipe')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
});
