/**
 * Measures channel pruning by network, repair and criterion. Accuracy is that on the whole test set of Fashion-MNIST,
 * which no step trains, calibrates or chooses on.
 *
 *     npx tsx bench/prune-accuracy.ts --fashion-mnist <folder of the four IDX files> --rows <rows.jsonl> [--nets <a.onnx,b.onnx>]
 *         [--shares 0.5,0.3,0.2,0.7] [--criteria l2,obs] [--repairs none,least-squares,sequential] [--seeds 3]
 *         [--widths search,local] [--samples 256] [--print]
 *
 * `--seeds` choose which pictures of the training set calibrate. Each row is added to the file as soon as it is known,
 * and a row that is there is not measured again. A stopped run can therefore continue. `--print` only prints the
 * tables. `tools/train-outside-nets.py` trains the nets that are not samples.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Model } from '../src/engine/onnx/graph';
import { resolveOptions } from '../src/engine/passes/options';
import { pruneChannels } from '../src/engine/passes/prune/channels/prune-channels';
import type { CountedOptions } from '../src/engine/passes/prune/channels/prune-channels-options';
import { chooseRemoval, scopeWithEvidence } from '../src/engine/passes/prune/channels/choose/choose-removal';
import { repair } from '../src/engine/passes/prune/channels/run-prune-channels';
import { stagedProgress } from '../src/engine/passes/prune/channels/trial/staged-progress';
import { passContext } from '../src/engine/passes/testing/pass-context';
import { createSeededRandom } from '../src/engine/seeded-random';
import { createInProcessInference } from '../src/runtime/node/testing/in-process-inference';
import { drawnPictures, picturesAsFeeds, readFashionMnist, readTrainingPictures, top1 } from './support/fashion-mnist';
import { macsOf } from './support/macs-of';
import { printRow, printTitledHead } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values } = parseArgs({
  options: {
    ...writeOption,
    'fashion-mnist': { type: 'string' },
    rows: { type: 'string', default: 'prune-accuracy.jsonl' },
    nets: { type: 'string', default: fileURLToPath(new URL('../public/samples/fashion-cnn.onnx', import.meta.url)) },
    shares: { type: 'string', default: '0.5,0.3,0.2,0.7' },
    criteria: { type: 'string', default: 'l2,obs' },
    repairs: { type: 'string', default: 'none,least-squares,sequential' },
    widths: { type: 'string', default: 'search' },
    seeds: { type: 'string', default: '3' },
    samples: { type: 'string', default: '256' },
    print: { type: 'boolean', default: false },
  },
});

interface Row {
  readonly net: string;
  /** Share of the MACs that are removed; 0 for the original. */
  readonly share: number;
  readonly widths: string;
  readonly criterion: string;
  readonly recovery: string;
  readonly seed: number;
  readonly samples: number;
  readonly accuracy: number;
  readonly macsLeft: number;
  /** Held out, to the original. */
  readonly divergence?: number;
  /** CPU seconds for choosing the widths, and for the repair. */
  readonly cpuSeconds?: readonly [number, number];
}

type Cell = Pick<Row, 'net' | 'share' | 'widths' | 'criterion' | 'recovery' | 'seed' | 'samples'>;

const known: Row[] = existsSync(values.rows)
  ? readFileSync(values.rows, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row)
  : [];
const keyOf = (cell: Cell): string =>
  [cell.net, cell.share, cell.widths, cell.criterion, cell.recovery, cell.seed, cell.samples].join();
const isKnown = (cell: Cell): boolean => known.some((row) => keyOf(row) === keyOf(cell));

function add(row: Row): void {
  known.push(row);
  appendFileSync(values.rows, `${JSON.stringify(row)}\n`);
  const cells = [row.net, `${row.share * 100} %`, row.widths, row.criterion, row.recovery, `seed ${row.seed}`];
  console.log(`| ${cells.join(' | ')} | ${(row.accuracy * 100).toFixed(2)} % | ${row.cpuSeconds?.join(' + ') ?? ''} |`);
}

const lists = {
  nets: values.nets.split(','),
  shares: values.shares.split(',').map(Number),
  criteria: values.criteria.split(','),
  repairs: values.repairs.split(','),
  widths: values.widths.split(','),
};
const samples = Number(values.samples);
const inference = createInProcessInference();

async function makeRows(): Promise<void> {
  const { test } = readFashionMnist(values['fashion-mnist']);
  const train = readTrainingPictures(values['fashion-mnist']);
  const accuracyOf = (model: Model): Promise<number> => top1(inference, written(model), test, picturesAsFeeds);
  for (const share of lists.shares) {
    for (let seed = 0; seed < Number(values.seeds); seed += 1) {
      for (const path of lists.nets) {
        const model = decodeModel(new MemorySource(new Uint8Array(readFileSync(path))));
        const net = basename(path, '.onnx');
        const whole = { net, share: 0, widths: '', criterion: '', recovery: '', seed: 0, samples: 0 };
        if (!isKnown(whole)) add({ ...whole, accuracy: await accuracyOf(model), macsLeft: 1 });
        await rowsOf({ net, share, seed, samples }, model, train, accuracyOf);
      }
    }
  }
}

