/**
 * Measures the accuracy of fashion-cnn with a share of its MACs removed: by repair, by widths, by number of calibration
 * pictures, and with training. The test set is the whole one of Fashion-MNIST, which no step trains, calibrates or
 * chooses on.
 *
 *     npx tsx bench/prune-channels.ts --fashion-mnist <folder with t10k-images-idx3-ubyte.gz> [--only <words of a row>] [--seed 0]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { factorize } from '../src/engine/passes/factorize/factorize';
import { resolveOptions } from '../src/engine/passes/options';
import { pruneChannels } from '../src/engine/passes/prune/channels/prune-channels';
import { passContext } from '../src/engine/passes/testing/pass-context';
import { fineTune } from '../src/engine/passes/train/fine-tune/fine-tune';
import { createSeededRandom } from '../src/engine/seeded-random';
import { createInProcessInference } from '../src/runtime/node/testing/in-process-inference';
import { calibrationData, picturesAsFeeds, readFashionMnist, top1 } from './support/fashion-mnist';
import { macsOf } from './support/macs-of';
import { printRow, printTitledHead } from './support/print-table';

const { values } = parseArgs({
  options: {
    'fashion-mnist': { type: 'string' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '0' },
  },
});
const model = decodeModel(
  new MemorySource(
    new Uint8Array(readFileSync(fileURLToPath(new URL('../public/samples/fashion-cnn.onnx', import.meta.url)))),
  ),
);
const inference = createInProcessInference();
const { test, calibration } = readFashionMnist(values['fashion-mnist']);

interface After {
  /** The share of the cost of layers that factors remove. */
  readonly factors?: number;
  /** Options of the `fine-tune` step that follows. */
  readonly tuning?: Record<string, unknown>;
}

async function row(
  label: string,
  samples: number,
  given: Record<string, unknown>,
  { factors, tuning }: After = {},
): Promise<void> {
  if (!label.includes(values.only)) return;
  const data = calibrationData(label, samples, (sample) => picturesAsFeeds(calibration, sample, 1));
  const cpuBefore = process.cpuUsage().user;
  const context = () =>
    passContext({ inference, data, random: createSeededRandom(Number(values.seed)), original: model });
  const narrow = await pruneChannels.run(model, resolveOptions(pruneChannels, given), context());
  const pruned =
    factors === undefined
      ? narrow
      : await factorize.run(narrow.model, resolveOptions(factorize, { remove: factors }), context());
  const outcome = tuning ? await fineTune.run(pruned.model, resolveOptions(fineTune, tuning), context()) : pruned;
  const seconds = (process.cpuUsage().user - cpuBefore) / 1e6;
  const accuracy = await top1(inference, outcome.model, test, picturesAsFeeds);
  const points = (accuracy - baseline) * 100;
  const share = macsOf(outcome.model) / macsOf(model);
  printRow(label, (share * 100).toFixed(1), (accuracy * 100).toFixed(2), points.toFixed(2), seconds.toFixed(0));
}

/** Factors for 37.5 % of the cost of layers remove half of all MACs, as do 26 % after 35 % as channels. */
const aQuarter = { remove: 0.25 };
const aThird = { remove: 0.35 };
const baseline = await top1(inference, model, test, picturesAsFeeds);
printTitledHead(
  `fashion-cnn: ${(baseline * 100).toFixed(2)} % of ${test.labels.length} pictures`,
  'recipe',
  { name: 'MACs left', unit: '%' },
  { name: 'top-1', unit: '%' },
  { name: 'difference', unit: 'points' },
  { name: 'CPU time', unit: 's' },
);
await row('half, as the defaults do it', 512, {});
await row('half, then fine-tuned', 512, {}, { tuning: {} });
await row('half, then 7,500 steps', 512, {}, { tuning: { steps: 7500 } });
await row('half as channels and factors', 512, aQuarter, { factors: 0.375 });
await row('half as channels and factors, then fine-tuned', 512, aQuarter, { factors: 0.375, tuning: {} });
await row('half as channels and factors, then 7,500 steps', 512, aQuarter, { factors: 0.375, tuning: { steps: 7500 } });
await row('35 % as channels, then 15 % as factors', 512, aThird, { factors: 0.26 });
await row('35 % as channels, then 15 % as factors, then fine-tuned', 512, aThird, { factors: 0.26, tuning: {} });
await row('35 % as channels, then 15 % as factors, then 5,000 steps', 512, aThird, {
  factors: 0.26,
  tuning: { steps: 5000 },
});
await row('half in 3 rounds', 512, { rounds: 3 });
await row('half in 3 rounds, then fine-tuned', 512, { rounds: 3 }, { tuning: {} });
await row('half, 128 pictures', 128, {});
await row('half, one-shot repair', 512, { recover: 'least-squares' });
await row('half, no repair', 512, { recover: 'none' });
await row('half, equal widths', 512, { ranking: 'local' });
await row('half, by weights', 512, { importance: 'l2' });
await row('30 % removed', 512, { remove: 0.3 });
await row('70 % removed', 512, { remove: 0.7 });
