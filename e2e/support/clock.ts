/** Scripts before those of the page's workers: clocks that run faster, for work that takes a fixed time however small the model is. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { headersFor, readHeaderRules } from '../../src/runtime/node/response-headers.mjs';

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

/** Puts a script before those of some workers, in pages that are loaded after this call. */
export async function prependToWorkers(page: Page, workers: string, script: string): Promise<void> {
  const rules = readHeaderRules('public/_headers');
  await page.route(new RegExp(String.raw`/assets/(${workers})-[\w-]{8}\.js$`), async (route) => {
    // From the disk: a request of its own could meet a connection that the server closes at this moment.
    const { pathname } = new URL(route.request().url());
    const body = script + (await readFile(path.join('dist', 'assets', path.basename(pathname)), 'utf8'));
    await route.fulfill({ body, contentType: 'text/javascript', headers: headersFor(rules, pathname) });
  });
}
