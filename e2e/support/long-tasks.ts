/** Tasks that kept the main thread from answering, in time of the processor: what else the machine does has no part in it. */
import type { Page } from '@playwright/test';

/** As the browser's own long tasks, which are told in time of the clock. */
const longMs = 50;
const [tasks, marks] = ['toplevel', 'blink.user_timing'];
const endMark = 'pareto-end-of-trace';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
  /** Time of the processor in µs. */
  readonly tdur?: number;
}

/** How long each long task took that ran in the page during a step, in ms. */
export async function longTasksMs(page: Page, step: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: [tasks, marks] });
  await step();
  await page.evaluate((name) => void performance.mark(name), endMark);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  // A trace that is full says nothing of what came after.
  if (traceEvents.every(({ name }) => name !== endMark)) throw new Error('The trace ends before the step does.');
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const isMain = (event: TraceEvent) => threads.some(({ pid, tid }) => event.pid === pid && event.tid === tid);
  const durations = traceEvents
    .filter((event) => event.name === 'ThreadControllerImpl::RunTask' && isMain(event))
    .map(({ tdur }) => tdur! / 1000);
  if (durations.length === 0) throw new Error('The trace has no task of the page.');
  return durations.filter((ms) => ms > longMs).map(Math.round);
}
