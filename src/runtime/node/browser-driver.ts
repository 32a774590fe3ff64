/** Runs jobs in a headless browser, in the built app: how the command line reaches WebGPU and WebNN. */
import type { Browser, Page } from 'playwright';
import { listen, createStaticServer } from './static-server.mjs';
import { readHeaderRules } from './response-headers.mjs';
import { locateTestBrowser } from './test-browser.mjs';
import { messageOf, ParetoError } from '../../engine/errors';
import { endSentence } from '../../engine/format';
import { builtPage } from './own-files';

/** A model on the disk: its file and its data files, which the model calls by `location`. */
export interface ModelOnDisk {
  readonly path: string;
  readonly name: string;
  readonly externalData: readonly { readonly path: string; readonly location: string }[];
}

/** A function that the page calls while it works, by its name on `window`. */
export interface PageListener<Event> {
  readonly name: string;
  readonly listen: (event: Event) => void;
}

/**
 * Opens the page behind `--browser` (src/app/bench-page.ts) and closes everything after the job, or when the signal is
 * aborted. Throws `browser/…` when the app is not built, is too old for the job, or the browser does not start.
 *
 * @param job what the page offers on `window`: without it the build is older than this code
 */
export async function withBenchPage<Value, Event>(
  signal: AbortSignal,
  job: string,
  listener: PageListener<Event>,
  work: (page: Page) => Promise<Value>,
): Promise<Value> {
  const buildFolder = builtPage();
  const browser = await launchBrowser();
  const server = createStaticServer(buildFolder, readHeaderRules(new URL('_headers', `file://${buildFolder}/`)));
  const close = () => void browser.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    const port = await listen(server, { port: 0 });
    const page = await browser.newPage();
    await page.exposeFunction(listener.name, listener.listen);
    await page.goto(`http://localhost:${port}/bench.html`);
    if (!(await page.evaluate((name) => name in window, job))) {
      throw new ParetoError('browser/old-build', 'The built app is older than this command. Run: npm run build');
    }
    return await work(page);
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
    const { chromium } = await import('playwright');
    return await chromium.launch(await locateTestBrowser());
  } catch (error) {
    // The launcher's message contains its log after the first line.
    const [why] = messageOf(error).split('\n');
    throw new ParetoError(
      'browser/no-browser',
      `The browser could not be started: ${endSentence(why ?? '')} Set PARETO_BROWSER to an installed Chrome or Chromium.`,
      { cause: error },
    );
  }
}

/** A model by its name in the page; its files wait in a file input. */
export interface PageModel {
  readonly name: string;
  readonly externalData: readonly string[];
}

/** Puts the files of a model into a file input of the page, which reads them from the disk. */
export async function chooseModel(
  page: Page,
  input: string,
  { path, name, externalData }: ModelOnDisk,
): Promise<PageModel> {
  await page.setInputFiles(input, [path, ...externalData.map((file) => file.path)]);
  return { name, externalData: externalData.map(({ location }) => location) };
}
