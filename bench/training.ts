/**
 * Measures the time of a training step against a forward run, and the accuracy that training restores after pruning and
 * quantization. It uses the sample models and their data. Training uses the calibration samples without their labels.
 * Variants are evaluated on all evaluation samples.
 *
 *     npx tsx bench/training.ts [--part steps|recipes] [--only <words of a row>] [--batch 32] [--seed 0]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inspectInputs } from '../src/engine/analysis/inspect';
import type { Feeds, FeedTensor } from '../src/engine/data/feeds';
import { stackFeeds } from '../src/engine/data/mapping/stack-feeds';
import { createSyntheticFeeds } from '../src/engine/data/synthetic';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Model } from '../src/engine/onnx/graph';
import type { PassContext } from '../src/engine/passes/pass';
import { batchAxesOf, forwardOf } from '../src/engine/passes/train/batch-samples';
import { prepareModels } from '../src/engine/passes/train/prepare-models';
import { createSeededRandom } from '../src/engine/seeded-random';
import { compileStep } from '../src/engine/training/compile-step';
import { findFeatures } from '../src/engine/training/features';
import { createNodeHost } from '../src/runtime/node/node-host';
import { loadOrtInNode } from '../src/runtime/node/ort';
import { createSessionInference } from '../src/runtime/session/session-inference';
import { toOrtTensors } from '../src/runtime/session/tensors';
import { leastCpuMs } from './cpu-time';
import { runPareto } from './run-pareto';
import { printHead, printRow } from './print-table';
import { writeOption, writeResults } from './results';

const root = fileURLToPath(new URL('../', import.meta.url));
const samples = join(root, 'public/samples');
const { values: given } = parseArgs({
  options: {
    ...writeOption,
    part: { type: 'string' },
    only: { type: 'string' },
    batch: { type: 'string', default: '32' },
    seed: { type: 'string', default: '0' },
  },
});

const turns = 15;

/** Times of one thread in turns, the least of each: what else runs on the machine adds, and never takes away. */
async function measureStep(name: string, batch: number): Promise<readonly string[]> {
  const model = decodeModel(new MemorySource(readFileSync(join(samples, `${name}.onnx`))));
  const sample = createSyntheticFeeds(inspectInputs(model), { batch: 1 }, 1);
  const context: PassContext = {
    signal: new AbortController().signal,
    progress: () => undefined,
    checkpoint: () => Promise.resolve(),
    observe: () => undefined,
    random: createSeededRandom(1),
    original: model,
    inference: createSessionInference(createNodeHost),
  };
  const prepared = await prepareModels({ model, teacher: model, leastOpset: undefined }, context);
  if ('code' in prepared) throw new Error(prepared.reason);
  const { axes } = batchAxesOf(prepared.student, sample);
  const student = forwardOf(prepared.student, sample, batch, axes);
  if ('code' in student) throw new Error(student.reason);
  const request = { student, optimizer: { kind: 'adamw', weightDecay: 0 }, averages: true } as const;
  const alone = compileStep({ ...request, loss: { kind: 'labels', labels: 'classes' } });
  const taught = compileStep({ ...request, teacher: student, loss: { kind: 'teacher' } });
  const follows = findFeatures(student, student);
  const followed = compileStep({
    ...{ ...request, teacher: student, loss: { kind: 'teacher' } },
    ...(name !== 'fashion-transformer' && { optimizer: { kind: 'muon', weightDecay: 1e-2 } }),
    features: follows.map((site) => {
      const channels = Array.from({ length: student.shapeOf(site.name)![site.channelAxis]! }, (_, channel) => channel);
      return { ...site, channels, weight: 0.3 / follows.length };
    }),
  });
  const steps = [alone, taught, followed].map((step) => {
    if ('reason' in step) throw new Error(step.reason);
    return step;
  });
  const inputs = stackFeeds(
    Array.from({ length: batch }, () => sample),
    axes,
  );
  const forward: Model = { ...prepared.student, graph: student.graph };
  const models = steps.map(({ model: each }) => each);
  const [forwardMs, ...stepsMs] = await timesOf([forward, ...models], inputs);
  const times = stepsMs.map((ms) => `${ms.toFixed(1)} (${(ms / forwardMs!).toFixed(2)} ×)`);
  // The teacher is the model itself, so that its run is another forward run.
  const ownShare = `${(stepsMs.at(-1)! / forwardMs! - 1).toFixed(2)} ×`;
  return [name, String(batch), String(steps[0]!.layout.elements), forwardMs!.toFixed(1), ...times, ownShare];
}

/** State and scalars are fed as zeros and small numbers: they do not change what a step computes. */
async function timesOf(models: readonly Model[], inputs: Feeds): Promise<readonly number[]> {
  const ort = await loadOrtInNode(1);
  const each: (() => Promise<unknown>)[] = [];
  for (const model of models) {
    const session = await ort.InferenceSession.create(joinParts(encodeModel(model)), { logSeverityLevel: 3 });
    const added = model.graph!.inputs.flatMap(({ name = '', type }): [string, FeedTensor][] => {
      const dims = type!.shape!.dimensions.map((dimension) => Number('size' in dimension ? dimension.size : 1));
      const count = dims.reduce((product, size) => product * size, 1);
      return name in inputs ? [] : [[name, { dtype: 'float32', dims, data: new Float32Array(count).fill(0.01) }]];
    });
    const feeds = Object.fromEntries(toOrtTensors(ort, [...Object.entries(inputs), ...added]));
    each.push(() => session.run(feeds));
  }
  return leastCpuMs(each, { turns });
}

