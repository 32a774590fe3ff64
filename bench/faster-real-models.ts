/**
 * Searches for speed on models of real size, as `pareto search --goal latency` does, and checks each ratio with a bare loop over
 * onnxruntime-web.
 *
 *     npx tsx bench/faster-real-models.ts --models <list.json> [--only <words>] [--budget-s 90] [--seed 0]… [--keep <folder>] [--write]
 *
 * The list names models and their data, with paths relative to it: `[{ "name": "encoder", "model": "encoder.onnx",
 * "options": { "data": ["texts.jsonl"] }, "dims": { "sequence": 32 } }]`. The `options` are those of `pareto search`, and `dims` are the
 * sizes of free dimensions in the bare loop: those of the data, or both time other runs, which the times of the original show. Twelve models take about 22 minutes for each seed. Every row is printed when it is known,
 * and a model that fails does not end the script. With `--keep`, rows are stored in that folder, and a stopped script goes on with the rest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-web';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { createSyntheticFeeds } from '../src/engine/data/synthetic';
import { messageOf } from '../src/engine/errors';
import { formatNumber, formatPercent, formatRatio, formatRatioInterval } from '../src/engine/format';
import { median } from '../src/engine/metrics/quantile';
import type { SearchResult } from '../src/engine/search/search-journal';
import { openModel } from '../src/engine/recipe/open-model';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { kept } from './support/kept';
import { printHead, printRow, printTitledHead } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values: given } = parseArgs({
  options: {
    ...writeOption,
    models: { type: 'string' },
    only: { type: 'string', default: '' },
    'budget-s': { type: 'string', default: '90' },
    seed: { type: 'string', multiple: true, default: ['0'] },
    keep: { type: 'string' },
  },
});
if (given.models === undefined) throw new Error('Name the list of models: --models <list.json>.');

interface Listed {
  readonly name: string;
  readonly model: string;
  readonly options: Readonly<Record<string, string | readonly string[]>>;
  readonly dims?: FreeDimensions;
}

const list = JSON.parse(readFileSync(given.models, 'utf8')) as readonly Listed[];
const folder = dirname(resolve(given.models));
const root = resolve(import.meta.dirname, '..');
const fileOptions = new Set(['data', 'mapping', 'tokenizer', 'calibration-data', 'classes']);
/** A search and its start take no longer than this beyond the budget. */
const mostMs = 1000 * (Number(given['budget-s']) + 120);
/** The time of the bare loops of one pair of models, and the turns in it at least. */
const [loopMs, fewestTurns] = [6_000, 6];
/** The ratio from which a recipe counts as faster, as in a search. */
const leastFaster = 1.02;

ort.env.wasm.numThreads = 1;

interface Searched {
  readonly result?: SearchResult;
  readonly problem?: string;
  readonly best: string;
}

function search({ model, options }: Listed, seed: string, output: string): Searched {
  const line = Object.entries(options).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [`--${name}`, fileOptions.has(name) ? resolve(folder, each) : each]),
  );
  const asked = ['--goal', 'latency', '--budget-s', given['budget-s'], '--seed', seed, '--threads', '1'];
  const parameters = ['cli/pareto.mjs', 'search', resolve(folder, model), ...line, ...asked, '-o', output, '--json'];
  const run = spawnSync(process.execPath, parameters, {
    ...{ cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: mostMs },
  });
  const best = join(output, 'best.onnx');
  if (run.status === 0) return { result: JSON.parse(run.stdout) as SearchResult, best };
  return { problem: run.stderr.trim().split('\n').at(-1) ?? 'It ended without an error message.', best };
}

interface BareSession {
  time(): Promise<number>;
  /** Frees its memory, which all sessions of this process share. */
  close(): Promise<void>;
}

async function bareSession(path: string, feeds: Record<string, ort.Tensor>): Promise<BareSession> {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(path)));
  const time = async (): Promise<number> => {
    const startMs = performance.now();
    await session.run(feeds);
    return performance.now() - startMs;
  };
  // Ten runs or half a second compile the code.
  const endMs = performance.now() + 500;
  for (let run = 0; run < 3 || (run < 200 && performance.now() < endMs); run += 1) await time();
  return { time, close: () => session.release() };
}

interface Bare {
  /** The time of the original ÷ that of the variant, in turns. */
  readonly ratio: number;
  readonly originalMs: number;
}

