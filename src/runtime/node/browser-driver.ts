/** Runs a benchmark in a headless browser, in the built app: how the command line measures WebGPU and WebNN. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { listen, createStaticServer } from '../../../scripts/serve.mjs';
import { readHeaderRules } from '../../../scripts/response-headers.mjs';
import { locateTestBrowser } from '../../../scripts/test-browser.mjs';
import { ParetoError } from '../../engine/errors';
import type { Device } from '../../engine/metrics/cell';
import { endSentence } from '../../engine/report/format';
import type { MeasureEvent, MeasureRequest } from '../measure-request';

/** What the page offers, see src/studio/bench-page.ts: this code may not import from the studio. */
type PageBenchmark = (request: unknown) => Promise<Device>;

/** A model on the disk: its file and its data files, which the model calls by `location`. */
export interface ModelOnDisk {
  readonly path: string;
  readonly name: string;
  readonly externalData: readonly { readonly path: string; readonly location: string }[];
}

export interface BrowserBenchmarkRequest extends Omit<MeasureRequest, 'original' | 'variants' | 'threads'> {
  readonly original: ModelOnDisk;
  readonly variant?: ModelOnDisk & { readonly id: string };
  readonly threads?: number;
}

const buildFolder = fileURLToPath(new URL('../../../dist', import.meta.url));

/** Throws a ParetoError when the app is not built or the browser does not start. */
export async function benchmarkInBrowser(
  signal: AbortSignal,
  request: BrowserBenchmarkRequest,
  onEvent: (event: MeasureEvent) => void,
): Promise<Device> {
  if (!existsSync(`${buildFolder}/bench.html`)) {
    throw new ParetoError(
      'benchmark/not-built',
      'The app is not built, and --browser measures in it. Run: npm run build',
    );
  }
  const browser = await launchBrowser();
  const server = createStaticServer(buildFolder, readHeaderRules(new URL('_headers', `file://${buildFolder}/`)));
  const close = () => void browser.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    const port = await listen(server, { port: 0 });
    const page = await browser.newPage();
    await page.exposeFunction('paretoBenchmarkEvent', onEvent);
    await page.goto(`http://localhost:${port}/bench.html`);
    return await benchmarkOnPage(page, request);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
    server.close();
  }
}

async function launchBrowser(): Promise<Browser> {
  try {
    return await chromium.launch(await locateTestBrowser());
  } catch (error) {
    // After its first line the launcher's message is its log.
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ParetoError(
      'benchmark/no-browser',
      `The browser could not be started: ${endSentence(why ?? '')} PARETO_BROWSER can name an installed Chrome or Chromium.`,
      { cause: error },
    );
  }
}

async function benchmarkOnPage(page: Page, request: BrowserBenchmarkRequest): Promise<Device> {
  const { original, variant, ...rest } = request;
  await chooseFiles(page, '#original', original);
  if (variant !== undefined) await chooseFiles(page, '#variant', variant);
  const pageRequest = {
    ...rest,
    original: onPage(original),
    variant: variant && { ...onPage(variant), id: variant.id },
  };
  const device = await page.evaluate(
    (given) => (window as unknown as { paretoBenchmark: PageBenchmark }).paretoBenchmark(given),
    pageRequest,
  );
  return { ...device, threads: request.threads ?? device.threads };
}

function chooseFiles(page: Page, input: string, { path, externalData }: ModelOnDisk): Promise<void> {
  return page.setInputFiles(input, [path, ...externalData.map((file) => file.path)]);
}

function onPage({ name, externalData }: ModelOnDisk) {
  return { name, externalData: externalData.map(({ location }) => location) };
}
