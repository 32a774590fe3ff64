/**
 * Prints the results of a 60 s search on models of real size: the evaluated recipes, and the first and the last
 * recommendation. The last one has size, loss and speed.
 *
 *     npx tsx bench/search-real-models.ts --models <list.json> [--only <words>] [--budget-s 60] [--seed 0]… [--trace]
 *
 * The list names models and their data, with paths relative to it: `[{ "name": "encoder", "model": "encoder.onnx",
 * "options": { "data": ["texts.jsonl"] } }]`. The `options` are those of `pareto search`. `--trace` prints every event
 * with its time. `--cpu` counts the budget in CPU seconds of all threads together, for busy machines.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Invocation } from '../cli/command';
import { readSearched } from '../cli/options/searched-options';
import { createShellHost } from '../cli/shell-host';
import { silentInvocation } from '../cli/testing/silent-invocation';
import { formatBytes, formatNumber, formatRatioInterval } from '../src/engine/format';
import { reportedLoss } from '../src/engine/search/candidate';
import { describeInterval } from '../src/engine/verdict/loss';
import { afterEvent, resultOf, type SearchEvent, type SearchState } from '../src/engine/search/search-journal';
import { search, type SearchModelRequest } from '../src/work/search';
import { liveByCpuTime } from './support/cpu-clock';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values: given } = parseArgs({
  options: {
    ...writeOption,
    models: { type: 'string' },
    only: { type: 'string', default: '' },
    'budget-s': { type: 'string', default: '60' },
    goal: { type: 'string', default: 'size' },
    seed: { type: 'string', multiple: true, default: ['0'] },
    trace: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
  },
});
if (given.models === undefined) throw new Error('Name the list of models: --models <list.json>.');

interface Listed {
  readonly name: string;
  readonly model: string;
  readonly options: Readonly<Record<string, string | readonly string[]>>;
}

const list = JSON.parse(readFileSync(given.models, 'utf8')) as readonly Listed[];
const folder = dirname(resolve(given.models));
const fileOptions = new Set(['data', 'mapping', 'tokenizer', 'calibration-data', 'classes']);

function invocationOf({ model, options }: Listed): Invocation {
  const values = Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (!fileOptions.has(name)) return [name, value];
      return [name, typeof value === 'string' ? resolve(folder, value) : value.map((path) => resolve(folder, path))];
    }),
  );
  return silentInvocation(values, [resolve(folder, model)]);
}

/** The recommended recipe and whether it was timed, with when that was first so. */
interface Recommended {
  readonly id: string;
  readonly atMs: number;
}

async function searchOnce(listed: Listed, seed: number) {
  const startedAtMs = performance.now();
  const invocation = invocationOf(listed);
  const request = {
    ...(await readSearched(invocation)),
    goal: given.goal as SearchModelRequest['goal'],
    budgetMs: 1000 * Number(given['budget-s']),
    seed,
  };
  let state: SearchState | null = null;
  let first: Recommended | undefined;
  let firstTimed: Recommended | undefined;
  const follow = (event: SearchEvent): void => {
    state = afterEvent(state, event);
    const atMs = performance.now() - startedAtMs;
    const { best, candidates } = resultOf(state);
    const isTimed = candidates.find(({ id }) => id === best)?.timing !== undefined;
    if (best !== null) first ??= { id: best, atMs };
    if (best !== null && isTimed) firstTimed ??= { id: best, atMs };
    if (given.trace) trace(atMs, event, best);
  };
  const { result } = await search(request, createShellHost(invocation), { event: follow });
  return { result, first, firstTimed, ms: performance.now() - startedAtMs };
}

function trace(atMs: number, event: SearchEvent, best: string | null): void {
  const { kind, ...rest } = event;
  const text = kind === 'begun' ? event.candidates.map(({ id }) => id).join(' ') : JSON.stringify(rest);
  console.log(`${(atMs / 1000).toFixed(1)} s ${kind} ${text.slice(0, 300)} → ${best ?? '–'}`);
}

const seconds = (recommended: Recommended | undefined): string =>
  recommended === undefined ? '–' : `${formatNumber(recommended.atMs / 1000, 3)} s`;

if (given.cpu) liveByCpuTime();
printHead('model', 'seed', 'evaluated', 'recommended', 'size', 'lost (95 %)', 'speed', 'first', 'first timed', 'ended');
for (const listed of list.filter(({ name }) => name.includes(given.only))) {
  for (const seed of given.seed.map(Number)) {
    const { result, first, firstTimed, ms } = await searchOnce(listed, seed);
    const { candidates, best, originalBytes } = result;
    const found = candidates.find(({ id }) => id === best);
    const loss = found && reportedLoss(found);
    printRow(
      listed.name,
      String(seed),
      `${candidates.filter(({ loss: own }) => own !== undefined).length} of ${candidates.length}`,
      found?.name ?? 'nothing',
      found?.sizeBytes === undefined ? '–' : `${formatBytes(originalBytes)} → ${formatBytes(found.sizeBytes)}`,
      loss === undefined ? '–' : `${loss.of} ${describeInterval(loss)}, ${loss.samples} samples`,
      found?.timing === undefined ? '–' : formatRatioInterval(found.timing.ratio, found.timing.interval),
      seconds(first),
      seconds(firstTimed),
      `${formatNumber(ms / 1000, 3)} s`,
    );
  }
}
if (given.write) await writeResults('search-real-models');
// Workers that wait for another session would keep the process.
process.exit(0);
