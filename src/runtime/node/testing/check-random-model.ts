/** Simplifies a random model and compares every value that both have, through ONNX Runtime. */
import { checkModel } from '../../../engine/onnx/check';
import { encodeModel } from '../../../engine/onnx/codec/encode';
import type { Feeds, FeedTensor } from '../../../engine/data/feeds';
import type { Model } from '../../../engine/onnx/graph';
import { inferModel } from '../../../engine/onnx/infer';
import { createSeededRandom } from '../../../engine/passes/seeded-random';
import { simplify } from '../../../engine/passes/simplify/simplify';
import { runModelInNode } from '../run-model';

/** Values of one part in 10,000 of the largest number in the whole model: rewrites round once more, in another order. */
const tolerance = 1e-4;

const inference = { run: (_signal: AbortSignal, model: Model, feeds: Feeds) => run(model, feeds) };

/** What is wrong with the simplified model; `undefined` when nothing is, `invalid` when the original does not run. */
export async function checkRandomModel(original: Model): Promise<string | undefined> {
  const feeds = randomFeeds();
  const names = computedBy(original);
  let expected;
  try {
    expected = await run(original, feeds, names);
  } catch (error) {
    return `invalid: ${String(error)}`;
  }
  const model = await simplified(original);
  const problems = checkModel(model);
  if (problems.length > 0) return JSON.stringify(problems);
  const left = new Set(computedBy(model));
  const common = names.filter((name) => left.has(name));
  const lost = original.graph!.outputs.filter(({ name }) => !common.includes(name!));
  if (lost.length > 0) return `The output ${lost[0]!.name!} is gone`;
  const largest = largestOf(Object.values(expected));
  for (const condition of [0, 1]) {
    const fed = { ...feeds, condition: { ...feeds.condition!, data: Uint8Array.of(condition) } };
    const before = await run(original, fed, common);
    const after = await run(model, fed, common);
    for (const name of common) {
      const problem = difference(before[name]!, after[name]!, largest * tolerance);
      if (problem !== undefined) return `${name}: ${problem}`;
    }
  }
  return (await simplified(model)) === model ? undefined : 'Simplified again, something is left to do';
}

async function simplified(model: Model): Promise<Model> {
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    checkpoint: () => Promise.resolve(),
    random: createSeededRandom(1),
    inference,
  };
  return (await simplify.run(model, { skip: [], maxFoldedBytes: 4096 }, context)).model;
}

const computedBy = (model: Model) => model.graph!.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));

function run(model: Model, feeds: Feeds, names?: readonly string[]) {
  // The runtime takes no other values for an initializer: without it, the input must be given.
  const inputs = new Set(model.graph!.inputs.map(({ name }) => name));
  const initializers = model.graph!.initializers.filter(({ name }) => !inputs.has(name));
  const graph = { ...model.graph!, initializers };
  const inferred = inferModel({ ...model, graph });
  const outputs = names?.map((name) => ({
    name,
    type: { kind: 'tensor' as const, elementType: inferred.value(graph, name)?.elementType },
  }));
  const wanted = { ...model, graph: { ...graph, ...(outputs && { outputs }) } };
  const parts = encodeModel(wanted).parts.map((part) => (part instanceof Uint8Array ? part : part.read()));
  const fed = Object.fromEntries(
    Object.entries(feeds).filter(([name]) => graph.inputs.some((input) => input.name === name)),
  );
  return runModelInNode(Buffer.concat(parts), fed, { graphOptimizationLevel: 'disabled' });
}

function randomFeeds(): Feeds {
  const random = createSeededRandom(11);
  const floats = (...dims: number[]): FeedTensor => {
    const length = dims.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, () => Math.round(random.next() * 32 - 16) / 4);
    return { dtype: 'float32', dims, data };
  };
  return {
    condition: { dtype: 'bool', dims: [], data: Uint8Array.of(1) },
    rows: floats(2, 3),
    replaceable: floats(3),
    picture: floats(2, 3, 4, 4),
  };
}

function largestOf(tensors: readonly FeedTensor[]): number {
  const finite = tensors.flatMap(({ data }) => Array.from(data, Number).filter((value) => Number.isFinite(value)));
  return finite.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
}

function difference(before: FeedTensor, after: FeedTensor, bound: number): string | undefined {
  if (before.dtype !== after.dtype) return `${before.dtype} became ${after.dtype}`;
  if (before.dims.join() !== after.dims.join()) return `[${before.dims.join()}] became [${after.dims.join()}]`;
  const [left, right] = [before, after].map(({ data }) => Array.from(data, Number)) as [number[], number[]];
  const at = left.findIndex(
    (value, index) => !(Object.is(value, right[index]) || Math.abs(value - right[index]!) <= bound),
  );
  return at < 0 ? undefined : `element ${at} was ${left[at]} and is ${right[at]}`;
}
