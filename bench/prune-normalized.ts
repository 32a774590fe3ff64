/**
 * Channels that normalizations average over: fashion-transformer without a share of its MACs, with these channels kept, and removed if
 * trials support it. Divergence is the KL divergence from the original on 5,000 pictures of the training set that calibrate nothing.
 * Top-1 is measured on the whole test set.
 *
 *     npx tsx bench/prune-normalized.ts --fashion-mnist <folder of the four IDX files> [--shares 0.3,0.5] [--seeds 3] [--samples 512]
 *         [--ways never,tried] [--finalists 1] [--recover sequential]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Feeds } from '../src/engine/data/feeds';
import { DataComparison } from '../src/engine/metrics/data-match';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Model } from '../src/engine/onnx/graph';
import { resolveOptions } from '../src/engine/passes/options';
import type { TableDetail } from '../src/engine/passes/pass-details';
import { pruneChannels } from '../src/engine/passes/prune/channels/prune-channels';
import { passContext } from '../src/engine/passes/testing/pass-context';
import { createSeededRandom } from '../src/engine/seeded-random';
import { createInProcessInference } from '../src/runtime/node/testing/in-process-inference';
import { drawnPictures, picturesAsFeeds, readFashionMnist, readTrainingPictures, top1 } from './support/fashion-mnist';
import { macsOf } from './support/macs-of';
import { printRow, printTitledHead } from './support/print-table';

const { values } = parseArgs({
  options: {
    'fashion-mnist': { type: 'string' },
    shares: { type: 'string', default: '0.3,0.5' },
    ways: { type: 'string', default: 'never,tried' },
    seeds: { type: 'string', default: '3' },
    samples: { type: 'string', default: '512' },
    finalists: { type: 'string', default: '1' },
    recover: { type: 'string', default: 'sequential' },
  },
});
const path = fileURLToPath(new URL('../public/samples/fashion-transformer.onnx', import.meta.url));
const model = decodeModel(new MemorySource(new Uint8Array(readFileSync(path))));
const inference = createInProcessInference();
const { test } = readFashionMnist(values['fashion-mnist']);
const train = readTrainingPictures(values['fashion-mnist']);
const [firstOther, others, batch] = [40_000, 5000, 100];
/** The pictures before those that outputs are compared on. */
const calibrating = train.subarray(0, firstOther * 28 * 28);

async function outputsOf(of: Model): Promise<readonly Feeds[]> {
  const session = await inference.open(new AbortController().signal, of);
  const outputs: Feeds[] = [];
  for (let first = firstOther; first < firstOther + others; first += batch) {
    outputs.push(await session.run(picturesAsFeeds(train, first, batch)));
  }
  session.close();
  return outputs;
}

const expected = await outputsOf(model);

async function divergenceOf(variant: Model): Promise<number> {
  const comparison = new DataComparison();
  (await outputsOf(variant)).forEach((found, at) => comparison.add(expected[at]!, found, batch));
  return comparison.result().perOutput[0]!.klDivergence ?? NaN;
}

const baseline = await top1(inference, model, test, picturesAsFeeds);
printTitledHead(
  `fashion-transformer: ${(baseline * 100).toFixed(2)} %`,
  'MACs removed',
  'normalized channels',
  'seed',
  'divergence',
  'top-1',
  'bytes left',
  'CPU time',
  'kept',
);
for (let seed = 0; seed < Number(values.seeds); seed += 1) {
  for (const remove of values.shares.split(',').map(Number)) {
    const data = drawnPictures(calibrating, Number(values.samples), seed);
    for (const normalized of values.ways.split(',')) {
      const start = process.cpuUsage().user;
      const given = { remove, normalized, finalists: Number(values.finalists), recover: values.recover };
      const context = passContext({ inference, data, random: createSeededRandom(seed), original: model });
      const outcome = await pruneChannels.run(model, resolveOptions(pruneChannels, given), context);
      const seconds = (process.cpuUsage().user - start) / 1e6;
      const bytes = joinParts(encodeModel(outcome.model));
      const written = decodeModel(new MemorySource(bytes));
      const [divergence, accuracy] = [
        await divergenceOf(written),
        await top1(inference, written, test, picturesAsFeeds),
      ];
      const groups = (outcome.details!.groups as TableDetail).rows.map((row) => `${row[3]}/${row[2]}`).join(' ');
      const size = bytes.length / joinParts(encodeModel(model)).length;
      const cells = [
        `${((1 - macsOf(written) / macsOf(model)) * 100).toFixed(1)} %`,
        normalized,
        String(seed),
        divergence.toFixed(4),
        `${(accuracy * 100).toFixed(2)} %`,
        `${(size * 100).toFixed(1)} %`,
        `${seconds.toFixed(0)} s`,
        groups,
      ];
      printRow(...cells);
    }
  }
}
