/** A phone of 360 × 740, beside a scroll bar: no screen cuts a control. */
import type { Page } from '@playwright/test';
import { expectNoSidewaysScroll } from './support/looks.ts';
import { choosePreset, goTo, openSample, openTab, runRecipe, segment, waitForCells } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test.use({ viewport: { width: 360 - 15, height: 740 } });

/**
 * Visible controls and verdicts of which a part is out of the window or their tile to the side, or whose text is cut. Tabs and tables scroll in
 * their own boxes, and the head of the matrix is for screen readers.
 */
function cutControls(): string[] {
  const isShown = (control: HTMLElement): boolean =>
    control.getClientRects().length > 0 &&
    control.closest(
      '.visually-hidden, thead, [role=tablist], [role=region][tabindex], [aria-label="Table of all nodes"], [aria-label="Skip links"]',
    ) === null;
  const isCut = (control: HTMLElement): boolean => {
    const { left, right, width } = control.getBoundingClientRect();
    const hides = (part: HTMLElement) => getComputedStyle(part).overflowX !== 'visible' && part.innerText !== '';
    const isTextCut = [control, ...control.querySelectorAll<HTMLElement>(':not(.visually-hidden)')].some(
      (part) => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1 && hides(part),
    );
    const edge =
      control.dataset.verdict === undefined ? innerWidth : control.parentElement!.getBoundingClientRect().right;
    return width > 1 && (left < -1 || right > edge + 1 || isTextCut);
  };
  return [...document.querySelectorAll<HTMLElement>('a, button, input, select, label, [data-verdict]')]
    .filter((control) => isShown(control) && isCut(control))
    .map((control) => `${control.tagName} ${control.getAttribute('aria-label') ?? ''} ${control.innerText}`.trim());
}

async function expectNothingCut(page: Page, screen: string): Promise<void> {
  await expectNoSidewaysScroll(page, screen);
  expect.soft(await page.evaluate(cutControls), `cut on ${screen}`).toEqual([]);
}

test('no screen cuts a control', async ({ page }) => {
  await page.goto('./');
  await expectNothingCut(page, 'Start');
  await openSample(page, 'fashion-cnn');
  await expectNothingCut(page, 'Studio');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  for (const tab of ['Trade-off', 'Compare', 'Changes', 'Graph', 'Layers', 'Sensitivity', 'Model']) {
    await openTab(page, tab);
    await expect(page.getByRole('tabpanel').getByText('Loading…')).toHaveCount(0);
    await expectNothingCut(page, tab);
  }
  await goTo(page, 'Data');
  await expect(page.getByTestId('evaluate')).toBeVisible();
  await expectNothingCut(page, 'Data');
  await goTo(page, 'Benchmark');
  await segment(page, 'quick').click();
  await expect(page.getByTestId('cell-original|wasm')).toBeVisible();
  for (const cell of await page.getByTestId(/^cell-.*\|(?!wasm)/).all()) await cell.getByRole('checkbox').uncheck();
  await page.getByTestId('benchmark-cells').click();
  await waitForCells(page, ['wasm']);
  await expectNothingCut(page, 'Benchmark');
  await goTo(page, 'Serving');
  await expect(page.getByTestId('measure-batches')).toBeVisible();
  await expectNothingCut(page, 'Serving');
  await goTo(page, 'Report');
  await expect(page.getByTestId('report-headline')).toBeVisible();
  await expectNothingCut(page, 'Report');
});