/** The file, read again. */
function written(model: Model): Model {
  return decodeModel(new MemorySource(joinParts(encodeModel(model))));
}

/**
 * All rows of one net with one choice of pictures and one share. The inputs of the layers are observed once for them.
 */
async function rowsOf(
  given: Pick<Cell, 'net' | 'share' | 'seed' | 'samples'>,
  model: Model,
  train: Uint8Array,
  accuracyOf: (model: Model) => Promise<number>,
): Promise<void> {
  const missing = lists.widths.flatMap((widths) =>
    lists.criteria.flatMap((criterion) =>
      lists.repairs.flatMap((recovery) => {
        const cell = { ...given, widths, criterion, recovery };
        return isKnown(cell) ? [] : [cell];
      }),
    ),
  );
  if (missing.length === 0) return;
  const data = drawnPictures(train, samples, given.seed);
  const context = () => passContext({ inference, data, random: createSeededRandom(0), original: model });
  const optionsOf = (own: Record<string, unknown>) => resolveOptions(pruneChannels, own) as unknown as CountedOptions;
  const progress = stagedProgress(context(), { 'Looking at layers': 1, 'Trying widths': 3, 'Fitting layers': 4 });
  const found = await scopeWithEvidence(model, optionsOf({ remove: given.share }), context(), progress);
  const { evidence } = found;
  if (evidence === undefined) throw new Error(JSON.stringify(found.refusals));
  for (const widths of lists.widths) {
    for (const criterion of lists.criteria) {
      const cells = missing.filter((cell) => cell.widths === widths && cell.criterion === criterion);
      if (cells.length === 0) continue;
      const own = { remove: given.share, importance: criterion, ranking: widths, finalists: 4 };
      const start = process.cpuUsage().user;
      const choice = await chooseRemoval(found, optionsOf(own), context(), progress);
      const chooseSeconds = secondsSince(start);
      for (const cell of cells) {
        const before = process.cpuUsage().user;
        const options = optionsOf({ ...own, recover: cell.recovery });
        const { model: narrow, heldOut } = await repair(choice, evidence, options, context(), progress);
        const cpuSeconds = [chooseSeconds, secondsSince(before)] as const;
        const macsLeft = macsOf(narrow) / macsOf(model);
        add({
          ...cell,
          accuracy: await accuracyOf(narrow),
          macsLeft,
          divergence: heldOut.distance.value,
          cpuSeconds,
        });
      }
    }
  }
  evidence.trial.close();
}

const secondsSince = (start: number): number => Math.round((process.cpuUsage().user - start) / 1e5) / 10;

/**
 * Prints a table for each net with a row for each share and criterion and a column for each repair. A cell has the mean
 * over seeds, the least and the most.
 */
function printTables(): void {
  for (const net of new Set(known.map((row) => row.net))) {
    const original = known.find((row) => row.net === net && row.share === 0);
    printTitledHead(
      `${net}, original ${((original?.accuracy ?? NaN) * 100).toFixed(2)} %`,
      { name: 'MACs removed', unit: '%' },
      'widths',
      'channels by',
      ...lists.repairs.map((recovery) => ({ name: `top-1 with repair ${recovery}`, unit: '%' })),
    );
    const kinds = lists.shares
      .toSorted()
      .flatMap((share) =>
        lists.widths.flatMap((widths) => lists.criteria.map((criterion) => ({ net, share, widths, criterion }))),
      );
    for (const kind of kinds) {
      const cells = lists.repairs.map((recovery) => describe({ ...kind, recovery }));
      if (cells.every((cell) => cell === '')) continue;
      printRow(String(kind.share * 100), kind.widths, kind.criterion, ...cells);
    }
  }
}

function describe(cell: Omit<Cell, 'seed' | 'samples'>): string {
  const found = known.filter((row) => Object.entries(cell).every(([name, value]) => row[name as keyof Row] === value));
  const percents = found.filter((row) => row.samples === samples).map((row) => row.accuracy * 100);
  if (percents.length === 0) return '';
  const mean = percents.reduce((sum, percent) => sum + percent, 0) / percents.length;
  const spread = `${Math.min(...percents).toFixed(1)}–${Math.max(...percents).toFixed(1)}`;
  return percents.length === 1 ? `${mean.toFixed(1)} (1 seed)` : `${mean.toFixed(1)} (${spread})`;
}

if (!values.print) await makeRows();
printTables();
if (values.write) await writeResults('prune-accuracy');
