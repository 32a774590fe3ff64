/**
 * Measures a model with factorized layers, with removed blocks and with removed channels. Accuracy is that on the whole
 * test set of Fashion-MNIST, which no step trains, calibrates or chooses on. Time is CPU time of one WASM thread, in
 * turns with the original, with its 95 % interval.
 *
 *     npx tsx bench/factorize.ts --fashion-mnist <folder with t10k-images-idx3-ubyte.gz> [--model <sample>] [--only <words of a row>]
 *         [--samples 512] [--pictures 10000] [--blocks 12]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inspectInputs } from '../src/engine/analysis/inspect';
import type { Feeds } from '../src/engine/data/feeds';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Model } from '../src/engine/onnx/graph';
import { resolveOptions } from '../src/engine/passes/options';
import type { PassOutcome } from '../src/engine/passes/pass';
import { passById } from '../src/engine/passes/registry';
import { passContext } from '../src/engine/passes/testing/pass-context';
import { createSeededRandom } from '../src/engine/seeded-random';
import { createInProcessInference } from '../src/runtime/node/testing/in-process-inference';
import { loadOrtInNode } from '../src/runtime/node/ort';
import { toOrtTensors } from '../src/runtime/session/tensors';
import { cpuMsOf, timesFasterInTurns } from './support/cpu-time';
import { calibrationData, pixelsOf, readFashionMnist, top1 } from './support/fashion-mnist';
import { macsOf } from './support/macs-of';
import { printTitledHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values } = parseArgs({
  options: {
    ...writeOption,
    'fashion-mnist': { type: 'string' },
    model: { type: 'string', default: 'fashion-cnn' },
    only: { type: 'string', default: '' },
    samples: { type: 'string', default: '512' },
    blocks: { type: 'string', default: '12' },
    pictures: { type: 'string', default: '10000' },
    verbose: { type: 'boolean', default: false },
  },
});
const ofSample = fileURLToPath(new URL(`../public/samples/${values.model}.onnx`, import.meta.url));
const file = values.model.endsWith('.onnx') ? values.model : ofSample;
const model = decodeModel(new MemorySource(new Uint8Array(readFileSync(file))));
const input = inspectInputs(model)[0]!;
const inference = createInProcessInference();
const ort = await loadOrtInNode(1);
const pictures = Number(values.pictures);
const { test, calibration } = readFashionMnist(values['fashion-mnist']);

/** Shaped as the model wants it, with `count` for its free first axis. */
function feed(images: Uint8Array, first: number, count: number): Feeds {
  const data = pixelsOf(images, first, count);
  const dims = [count, ...(input.shape ?? []).slice(1).map(Number)];
  return Object.fromEntries([[input.name, { dtype: 'float32' as const, dims, data }]]);
}

async function timesFaster(variant: Model): Promise<string> {
  const feeds = Object.fromEntries(toOrtTensors(ort, Object.entries(feed(calibration, 0, 1))));
  const open = async (of: Model): Promise<(runs?: number) => Promise<number>> => {
    const session = await ort.InferenceSession.create(joinParts(encodeModel(of)), { logSeverityLevel: 3 });
    await session.run(feeds);
    return (runs = 1) => cpuMsOf(() => session.run(feeds), runs);
  };
  const [original, changed] = [await open(model), await open(variant)];
  const runs = Math.max(1, Math.floor(10 / (await original(20)))) * 10;
  return Number(values.blocks) === 0 ? '' : timesFasterInTurns(original, changed, Number(values.blocks), runs);
}

interface Step {
  readonly pass: string;
  readonly options: Readonly<Record<string, unknown>>;
}

async function row(label: string, steps: readonly Step[], samples = Number(values.samples)): Promise<void> {
  if (!label.includes(values.only)) return;
  const data = calibrationData(label, samples, (sample) => feed(calibration, sample, 1));
  const cpuBefore = process.cpuUsage().user;
  let variant = model;
  let outcome: PassOutcome | undefined;
  for (const { pass, options } of steps) {
    const given = samples === 0 ? { inference } : { inference, data };
    const context = passContext({ ...given, random: createSeededRandom(0), original: model });
    const found = passById(pass);
    outcome = await found.run(variant, resolveOptions(found, options), context);
    variant = outcome.model;
  }
  const seconds = (process.cpuUsage().user - cpuBefore) / 1e6;
  const accuracy = await top1(inference, variant, test, feed, pictures);
  const points = (accuracy - baseline) * 100;
  const share = macsOf(variant) / macsOf(model);
  const figures = [(share * 100).toFixed(1), (accuracy * 100).toFixed(2), points.toFixed(2)];
  printRow(label, ...figures, await timesFaster(variant), seconds.toFixed(0));
  if (values.verbose) console.log(outcome?.sentence, outcome?.refusals, JSON.stringify(outcome?.details, null, 1));
}

const baseline = await top1(inference, model, test, feed, pictures);
printTitledHead(
  `${values.model}: ${(baseline * 100).toFixed(2)} % of ${pictures} pictures`,
  'recipe',
  { name: 'MACs left', unit: '%' },
  { name: 'top-1', unit: '%' },
  { name: 'difference', unit: 'points' },
  'speed on WASM',
  { name: 'CPU time', unit: 's' },
);
const factorize = (options: Step['options']): readonly Step[] => [{ pass: 'factorize', options }];
const pruneChannels = (remove: number): readonly Step[] => [{ pass: 'prune-channels', options: { remove } }];
for (const remove of [0.2, 0.3, 0.5]) {
  await row(`layers as two, ${remove * 100} % of their MACs`, factorize({ remove }));
}
await row('30 %, no repair', factorize({ remove: 0.3, refit: false }));
await row('30 %, without data', factorize({ remove: 0.3 }), 0);
await row('channels, 30 % of the MACs', pruneChannels(0.3));
await row('channels, half of the MACs', pruneChannels(0.5));
if (values.write) await writeResults('factorize');
