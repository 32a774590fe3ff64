/**
 * Compares the tokens per second of `benchmark` with a bare loop over onnxruntime-web in the same process. Both run on
 * WASM with one thread.
 *
 *     npx tsx bench/writing-speed.ts [--model <decoder.onnx>] [--cache 128] [--repetitions 12] [--write]
 *
 * A bare loop and a measurement take turns, each in a fresh session. The model must write from tokens alone.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { decoderFeeds } from '../src/engine/data/decoder/decoder-feeds';
import { decoderInputs, decoderOutputs, type DecoderOutputs } from '../src/engine/data/decoder/decoder-wiring';
import type { Feeds } from '../src/engine/data/feeds';
import { formatNumber, formatPercent } from '../src/engine/format';
import { intervalOfMedian } from '../src/engine/metrics/median-interval';
import { median } from '../src/engine/metrics/quantile';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { openModel } from '../src/engine/recipe/open-model';
import { createSeededRandom } from '../src/engine/seeded-random';
import { measureGeneration } from '../src/runtime/generation/measure-generation';
import { createNodeHost } from '../src/runtime/node/node-host';
import { loadOrtInNode } from '../src/runtime/node/ort';
import { toOrtTensors } from '../src/runtime/session/tensors';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values } = parseArgs({
  options: {
    ...writeOption,
    model: { type: 'string', default: 'public/samples/writer.onnx' },
    cache: { type: 'string', default: '128' },
    repetitions: { type: 'string', default: '12' },
  },
});
const cacheLength = Number(values.cache);
const repetitions = Number(values.repetitions);
/** Timed tokens of a bare loop. One token before them is not timed. */
const tokens = 64;
const measuringMs = 20_000;
const threads = 1;
const bytes = readFileSync(values.model);
const name = basename(values.model);
const { inspection } = openModel({ name, source: new MemorySource(bytes), sha256: '', findData: () => undefined });
const inputs = decoderInputs(inspection.inputs);
const outputs = decoderOutputs(inspection);
if (inputs === undefined || typeof outputs === 'string') throw new Error(`${name} does not write from tokens alone.`);
const ort = await loadOrtInNode(threads);
const random = createSeededRandom(1);
/** Every vocabulary has these ids. */
const usualIds = 50;
const token = (): number => Math.floor(random.next() * usualIds);

type Values = Record<string, Tensor>;

const tensorsOf = (feeds: Feeds): Values => Object.fromEntries(toOrtTensors(ort, Object.entries(feeds)));

function cachesOf(results: InferenceSession.OnnxValueMapType, { caches }: DecoderOutputs): Values {
  return Object.fromEntries(Array.from(caches, ([output, input]) => [input, results[output] as Tensor]));
}

/** Tokens per second by the median of a loop that a person would write: run, and feed the cache back. */
async function bareLoop(wiring: DecoderOutputs): Promise<number> {
  const session = await ort.InferenceSession.create(new Uint8Array(bytes), {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
  });
  const prompt = Array.from({ length: cacheLength }, token);
  let caches = cachesOf(await session.run(tensorsOf(decoderFeeds(inputs!, { tokens: prompt, past: 0 }))), wiring);
  const timesMs: number[] = [];
  for (let written = 0; written <= tokens; written++) {
    const start = performance.now();
    const feeds = tensorsOf(decoderFeeds(inputs!, { tokens: [token()], past: cacheLength + written }));
    caches = cachesOf(await session.run({ ...feeds, ...caches }), wiring);
    timesMs.push(performance.now() - start);
  }
  await session.release();
  return 1000 / median(timesMs.slice(1));
}

async function measured(wiring: DecoderOutputs): Promise<number> {
  const files = { model: new Blob([bytes]), name, externalData: [] };
  const request = { models: [{ id: name, files }], outputs: wiring, ep: 'wasm', threads, seed: 1 } as const;
  const { signal } = new AbortController();
  const [speed] = await measureGeneration(
    signal,
    createNodeHost(),
    { ...request, cacheLengths: [cacheLength], budgetMs: measuringMs },
    () => undefined,
  );
  const [point] = speed!.generation;
  if (point === undefined) throw new Error(`${name} has no positions for ${cacheLength} tokens and those after them.`);
  return point.decodeTokensPerSecond;
}

const pairs: (readonly [bare: number, own: number])[] = [];
for (let repetition = 0; repetition < repetitions; repetition++) {
  // Every second turn in the other order, so that background load affects both.
  if (repetition % 2 === 0) pairs.push([await bareLoop(outputs), await measured(outputs)]);
  else {
    const own = await measured(outputs);
    pairs.push([await bareLoop(outputs), own]);
  }
}
const ratios = pairs.map(([bare, own]) => own / bare);
const [low, high] = intervalOfMedian(ratios.map((each) => [each])).map((each) => each - 1) as [number, number];
const ratio = median(ratios) - 1;
printHead(
  'model',
  'cache',
  { name: 'bare loop', unit: 'tokens/s' },
  { name: 'measured', unit: 'tokens/s' },
  'difference',
  '95 %',
);
printRow(
  name,
  String(cacheLength),
  formatNumber(median(pairs.map(([bare]) => bare)), 4),
  formatNumber(median(pairs.map(([, own]) => own)), 4),
  formatPercent(ratio, 1),
  `${formatPercent(low, 1)} to ${formatPercent(high, 1)}`,
);
if (values.write) await writeResults('writing-speed');
