/**
 * Compares searches with recipes made by hand, as a table. The rows are all samples with data and the given nets, for
 * each goal. They show the best recipe that an expert would try, the best one that the search found, and the
 * recommendation if it is another one. A goal starts from the results of the one before. Results stay in a folder, so
 * that a stopped run can continue.
 *
 *     npx tsx bench/search-goals.ts --keep <folder> [--seeds 0,1] [--budget-s 60] [--cpu] [--only <words of a name>] [--goal size]…
 *       [--by-hand] [--net <name>=<model.onnx>,<calibration>,<evaluation>]…
 */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes, formatRatioInterval } from '../src/engine/format';
import type { Comparison } from '../src/engine/metrics/cell';
import { reportedLoss } from '../src/engine/search/candidate';
import { describeInterval } from '../src/engine/verdict/loss';
import type { SearchResult } from '../src/engine/search/search-journal';
import { liveByCpuTime } from './support/cpu-clock';
import { kept } from './support/kept';
import { evaluatePasses, lossOf, samplesToCalibrate } from './support/evaluate-passes';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runHere } from './support/run-here';
import { inFewBits } from './support/run-pareto';

const { values } = parseArgs({
  options: {
    ...writeOption,
    keep: { type: 'string' },
    seeds: { type: 'string', default: '0,1' },
    'budget-s': { type: 'string', default: '60' },
    cpu: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    goal: { type: 'string', multiple: true, default: ['size', 'latency', 'accuracy'] },
    net: { type: 'string', multiple: true, default: [] },
    /** Only makes the variants of manual recipes. */
    'by-hand': { type: 'boolean', default: false },
  },
});
const { keep } = values;
if (keep === undefined) throw new Error('Name the folder that keeps what was found: --keep <folder>.');

interface Net {
  readonly name: string;
  readonly model: string;
  readonly calibration: string;
  readonly evaluation: string;
}

const samples = fileURLToPath(new URL('../public/samples/', import.meta.url));
const sampleNet = (name: string, data: string): Net => ({
  name,
  model: join(samples, `${name}.onnx`),
  calibration: join(samples, `${data}-calibration.npz`),
  evaluation: join(samples, `${data}-evaluation.npz`),
});
const nets = [
  sampleNet('digits-mlp', 'digits'),
  ...['cnn', 'transformer', 'lstm'].map((kind) => sampleNet(`fashion-${kind}`, 'fashion-mnist')),
  ...values.net.map((given): Net => {
    const [name = '', paths = ''] = given.split(/=(.*)/s);
    const [model = '', calibration = '', evaluation = ''] = paths.split(',');
    return { name, model, calibration, evaluation };
  }),
].filter(({ name }) => name.includes(values.only));

const weights = (...sets: readonly string[]) => inFewBits(sets);
const fewerChannels = ['--pass', 'prune-channels', '--set', 'remove=0.3'];
/** Recipes that an expert would try. */
const byHand: readonly { readonly name: string; readonly line: readonly string[]; readonly isTimed?: boolean }[] = [
  { name: '8-bit weights', line: weights('bits=8', 'blockSize=0') },
  { name: '4-bit weights', line: weights('bits=4') },
  { name: '4-bit weights by channel', line: weights('bits=4', 'blockSize=0') },
  { name: '2-bit weights', line: weights('bits=2') },
  { name: '30 % fewer MACs + 4-bit weights', line: [...fewerChannels, ...weights('bits=4')] },
  {
    name: '30 % fewer MACs + 4-bit weights by channel in every layer',
    line: [...fewerChannels, ...weights('bits=4', 'blockSize=0', 'keepEnds=false')],
  },
  { name: '30 % fewer MACs', line: fewerChannels, isTimed: true },
  { name: 'Integer arithmetic', line: ['--pass', 'quantize-dynamic'], isTimed: true },
  { name: 'Integer arithmetic, ranges from data', line: ['--pass', 'quantize-static'], isTimed: true },
];

interface Point {
  readonly name: string;
  readonly sizeBytes: number;
  readonly loss: ReturnType<typeof lossOf>;
  /** Original time ÷ its time, in turns. */
  readonly speed?: Pick<Comparison, 'ratio' | 'interval'>;
  /** The result of the held-out samples, for a candidate of a search. */
  readonly checked?: string;
}

interface Found {
  /** All evaluated candidates except those that held-out samples refuted. */
  readonly points: readonly Point[];
  readonly recommended: Point | undefined;
}

async function makeByHand(net: Net): Promise<readonly Point[]> {
  const points: Point[] = [];
  const isTimed = values.goal.includes('latency');
  for (const recipe of byHand.filter((each) => isTimed || each.isTimed !== true)) {
    points.push(
      await kept(keep, `${net.name} by hand ${recipe.name}`, async () => {
        const variant = join(keep!, `${net.name}-by-hand.onnx`);
        const evaluated = evaluatePasses(['--pass', 'simplify', ...recipe.line], { ...net, variant });
        const speed = recipe.isTimed === true ? { speed: await timeInTurns(net.model, variant) } : {};
        rmSync(variant);
        const { sizeBytes, difference } = evaluated;
        return { name: recipe.name, sizeBytes: sizeBytes.variant, loss: lossOf(difference!), ...speed };
      }),
    );
  }
  return points;
}

