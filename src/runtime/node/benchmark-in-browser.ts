import type { Device } from '../../engine/metrics/cell';
import type { MeasureEvent, MeasureRequest } from '../benchmark/measure-request';
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