async function bareLoop({ model, dims = {} }: Listed, best: string): Promise<Bare> {
  const path = resolve(folder, model);
  const source = new MemorySource(new Uint8Array(readFileSync(path)));
  const { inspection } = openModel({ name: model, source, sha256: '', findData: () => undefined });
  const feeds = Object.fromEntries(
    Object.entries(createSyntheticFeeds(inspection.inputs, dims, 1)).map(([name, feed]) => [
      name,
      new ort.Tensor(feed.dtype as 'float32', feed.data as Float32Array, feed.dims),
    ]),
  );
  const original = await bareSession(path, feeds);
  const variant = await bareSession(best, feeds);
  const [ratios, originals]: [number[], number[]] = [[], []];
  const endMs = performance.now() + loopMs;
  for (let turn = 0; turn < fewestTurns || (turn < 2_000 && performance.now() < endMs); turn += 1) {
    const [first, second] = turn % 2 === 0 ? [original, variant] : [variant, original];
    const [firstMs, secondMs] = [await first.time(), await second.time()];
    const [originalMs, variantMs] = turn % 2 === 0 ? [firstMs, secondMs] : [secondMs, firstMs];
    ratios.push(originalMs / variantMs);
    originals.push(originalMs);
  }
  await original.close();
  await variant.close();
  return { ratio: median(ratios), originalMs: median(originals) };
}

/** A row of the table, and the ratio of the recommended variant. It is 1 if nothing is recommended. */
interface Row {
  readonly cells: readonly string[];
  readonly ratio: number;
  /** The ratios of all timed recipes and stand-ins, by name. */
  readonly tried: readonly (readonly [string, number])[];
}

async function measure(listed: Listed, seed: string): Promise<Row> {
  const output = mkdtempSync(join(tmpdir(), 'faster-'));
  try {
    const { result, problem, best: path } = search(listed, seed, output);
    // A row without a result is not kept.
    if (result === undefined) throw new Error(problem);
    const { candidates } = result;
    const best = candidates.find(({ id }) => id === result.best);
    const timed = candidates.filter(({ timing }) => timing !== undefined);
    const original = timed.flatMap(({ timing }) => timing?.original?.medianMs ?? []);
    const isMade = best !== undefined && existsSync(path);
    const bare = isMade ? await bareLoop(listed, path) : undefined;
    const ratio = best?.timing?.ratio ?? 1;
    const cells = [
      listed.name,
      seed,
      original.length === 0 ? '–' : formatNumber(median(original), 3),
      best?.name ?? result.reason ?? 'nothing',
      best?.timing === undefined ? '–' : formatRatioInterval(best.timing.ratio, best.timing.interval),
      bare === undefined ? '–' : formatNumber(bare.originalMs, 3),
      bare === undefined ? '–' : formatRatio(bare.ratio),
      bare === undefined ? '–' : formatPercent(Math.abs(bare.ratio / ratio - 1)),
      `${timed.length} of ${candidates.length}`,
      `${formatNumber(result.spentMs / 1000, 3)} s`,
    ];
    const tried = timed.map(({ name, timing }) => [name, timing!.ratio] as const);
    return { cells, ratio, tried };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

printHead(
  'model',
  'seed',
  { name: 'original', unit: 'ms' },
  'recommended',
  'ratio (95 %)',
  { name: 'original in the bare loop', unit: 'ms' },
  'bare loop',
  'difference',
  'timed',
  'ended',
);
const ratios: number[] = [];
/** The ratios of each recipe by model. With several seeds, the median counts. */
const tried = new Map<string, Map<string, number[]>>();
for (const seed of given.seed) {
  for (const listed of list.filter(({ name }) => name.includes(given.only))) {
    try {
      const row = await kept(given.keep, `${listed.name}-${seed}`, () => measure(listed, seed));
      printRow(...row.cells);
      ratios.push(row.ratio);
      for (const [recipe, ratio] of row.tried) {
        const models = tried.get(recipe) ?? new Map<string, number[]>();
        models.set(listed.name, [...(models.get(listed.name) ?? []), ratio]);
        tried.set(recipe, models);
      }
    } catch (error) {
      printRow(listed.name, seed, '–', messageOf(error), '–', '–', '–', '–', '–', '–');
      ratios.push(1);
    }
  }
}
const fast = ratios.filter((ratio) => ratio >= 1.25).length;
printRow(
  '**median**',
  '',
  '',
  `${fast} of ${ratios.length} at least 1.25×`,
  formatRatio(median(ratios)),
  '',
  '',
  '',
  '',
  '',
);
printTitledHead(
  'Tried; not kept if faster on one model or none',
  'recipe',
  'timed on models',
  'faster on',
  'best',
  'kept',
);
for (const [recipe, models] of tried) {
  const medians = [...models.values()].map(median);
  const faster = medians.filter((ratio) => ratio >= leastFaster).length;
  printRow(recipe, `${medians.length}`, `${faster}`, formatRatio(Math.max(...medians)), faster >= 2 ? 'yes' : 'no');
}
if (given.write) await writeResults('faster-real-models');
// The runtime would keep the process.
process.exit(0);
