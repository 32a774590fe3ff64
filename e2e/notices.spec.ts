/** Notices and the headline of the studio must not block the work. */
import type { Locator, Page } from '@playwright/test';
import { choosePreset, commandButton, openSample, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

async function pasteText(page: Page, text: string): Promise<void> {
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** In the end: what has just come moves into its place. */
async function expectApart(a: Locator, b: Locator): Promise<void> {
  await expect(async () => {
    const [one, other] = [await a.boundingBox(), await b.boundingBox()];
    if (one === null || other === null) throw new Error('Both must be on the screen.');
    const isApart =
      one.x + one.width <= other.x ||
      other.x + other.width <= one.x ||
      one.y + one.height <= other.y ||
      other.y + other.height <= one.y;
    expect(isApart, `${JSON.stringify(one)} covers ${JSON.stringify(other)}`).toBe(true);
  }).toPass({ timeout: 60_000 });
}

const futureRecipes = [1, 2, 3].map((number) =>
  JSON.stringify({ version: 1, seed: 0, steps: [{ pass: `pass-of-the-future-${number}` }] }),
);

test('notices leave the buttons free on a desktop and a phone, and problems go too', async ({ page }) => {
  await openSample(page, 'blazeface-front');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  // The link can be copied by hand if the clipboard is denied.
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('Denied.', 'NotAllowedError'));
  });
  await commandButton(page, 'copy-link').click();
  const link = page.getByRole('textbox', { name: 'Link to copy' });
  await expect(link).toHaveValue(/^http.*#r=./);
  await link.focus();
  expect(await page.evaluate(() => getSelection()?.toString())).toContain('#r=');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(link).toHaveCount(0);
  await page.clock.install();
  for (const [width, height] of [
    [1280, 800],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => scrollTo(0, 0));
    for (const recipe of futureRecipes) await pasteText(page, recipe);
    const notices = page.getByRole('region', { name: 'Notices' });
    await expect(notices).toContainText('was not applied.');
    await expect(notices.getByRole('button', { name: 'Dismiss' })).toHaveCount(3);
    await expectApart(notices, page.getByRole('group', { name: 'Actions' }));
    await expectApart(notices, page.getByRole('navigation', { name: 'Screens' }));
    await expectApart(notices, page.getByTestId('next-step'));
    await expect(page.getByRole('button', { name: /^Move .*pass 1 of 1/ })).toHaveCount(1);
    // A notice under the pointer is being read, and stays: where the last click was, one may have come up.
    await page.mouse.move(0, 0);
    await page.clock.runFor(21_000);
    await expect(notices).toHaveCount(0);
  }
});

test('the headline folds on a small phone and unfolds when asked', async ({ page }) => {
  // Sentences of any length have four lines on a phone: on a wider one this headline needs no more.
  await page.setViewportSize({ width: 240, height: 520 });
  await openSample(page, 'ppocr-recognizer');
  await choosePreset(page, 'prune-then-int8');
  await runRecipe(page);
  const headline = page.getByTestId('headline');
  await expect(headline).toContainText('After gzip:');
  const height = async (): Promise<number> => (await headline.boundingBox())!.height;
  await expect.poll(height).toBeLessThan(120);
  const folded = await height();
  const more = page.getByRole('button', { name: 'More', exact: true });
  await more.click();
  await expect.poll(height).toBeGreaterThan(folded);
  await page.getByRole('button', { name: 'Less', exact: true }).click();
  await expect.poll(height).toBe(folded);
});
