/** Time of the processor that pages take. Other work on the machine has no part in it. */
import type { Page } from '@playwright/test';

/** CPU time of the pages of this browser so far, with their workers, in ms. */
export async function pageCpuMs(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.reduce((sum, { type, cpuTime }) => (type === 'renderer' ? sum + cpuTime * 1000 : sum), 0);
}
