/** The build on a host that can send no headers: the page has its policy, the service worker adds the isolation. */
import type { AddressInfo } from 'node:net';
import { createStaticServer } from '../src/runtime/node/static-server.mjs';
import { longestJobMs } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test.use({ serviceWorkers: 'allow' });

test('a host without headers gets threads and the exact timer from the second load on', async ({ browser }) => {
  const server = createStaticServer('dist', []).listen(0, '127.0.0.1');
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const isIsolated = (): Promise<boolean> => page.evaluate(() => crossOriginIsolated);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await isIsolated()).toBe(false);
    // Once it has stored the page with all that the page needs.
    const isControlled = (): Promise<boolean> => page.evaluate(() => navigator.serviceWorker.controller !== null);
    await expect.poll(isControlled, { timeout: longestJobMs }).toBe(true);
    await page.reload();
    expect(await isIsolated()).toBe(true);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  } finally {
    await context.close();
    server.close();
    server.closeAllConnections();
  }
});
