/**
 * Compares the cold start that the page shows for a model with the time that a page without Pareto needs. Both run in the
 * same browser with one thread. The network speed is the same, and no file is compressed.
 *
 *     npm run build
 *     npx tsx bench/cold-start.ts [--repetitions 5] [--write]
 *
 * Measurement and page take turns. The browser delays the downloads of the page as its developer tools do.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright';
import { listen } from '../src/runtime/node/static-server.mjs';
import { formatDuration, formatNumber } from '../src/engine/format';
import { median } from '../src/engine/metrics/quantile';
import { coldStart, networks } from '../src/engine/profiling/cold-start';
import { wasmRuntimeBytes } from '../src/engine/profiling/page-download';
import {
  load,
  pageInputsOf,
  serveRuntime,
  withMeasuringPage,
  type MeasureInPage,
  type PageInput,
  type WebRuntime,
} from './support/measure-in-page';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { samples } from './support/samples';

const { values } = parseArgs({ options: { ...writeOption, repetitions: { type: 'string', default: '5' } } });
const repetitions = Number(values.repetitions);
/** The goal: the shown time differs from the needed time by at most 10 %. */
const mostDifference = 0.1;
/** Samples of different sizes, with inputs of float32. */
const models = samples.filter(({ id }) => ['digits-mlp', 'fashion-cnn'].includes(id));

interface FirstOutputRequest {
  readonly address: string;
  readonly inputs: readonly PageInput[];
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

/** Opens the page in a new context, so that nothing is cached. */
async function neededMs(browser: Browser, origin: string, { path, id }: Sample, mbps: number): Promise<number> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(origin);
    const client = await context.newCDPSession(page);
    await client.send('Network.enable');
    const downloadThroughput = (mbps * 1e6) / 8;
    const unlimited = { offline: false, latency: 0, uploadThroughput: -1 };
    await client.send('Network.emulateNetworkConditions', { ...unlimited, downloadThroughput });
    return await page.evaluate(timeFirstOutput, { address: `/models/${id}.onnx`, inputs: pageInputsOf(path) });
  } finally {
    await context.close();
  }
}

/** Measures a cell, and returns the sum that the page shows for it without gzip. */
async function shownMs(measure: MeasureInPage, { path }: Sample, mbps: number): Promise<number> {
  const { loadMs, firstRunMs } = (await measure({ original: path })).cells[0]!;
  const sent = { modelBytes: readFileSync(path).length, runtimeBytes: wasmRuntimeBytes.plain };
  return coldStart({ ...sent, createMs: loadMs, firstRunMs }, mbps).totalMs;
}

const server = serveRuntime('Cold start', dirname(models[0]!.path));
const origin = `http://localhost:${await listen(server, { port: 0 })}/`;
try {
  await withMeasuringPage(async (page, measure) => {
    const browser = page.context().browser()!;
    printHead('model', 'network', 'needed', 'shown', 'shown ÷ needed', 'within 10 %', 'load');
    for (const model of models) {
      for (const { name, mbps } of networks.filter((each) => each.mbps >= 9)) {
        const pairs: { readonly needed: number; readonly shown: number }[] = [];
        for (let repetition = 0; repetition < repetitions; repetition++) {
          const needed = await neededMs(browser, origin, model, mbps);
          pairs.push({ needed, shown: await shownMs(measure, model, mbps) });
        }
        const ratio = median(pairs.map(({ needed, shown }) => shown / needed));
        printRow(
          model.id,
          name,
          formatDuration(median(pairs.map(({ needed }) => needed))),
          formatDuration(median(pairs.map(({ shown }) => shown))),
          formatNumber(ratio, 3),
          Math.abs(ratio - 1) <= mostDifference ? 'yes' : 'no',
          load(),
        );
      }
    }
  });
  if (values.write) await writeResults('cold-start');
} finally {
  server.close();
}
