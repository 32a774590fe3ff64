/**
 * The cold start that the page shows for a model, next to the time that a page without Pareto needs in the same browser at the
 * same network speed. Both have one thread, and no file is compressed.
 *
 *     npm run build
 *     npx tsx bench/cold-start.ts [--repetitions 5] [--write]
 *
 * Measurement and page take turns. The browser delays the downloads of the page as its developer tools do.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright';
import { listen } from '../scripts/serve.mjs';
import { inspectInputs } from '../src/engine/analysis/inspect';
import { withSuggestedDimensions } from '../src/engine/data/free-dimensions';
import { createSyntheticFeeds } from '../src/engine/data/synthetic';
import { formatDuration, formatNumber } from '../src/engine/format';
import { originalId } from '../src/engine/metrics/cell';
import { median } from '../src/engine/metrics/quantile';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { coldStart, networks } from '../src/engine/profiling/cold-start';
import { wasmRuntimeBytes } from '../src/engine/profiling/page-download';
import type { MeasureEvent } from '../src/runtime/benchmark/measure-request';
import { MeasuredCells } from '../src/runtime/benchmark/measured-cells';
import { chooseModel, withBenchPage } from '../src/runtime/node/browser-driver';
import { PathSource } from '../src/runtime/node/path-source';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { samples } from './support/samples';
import { serveFolders } from './support/serve-folders';

const { values } = parseArgs({ options: { ...writeOption, repetitions: { type: 'string', default: '5' } } });
const repetitions = Number(values.repetitions);
/** The goal: shown within 10 % of the time that is needed. */
const mostDifference = 0.1;
/** Samples of different sizes, with inputs of float32. */
const models = samples.filter(({ id }) => ['digits-mlp', 'fashion-cnn'].includes(id));

interface WebRuntime {
  readonly env: { readonly wasm: { numThreads: number; wasmPaths: string } };
  readonly Tensor: new (dtype: 'float32', data: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(model: Uint8Array): Promise<{ run(feeds: Readonly<Record<string, object>>): Promise<unknown> }>;
  };
}

interface FirstOutputRequest {
  readonly address: string;
  readonly inputs: readonly { readonly name: string; readonly dims: readonly number[]; readonly data: number[] }[];
}

/** Runs in the page. Returns the time from the first request to the first output, in ms. */
async function timeFirstOutput({ address, inputs }: FirstOutputRequest): Promise<number> {
  const startMs = performance.now();
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const ort = (await import('/ort/ort.wasm.min.mjs' as never)) as WebRuntime;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/ort/';
  const session = await ort.InferenceSession.create(bytes);
  const feeds: Record<string, object> = {};
  for (const { name, dims, data } of inputs) feeds[name] = new ort.Tensor('float32', Float32Array.from(data), dims);
  await session.run(feeds);
  return performance.now() - startMs;
}

type Sample = (typeof models)[number];

/** In a context of its own, so that nothing is cached. */
async function neededMs(browser: Browser, origin: string, { path, id }: Sample, mbps: number): Promise<number> {
  const described = inspectInputs(decodeModel(PathSource.of(path)));
  const feeds = createSyntheticFeeds(described, withSuggestedDimensions(described, {}), 0);
  const inputs = Object.entries(feeds).map(([name, { dims, data }]) => {
    if (!(data instanceof Float32Array)) throw new Error(`Input "${name}" is not float32.`);
    return { name, dims, data: Array.from(data) };
  });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(origin);
    const client = await context.newCDPSession(page);
    await client.send('Network.enable');
    const downloadThroughput = (mbps * 1e6) / 8;
    const unlimited = { offline: false, latency: 0, uploadThroughput: -1 };
    await client.send('Network.emulateNetworkConditions', { ...unlimited, downloadThroughput });
    return await page.evaluate(timeFirstOutput, { address: `/models/${id}.onnx`, inputs });
  } finally {
    await context.close();
  }
}

const listened = { latest: new MeasuredCells() };

/** The sum that the page shows without gzip, from a cell of its own. */
async function shownMs(page: Page, { path, id }: Sample, mbps: number): Promise<number> {
  await page.reload();
  const measured = (listened.latest = new MeasuredCells());
  const onDisk = { path, name: `${id}.onnx`, externalData: [] };
  const request = {
    ...{ freeDimensions: {}, budget: 'quick', threads: 1, seed: 0 },
    cells: [{ variant: originalId, ep: 'wasm' }],
    original: await chooseModel(page, '#original', onDisk),
  };
  await page.evaluate(
    (given) => (window as unknown as { paretoBenchmark: (asked: unknown) => Promise<unknown> }).paretoBenchmark(given),
    request,
  );
  if (measured.failures.length > 0) throw new Error(measured.failures.join(' '));
  const { loadMs, firstRunMs } = measured.cells[0]!;
  const sent = { modelBytes: readFileSync(path).length, runtimeBytes: wasmRuntimeBytes.plain };
  return coldStart({ ...sent, createMs: loadMs, firstRunMs }, mbps).totalMs;
}

const runtime = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')));
const server = serveFolders('<!doctype html><title>Cold start</title>', {
  '/ort/': runtime,
  '/models/': dirname(models[0]!.path),
});
const origin = `http://localhost:${await listen(server, { port: 0 })}/`;
const listener = {
  name: 'paretoBenchmarkEvent',
  listen: (event: MeasureEvent): void => listened.latest.add(event),
};
try {
  await withBenchPage(new AbortController().signal, 'paretoBenchmark', listener, async (page) => {
    const browser = page.context().browser()!;
    printHead('model', 'network', 'needed', 'shown', 'shown ÷ needed', 'within 10 %', 'load');
    for (const model of models) {
      for (const { name, mbps } of networks.filter((each) => each.mbps >= 9)) {
        const pairs: { readonly needed: number; readonly shown: number }[] = [];
        for (let repetition = 0; repetition < repetitions; repetition++) {
          const needed = await neededMs(browser, origin, model, mbps);
          pairs.push({ needed, shown: await shownMs(page, model, mbps) });
        }
        const ratio = median(pairs.map(({ needed, shown }) => shown / needed));
        printRow(
          model.id,
          name,
          formatDuration(median(pairs.map(({ needed }) => needed))),
          formatDuration(median(pairs.map(({ shown }) => shown))),
          formatNumber(ratio, 3),
          Math.abs(ratio - 1) <= mostDifference ? 'yes' : 'no',
          formatNumber(loadavg()[0] ?? 0, 1),
        );
      }
    }
  });
  if (values.write) await writeResults('cold-start');
} finally {
  server.close();
}
