/**
 * Tasks that kept the main thread from answering, in time of the processor. Other work on the machine has no part in
 * it.
 */
import type { Page } from '@playwright/test';

/** The limit of the browser's own long tasks, which are measured by the clock. */
const longMs = 50;
const [tasks, marks] = ['toplevel', 'blink.user_timing'];
const [beginMark, endMark] = ['pareto-begin-of-trace', 'pareto-end-of-trace'];

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args?: {
    readonly name?: string;
    readonly chrome_mojo_event_info?: { readonly mojo_interface_tag?: string };
  };
  /** When it began, by a clock that all events share. */
  readonly ts: number;
  /** Time of that clock, and of the processor, in µs. */
  readonly dur?: number;
  readonly tdur?: number;
}

/**
 * The browser's own part of starting a worker. It runs in the page's thread, and no page can make it shorter. It took
 * 92 ms once in 24 starts, in which all tasks of the page took 24 ms at most.
 */
function isStartOfWorker({ name, args }: TraceEvent): boolean {
  const sender = args?.chrome_mojo_event_info?.mojo_interface_tag;
  return name === 'Receive mojo message' && sender === 'blink.mojom.DedicatedWorkerHostFactoryClient';
}

/** How long each long task took that ran in the page during a step, in ms. */
export async function longTasksMs(page: Page, step: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: [tasks, marks] });
  // To begin a trace is work of the page's own thread, and no part of the step.
  await page.evaluate((name) => void performance.mark(name), beginMark);
  await step();
  await page.evaluate((name) => void performance.mark(name), endMark);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const begunAt = traceEvents.find(({ name }) => name === beginMark)?.ts;
  if (begunAt === undefined) throw new Error('The trace begins after the step does.');
  // A trace that is full says nothing of what came after.
  if (traceEvents.every(({ name }) => name !== endMark)) throw new Error('The trace ends before the step does.');
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const isMain = (event: TraceEvent) => threads.some(({ pid, tid }) => event.pid === pid && event.tid === tid);
  const ofPage = traceEvents.filter((event) => isMain(event) && event.ts >= begunAt);
  const starts = ofPage.filter(isStartOfWorker);
  const durations = ofPage
    .filter(({ name }) => name === 'ThreadControllerImpl::RunTask')
    .map(({ ts, dur, tdur }) => {
      const within = starts.filter((start) => start.ts >= ts && start.ts < ts + dur!);
      return within.reduce((rest, start) => rest - (start.tdur ?? 0), tdur!) / 1000;
    });
  if (durations.length === 0) throw new Error('The trace has no task of the page.');
  return durations.filter((ms) => ms > longMs).map(Math.round);
}
