import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Axe has nothing to object to. `what` is on the screen; `within`: in the part of it that a selector names. */
export async function expectNoViolations(page: Page, what: string, within?: string): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (within === undefined ? axe : axe.include(within)).analyze();
  const found = violations.map(({ id, nodes }) => {
    const places = nodes.map(({ target, any }) => [target.join(' '), ...any.map(({ message }) => message)].join(': '));
    return `${id}: ${places.join(', ')}`;
  });
  expect(found, what).toEqual([]);
}