async function timeInTurns(model: string, variant: string): Promise<Point['speed']> {
  const { text } = await runHere('benchmark', model, variant, '--ep', 'wasm', '--json');
  const { comparison } = JSON.parse(text) as { readonly comparison: readonly Comparison[] };
  const { ratio, interval } = comparison[0]!;
  return { ratio, interval };
}

const mostLost = 0.01;
const smallShare = 1 / 5;

const allGoals = [
  {
    title: 'smallest, at most 1 point lost',
    line: ['--goal', 'size'],
    isMet: ({ loss }: Point) => loss.value <= mostLost,
    order: (a: Point, b: Point) => a.sizeBytes - b.sizeBytes,
    isAsGood: (found: Point, hand: Point) => found.sizeBytes <= hand.sizeBytes * 1.01,
  },
  {
    title: 'fastest on WASM, at most 1 point lost',
    line: ['--goal', 'latency'],
    isMet: ({ loss, speed }: Point) => loss.value <= mostLost && speed !== undefined && speed.interval[0] > 1,
    order: (a: Point, b: Point) => b.speed!.ratio - a.speed!.ratio,
    // Their intervals meet.
    isAsGood: (found: Point, hand: Point) => found.speed!.interval[1] >= hand.speed!.interval[0],
  },
  {
    title: 'least lost under a fifth of the size',
    line: ['--goal', 'accuracy'],
    mostOfSize: smallShare,
    isMet: ({ sizeBytes }: Point, originalBytes: number) => sizeBytes <= originalBytes * smallShare,
    order: (a: Point, b: Point) => a.loss.value - b.loss.value,
    isAsGood: (found: Point, hand: Point) => found.loss.interval![0] <= hand.loss.interval![1],
  },
] as const;
const goals = allGoals.filter(({ line }) => values.goal.includes(line[1]));

async function search(net: Net, goal: (typeof goals)[number], seed: string): Promise<Found> {
  const name = `${net.name} ${values['budget-s']} s seed ${seed}`;
  const folder = join(keep!, name.replaceAll(' ', '-'));
  const mostBytes = 'mostOfSize' in goal ? ['--limit', `sizeBytes=${statSync(net.model).size * goal.mostOfSize}`] : [];
  const result = await kept(keep, `${name} ${goal.title}`, async () => {
    mkdirSync(folder, { recursive: true });
    const goesOn = existsSync(join(folder, 'search.json')) ? ['--resume'] : [];
    const { text } = await runHere(
      ...['search', net.model, '--data', net.evaluation, '--calibration-data', net.calibration, '--json'],
      ...[...goal.line, '--limit', `accuracyLoss=${mostLost}`, '--budget-s', values['budget-s'], '--seed', seed],
      ...[...mostBytes, ...samplesToCalibrate, '-o', folder, ...goesOn],
    );
    return JSON.parse(text) as SearchResult;
  });
  // Not only the frontier: a candidate that loses too much may be on it in place of one within the limit.
  const isOpen = ({ confirmed }: SearchResult['candidates'][number]) => confirmed?.word !== 'contradicted';
  return {
    points: result.candidates.filter(isOpen).flatMap(pointsOf),
    recommended: result.candidates.filter(({ id }) => id === result.best).flatMap(pointsOf)[0],
  };
}

/** Empty for a variant that was not evaluated. */
function pointsOf(candidate: SearchResult['candidates'][number]): readonly Point[] {
  const loss = reportedLoss(candidate);
  const { name, sizeBytes, timing, confirmed } = candidate;
  if (loss === undefined || sizeBytes === undefined) return [];
  const checked = confirmed === undefined ? 'not checked' : confirmed.word;
  return [{ name, sizeBytes, loss, checked, ...(timing && { speed: timing }) }];
}

function cellsOf(point: Point | undefined): readonly string[] {
  if (point === undefined) return ['nothing', '–', '–', '–'];
  const { name, sizeBytes, loss, speed } = point;
  const times = speed === undefined ? '–' : formatRatioInterval(speed.ratio, speed.interval);
  return [name, formatBytes(sizeBytes), describeInterval(loss), times];
}

if (values.cpu) liveByCpuTime();
const figures = ['size', 'lost (95 %)', 'speed'];
const columns = [
  'net',
  'goal',
  'best by hand',
  ...figures,
  'seed',
  'search found',
  ...figures,
  'held-out samples',
  'as good',
];
printHead(...columns);
for (const net of nets) {
  const made = await makeByHand(net);
  if (values['by-hand']) continue;
  const originalBytes = statSync(net.model).size;
  for (const seed of values.seeds.split(',')) {
    for (const goal of goals) {
      const bestOf = (points: readonly Point[]) =>
        points.filter((point) => goal.isMet(point, originalBytes)).toSorted(goal.order)[0];
      const { points, recommended } = await search(net, goal, seed);
      const [hand, best] = [bestOf(made), bestOf(points)];
      const isAsGood = (found: Point | undefined): string =>
        hand === undefined || (found !== undefined && goal.isAsGood(found, hand)) ? 'yes' : 'no';
      printRow(net.name, goal.title, ...cellsOf(hand), seed, ...cellsOf(best), best?.checked ?? '–', isAsGood(best));
      if (recommended !== undefined && recommended.name !== best?.name) {
        const cells = cellsOf({ ...recommended, name: `recommended: ${recommended.name}` });
        printRow(net.name, '', '', '', '', '', '', ...cells, recommended.checked!, isAsGood(recommended));
      }
    }
  }
}
if (values.write) await writeResults('search-goals');
// Workers that wait for another session would keep the process.
process.exit(0);
