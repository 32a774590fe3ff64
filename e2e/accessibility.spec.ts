import { expectNoViolations } from './support/accessibility.ts';
import { choosePreset, copyLink, measureOn, openSample, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing to object to on any screen in the ${theme} theme`, async ({ page }) => {
    // Colours that are still fading in would be taken for too little contrast.
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.goto('./');
    await expect(page.getByRole('region', { name: 'This device' }).getByRole('listitem')).toHaveCount(3);
    await expectNoViolations(page, 'start');

    await page.keyboard.press('Control+k');
    await expect(page.getByPlaceholder('Find a command')).toBeVisible();
    await expectNoViolations(page, 'palette');
    await page.keyboard.press('Escape');

    await openSample(page, 'blazeface-front');
    await expectNoViolations(page, 'studio, original');
    for (const menu of ['Presets', 'Add pass']) {
      await page.getByRole('button', { name: menu }).click();
      await expect(page.getByRole('menu')).toBeVisible();
      await expectNoViolations(page, menu, '[role="menu"]');
      await page.keyboard.press('Escape');
      await expect(page.getByRole('menu')).toBeHidden();
    }
    await choosePreset(page, 'INT8 dynamic + Conv');
    await runRecipe(page);
    await expectNoViolations(page, 'studio, variant');
    for (const tab of ['Changes', 'Model']) {
      await page.getByRole('tab', { name: tab }).click();
      await expectNoViolations(page, tab);
    }
    await measureOn(page, ['wasm']);
    await expectNoViolations(page, 'benchmark');
    const link = await copyLink(page);
    await page.getByRole('tab', { name: 'Compare' }).click();
    await expectNoViolations(page, 'compare');
    await page.goto(link);
    await page.reload();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectNoViolations(page, 'report');
  });
}
