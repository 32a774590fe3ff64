/** Tasks of the main thread that kept it from answering for more than 50 ms. */
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    paretoLongTasks?: PerformanceEntry[];
  }
}

/** Starts to collect. Call it once the page is loaded. */
export async function collectLongTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    const tasks: PerformanceEntry[] = [];
    window.paretoLongTasks = tasks;
    new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ entryTypes: ['longtask'] });
  });
}

/** Durations since `collectLongTasks`, in ms. */
export async function longTasksMs(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    if (window.paretoLongTasks === undefined) throw new Error('Nothing was collected.');
    return window.paretoLongTasks.map(({ duration }) => Math.round(duration));
  });
}
