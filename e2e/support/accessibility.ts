import { expect, type Page } from '@playwright/test';
import axe from 'axe-core';

const options = {
  // Experimental in axe, so it is off by itself.
  rules: { 'label-content-name-mismatch': { enabled: true } },
  // Only violations are reported, because describing the correct parts takes longer than finding them.
  resultTypes: ['violations' as const],
};

/** Axe has nothing to object to. `what` is on the screen; `within`: in the part of it that a selector names. */
export async function expectNoViolations(page: Page, what: string, within?: string): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(
    async ([selector, asked]) => {
      // A button that has just been enabled fades from one color to another, and a notice fades in. The bar of a job never ends.
      const ends = ({ effect }: Animation): boolean => Number.isFinite(effect?.getComputedTiming().endTime);
      const fading = () => document.getAnimations().filter((each) => each.playState === 'running' && ends(each));
      while (fading().length > 0) await Promise.allSettled(fading().map(({ finished }) => finished));
      const { run } = (window as unknown as { readonly axe: typeof axe }).axe;
      return (await run(selector ?? document, asked)).violations;
    },
    [within, options] as const,
  );
  const found = violations.map(({ id, nodes }) => {
    const places = nodes.map(({ target, any }) => [target.join(' '), ...any.map(({ message }) => message)].join(': '));
    return `${id}: ${places.join(', ')}`;
  });
  expect(found, what).toEqual([]);
}
