/** Scripts before those of the page's workers: clocks that run faster, for work that takes a fixed time however small the model is. */
import type { Page, Route } from '@playwright/test';

/** Time passes `times` as fast for searches of pages that are loaded after this call. */
export async function hurryClockOfSearches(page: Page, times: number): Promise<void> {
  await prependToWorkers(
    page,
    'search',
    `{
    const { performance, setTimeout } = self;
    const passedMs = performance.now.bind(performance);
    performance.now = () => ${times} * passedMs();
    self.setTimeout = (listener, ms) => setTimeout(listener, ms / ${times});
  }\n`,
  );
}

/**
 * The clock of benchmarks runs `times` as fast in pages that are loaded after this call, so that benchmarks end sooner. Their times
 * are as much longer. Timers stay, because the browser needs as long to answer.
 */
export async function hurryClockOfBenchmarks(page: Page, times: number): Promise<void> {
  await prependToWorkers(
    page,
    'benchmark|session',
    `{
    const passedMs = performance.now.bind(performance);
    performance.now = () => ${times} * passedMs();
  }\n`,
  );
}

/**
 * Puts a script before those of some workers, in pages that are loaded after this call. `times` limits how many workers get it. The
 * route stays then: its removal would change, in the middle of the start of the page, how the browser sends all other requests.
 */
export async function prependToWorkers(
  page: Page,
  workers: string,
  script: string,
  { times = Infinity }: { readonly times?: number } = {},
): Promise<void> {
  let left = times;
  const prepend = async (route: Route): Promise<void> => {
    try {
      if (left === 0) return await route.continue();
      left -= 1;
      const response = await route.fetch({ maxRetries: 3 });
      await route.fulfill({ response, body: script + (await response.text()) });
    } catch (error) {
      // The test has ended meanwhile. In a test that goes on, the worker does not load, and the test fails by that.
      if (!/disposed|closed/.test(String(error))) throw error;
    }
  };
  await page.route(new RegExp(String.raw`/assets/(${workers})-[\w-]{8}\.js$`), prepend);
}
