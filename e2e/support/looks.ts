/** The windows and themes in which every screen must hold. */
import { expect, type Page, type ViewportSize } from '@playwright/test';

export interface Look {
  readonly name: string;
  readonly viewport: ViewportSize;
  readonly theme: 'light' | 'dark';
}

const desktop: ViewportSize = { width: 1440, height: 900 };
const phone: ViewportSize = { width: 390, height: 844 };

export const looks: readonly Look[] = [
  { name: 'desktop-light', viewport: desktop, theme: 'light' },
  { name: 'desktop-dark', viewport: desktop, theme: 'dark' },
  { name: 'phone-light', viewport: phone, theme: 'light' },
  { name: 'phone-dark', viewport: phone, theme: 'dark' },
];

/** Each window and each theme once, for what does not depend on both together. */
export const oppositeLooks: readonly Look[] = [looks[0]!, looks[3]!];

/** Changes the theme only. Colors that are still fading would have too little contrast. */
export async function wearTheme(page: Page, theme: Look['theme']): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme);
}

/** Changes the window and the theme only. */
export async function wear(page: Page, { viewport, theme }: Look): Promise<void> {
  await page.setViewportSize(viewport);
  await wearTheme(page, theme);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.evaluate(untilStill);
}

/** Charts take their width from the window some frames later. Runs in the page. */
async function untilStill(): Promise<void> {
  const sizes = (): string =>
    [document.documentElement, ...document.querySelectorAll('main > *, svg, canvas')]
      .map(({ scrollWidth, scrollHeight, clientWidth }) => [scrollWidth, scrollHeight, clientWidth].join())
      .join(' ');
  let before = '';
  for (let same = 0; same < 6;) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = sizes();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

/** `what` is on the screen. Wide things scroll in boxes of their own. */
export async function expectNoSidewaysScroll(page: Page, what: string): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), {
      message: `pixels that "${what}" scrolls sideways`,
    })
    .toBeLessThanOrEqual(0);
}