interface Recipe {
  readonly title: string;
  readonly model: string;
  /** Passes with their options, as the command line takes them. */
  readonly passes: readonly (readonly string[])[];
}

const half = ['prune-channels', 'remove=0.5'];
const recipes: readonly Recipe[] = [
  { title: 'fashion-cnn', model: 'fashion-cnn', passes: [] },
  { title: 'fashion-cnn, half of the MACs removed', model: 'fashion-cnn', passes: [half] },
  { title: 'fashion-cnn, half removed, fine-tuned', model: 'fashion-cnn', passes: [half, ['fine-tune']] },
  { title: 'fashion-cnn, half removed in 3 rounds', model: 'fashion-cnn', passes: [[...half, 'rounds=3']] },
  {
    title: 'fashion-cnn, 4-bit weights, integer arithmetic, rounded',
    model: 'fashion-cnn',
    passes: [['quantize-aware-training', 'steps=1', 'learningRate=1e-9']],
  },
  {
    title: 'fashion-cnn, 4-bit weights, integer arithmetic, trained',
    model: 'fashion-cnn',
    passes: [['quantize-aware-training']],
  },
  {
    title: 'fashion-cnn, 8-bit weights, integer arithmetic, trained',
    model: 'fashion-cnn',
    passes: [['quantize-aware-training', 'weightType=int8']],
  },
  { title: 'fashion-transformer', model: 'fashion-transformer', passes: [] },
  {
    title: 'fashion-transformer, 60 % of weights zero',
    model: 'fashion-transformer',
    passes: [['prune-weights', 'amount=0.6']],
  },
  {
    title: 'fashion-transformer, 60 % zero in 3 rounds',
    model: 'fashion-transformer',
    passes: [['prune-weights', 'amount=0.6', 'rounds=3']],
  },
  {
    title: 'fashion-transformer, 4-bit weights, integer arithmetic, trained',
    model: 'fashion-transformer',
    passes: [['quantize-aware-training']],
  },
  {
    title: 'fashion-transformer, 8-bit weights, integer arithmetic, trained',
    model: 'fashion-transformer',
    passes: [['quantize-aware-training', 'weightType=int8']],
  },
  {
    title: 'fashion-transformer, 60 % zero, fine-tuned',
    model: 'fashion-transformer',
    passes: [['prune-weights', 'amount=0.6'], ['fine-tune']],
  },
];

function runRecipe({ title, model, passes }: Recipe, folder: string): readonly string[] {
  const path = join(samples, `${model}.onnx`);
  const variant = join(folder, 'variant.onnx');
  const steps = passes.flatMap(([pass, ...options]) => [
    '--pass',
    pass!,
    ...options.flatMap((each) => ['--set', each]),
  ]);
  const data = join(samples, 'fashion-mnist-calibration.npz');
  const seed = ['--seed', given.seed, '--samples', '512'];
  const made =
    passes.length === 0
      ? undefined
      : runPareto<Made>('optimize', path, '-o', variant, ...steps, '--data', data, ...seed);
  const evaluation = join(samples, 'fashion-mnist-evaluation.npz');
  const evaluated = runPareto<Evaluated>('evaluate', made ? variant : path, '--data', evaluation);
  const { value, interval } = evaluated.metrics.top1;
  const percent = (share: number): string => (100 * share).toFixed(2);
  const reports = made?.passes ?? [];
  const sentences = reports.map(({ sentence = '', ms }) => `${sentence} (${(ms / 1000).toFixed(0)} s)`).join(' ');
  return [title, percent(value), interval.map(percent).join('–'), sentences];
}

interface Made {
  readonly passes: readonly { readonly sentence?: string; readonly ms: number }[];
}

interface Evaluated {
  readonly metrics: { readonly top1: { readonly value: number; readonly interval: readonly [number, number] } };
}

if (given.write && given.part === undefined)
  throw new Error('Each table is a result of its own: add --part steps or --part recipes.');
if (given.part !== 'recipes') {
  printHead(
    ...['model', 'batch', 'weights'],
    { name: 'forward run', unit: 'ms' },
    { name: 'training step', unit: 'ms' },
    { name: 'with the teacher', unit: 'ms' },
    { name: 'as fine-tune', unit: 'ms' },
    'without the teacher’s run',
  );
  for (const name of ['fashion-cnn', 'fashion-transformer', 'digits-mlp']) {
    printRow(...(await measureStep(name, Number(given.batch))));
  }
}
if (given.part !== 'steps') {
  const folder = mkdtempSync(join(tmpdir(), 'pareto-training-'));
  printHead('recipe', { name: 'top-1', unit: '%' }, { name: '95 %', unit: '%' }, 'outcome of the passes');
  for (const recipe of recipes) {
    if (given.only === undefined || recipe.title.includes(given.only)) printRow(...runRecipe(recipe, folder));
  }
  rmSync(folder, { recursive: true });
}
if (given.write) await writeResults(given.part === 'steps' ? 'training-speed' : 'training');
process.exit(0);
