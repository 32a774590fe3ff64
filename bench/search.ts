/**
 * The recommendation of `search` for each sample with data; or recipes by hand, or the goals of the page, evaluated on the same samples.
 * Searches are those of the command line. They calibrate and evaluate with the data of the sample.
 *
 *     npx tsx bench/search.ts [--goal size]… [--budget-s 180] [--only <words of a sample>] [--seed 0] [--by-hand|--goals] [--cpu] [--keep <folder>]
 *
 * `--cpu` counts the budget in seconds of CPU: for machines that are busy.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveGoals } from '../src/engine/search/goals';
import type { Inspection } from '../src/engine/analysis/inspection';
import { formatBytes, formatNumber, formatRatioInterval } from '../src/engine/format';
import { reportedLoss } from '../src/engine/search/candidate';
import { describeInterval } from '../src/engine/verdict/loss';
import { nameRecipe } from '../src/engine/recipe/recipe-name';
import { modelFacts } from '../src/engine/search/model-facts';
import type { SearchResult } from '../src/engine/search/search-journal';
import { main } from '../cli/main';
import { liveByCpuTime } from './support/cpu-clock';
import { kept } from './support/kept';
import { evaluatePasses, lossOf } from './support/evaluate-passes';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { inFewBits } from './support/run-pareto';

const { values } = parseArgs({
  options: {
    ...writeOption,
    goal: { type: 'string', multiple: true, default: ['size'] },
    'budget-s': { type: 'string', default: '180' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '0' },
    'by-hand': { type: 'boolean', default: false },
    goals: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    /** A folder for results, so that a stopped bench can continue. */
    keep: { type: 'string' },
  },
});

const folder = fileURLToPath(new URL('../public/samples/', import.meta.url));
const samples = [
  { model: 'digits-mlp.onnx', data: 'digits' },
  { model: 'fashion-cnn.onnx', data: 'fashion-mnist' },
  { model: 'fashion-transformer.onnx', data: 'fashion-mnist' },
  { model: 'fashion-lstm.onnx', data: 'fashion-mnist' },
].filter(({ model }) => model.includes(values.only));

interface MadeBy {
  readonly name: string;
  /** Arguments of `optimize`. */
  readonly line: readonly string[];
}

/** Recipes that an expert would try for a small file. */
const byHand: readonly MadeBy[] = [
  { name: '8-bit weights', line: ['--pass', 'simplify', ...inFewBits(['bits=8', 'method=rtn'])] },
  { name: '4-bit weights by GPTQ', line: ['--pass', 'simplify', ...inFewBits(['bits=4'])] },
  { name: 'static int8', line: ['--pass', 'simplify', '--pass', 'quantize-static'] },
];

/** Runs the command line in this process, which counts its CPU time. */
async function runHere(...line: readonly string[]): Promise<{ readonly text: string; readonly cpuSeconds: number }> {
  const write = process.stdout.write.bind(process.stdout);
  const before = process.cpuUsage();
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    const status = await main(line);
    if (status !== 0) throw new Error(`pareto ${line.join(' ')} ended with ${status}.`);
  } finally {
    process.stdout.write = write;
  }
  const { user, system } = process.cpuUsage(before);
  return { text, cpuSeconds: (user + system) / 1e6 };
}

interface FinishedSearch {
  readonly result: SearchResult;
  readonly cpuSeconds: number;
}

function searchOnce({ model, data }: (typeof samples)[number], goal: string): Promise<FinishedSearch> {
  const { keep, seed, 'budget-s': budget } = values;
  return kept(keep, `${model}-${goal}-${budget}-${seed}`, async () => {
    const calibration = join(folder, `${data}-calibration.npz`);
    const evaluation = join(folder, `${data}-evaluation.npz`);
    const { text, cpuSeconds } = await runHere(
      ...['search', join(folder, model), '--data', evaluation, '--calibration-data', calibration, '--json'],
      ...['--goal', goal, '--budget-s', budget, '--seed', seed],
    );
    return { result: JSON.parse(text) as SearchResult, cpuSeconds };
  });
}

async function searchRows(): Promise<void> {
  const columns = [
    'sample',
    'goal',
    'CPU',
    'evaluated',
    'recommended',
    'size',
    'lost (95 %)',
    'samples',
    'held-out samples',
    'speed',
  ];
  printHead(...columns);
  for (const { model, data } of samples) {
    for (const goal of values.goal) {
      const { result, cpuSeconds } = await searchOnce({ model, data }, goal);
      const { candidates, best, originalBytes } = result;
      const found = candidates.find(({ id }) => id === best);
      const loss = found && reportedLoss(found);
      const evaluated = candidates.filter(({ loss: own }) => own !== undefined).length;
      printRow(
        model.replace('.onnx', ''),
        goal,
        `${formatNumber(cpuSeconds, 3)} s`,
        `${evaluated} of ${candidates.length}`,
        found?.name ?? 'nothing',
        found?.sizeBytes === undefined ? '–' : `${formatBytes(originalBytes)} → ${formatBytes(found.sizeBytes)}`,
        loss === undefined ? '–' : describeInterval(loss),
        loss === undefined ? '–' : String(loss.samples),
        found?.confirmed === undefined ? 'not checked' : found.confirmed.word,
        found?.timing === undefined ? '–' : formatRatioInterval(found.timing.ratio, found.timing.interval),
      );
    }
  }
}

/** The recipes of the page's goals for a model, each as a recipe file. */
async function ofGoals(model: string, temporary: string): Promise<readonly MadeBy[]> {
  const inspection = JSON.parse((await runHere('inspect', join(folder, model), '--json')).text) as Inspection;
  const facts = { model: modelFacts(inspection, inspection.file.sizeBytes), hasData: true, device: null };
  return resolveGoals(facts).map(({ id, title, recipe }) => {
    const file = join(temporary, `${id}.recipe.json`);
    writeFileSync(file, JSON.stringify(recipe));
    return { name: `${title}: ${nameRecipe(recipe)}`, line: ['--recipe', file] };
  });
}

async function madeRows(madeBy: (model: string, temporary: string) => Promise<readonly MadeBy[]>): Promise<void> {
  printHead('sample', 'made by', 'size', 'lost (95 %)', 'samples');
  const temporary = mkdtempSync(join(tmpdir(), 'pareto-bench-'));
  try {
    for (const { model, data } of samples) {
      for (const { name, line } of await madeBy(model, temporary)) {
        const variant = join(temporary, 'variant.onnx');
        const evaluated = evaluatePasses(line, {
          model: join(folder, model),
          variant,
          calibration: join(folder, `${data}-calibration.npz`),
          evaluation: join(folder, `${data}-evaluation.npz`),
        });
        const lost = describeInterval(lossOf(evaluated.difference!));
        printRow(
          model.replace('.onnx', ''),
          name,
          formatBytes(evaluated.sizeBytes.variant),
          lost,
          String(evaluated.samples),
        );
        rmSync(variant);
      }
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (values.cpu) liveByCpuTime();
if (values.write && values['by-hand'])
  throw new Error('Recipes by hand are no result of their own: leave out --write.');
if (values.goals) await madeRows(ofGoals);
else if (values['by-hand']) await madeRows(() => Promise.resolve(byHand));
else await searchRows();
if (values.write) await writeResults(values.goals ? 'goals' : 'search-samples');
// Workers that wait for another session would keep the process.
process.exit(0);
