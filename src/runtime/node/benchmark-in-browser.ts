import { valueOf, type Outcome } from '../../engine/errors';
import type { Device } from '../../engine/metrics/cell';
import type { MeasureEvent, MeasureRequest } from '../benchmark/measure-request';
import type { SweepAxis } from '../../engine/profiling/sweep';
import type { SweepRequest, SweepResult } from '../benchmark/sweep';
import type { SweepProgress } from '../jobs/benchmark-calls';
import { chooseModel, withBenchPage, type ModelOnDisk } from './browser-driver';

/** The function of the page, see src/app/bench-page.ts: this code may not import from the app. */
type PageBenchmark = (request: unknown) => Promise<Device>;

export interface BrowserBenchmarkRequest extends Omit<MeasureRequest, 'original' | 'variants' | 'threads'> {
  readonly original: ModelOnDisk;
  readonly variant?: ModelOnDisk & { readonly id: string };
  readonly threads?: number;
}

/** Throws a ParetoError when the app is not built or the browser does not start. */
export function benchmarkInBrowser(
  signal: AbortSignal,
  { original, variant, ...rest }: BrowserBenchmarkRequest,
  onEvent: (event: MeasureEvent) => void,
): Promise<Device> {
  const listener = { name: 'paretoBenchmarkEvent', listen: onEvent };
  return withBenchPage(signal, 'paretoBenchmark', listener, async (page) => {
    const request = {
      ...rest,
      original: await chooseModel(page, '#original', original),
      variant: variant && { ...(await chooseModel(page, '#variant', variant)), id: variant.id },
    };
    const device = await page.evaluate(
      (given) => (window as unknown as { paretoBenchmark: PageBenchmark }).paretoBenchmark(given),
      request,
    );
    return { ...device, threads: rest.threads ?? device.threads };
  });
}

/** The function of the page, see src/app/bench-page.ts. */
type PageSweep = (request: unknown, axis: SweepAxis) => Promise<Outcome<SweepResult>>;

/**
 * Measures a model over the values of a setting. The time to start the browser counts to `longestMs`. Rejects like
 * `benchmarkInBrowser`, and as the measurement does.
 */
export function sweepInBrowser(
  signal: AbortSignal,
  { longestMs = Infinity, ...request }: Omit<SweepRequest, 'files'>,
  model: ModelOnDisk,
  axis: SweepAxis,
  onProgress: (progress: SweepProgress) => void,
): Promise<SweepResult> {
  const startMs = performance.now();
  const listener = { name: 'paretoSweepProgress', listen: onProgress };
  return withBenchPage(signal, 'paretoSweep', listener, async (page) => {
    const asked = {
      ...request,
      model: await chooseModel(page, '#original', model),
      longestMs: Math.max(0, longestMs - (performance.now() - startMs)),
    };
    const outcome = await page.evaluate(
      ([given, over]) => (window as unknown as { paretoSweep: PageSweep }).paretoSweep(given, over),
      [asked, axis] as const,
    );
    return valueOf(outcome);
  });
}
