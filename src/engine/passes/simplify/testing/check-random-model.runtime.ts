/** Simplifies a random model and compares every value that both have, through ONNX Runtime. */
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import type { Feeds, FeedTensor } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { float16ToFloat32, float32ToFloat16 } from '../../../onnx/half-float';
import { inferModel } from '../../../onnx/infer';
import { IR_VERSION_OF_FREE_INITIALIZERS } from '../../../onnx/upgrade/raise-ir-version';
import { namesReadBy } from '../../../onnx/subgraphs';
import { passContext } from '../../testing/pass-context';
import { createSeededRandom } from '../../../seeded-random';
import { simplify } from '../simplify';
import { runModelInNode } from '../../../../runtime/testing/run-model';
import { productOf } from '../../../product-of';

/** Rewrites round once more, in another order: a part of the largest number of the very tensor that is compared. */
const tolerances = { half: 2 ** -6, single: 1e-4 } as const;
/** The error that cancellation of large values may leave, as a part of the largest number of the model. */
const cancellation = { half: 2 ** -9, single: 2 ** -21 } as const;

type Outputs = Awaited<ReturnType<typeof run>>;

const inference: Inference = {
  open: async (_signal, model) => ({
    run: (feeds) => run(model, feeds),
    time: () => Promise.reject(new Error('Nothing times it.')),
    read: async () => ({}),
    close: () => undefined,
  }),
  openChain() {
    throw new Error('simplify runs whole models.');
  },
};

/**
 * Returns the problem of the simplified model, `undefined` if there is none, or `invalid` if the original does not run.
 */
export async function checkRandomModel(original: Model): Promise<string | undefined> {
  const feeds = randomFeeds();
  const names = computedBy(original);
  const model = await simplified(original);
  const problems = checkModel(model);
  if (problems.length > 0) return JSON.stringify(problems);
  const left = new Set(computedBy(model));
  const common = names.filter((name) => left.has(name));
  const lost = original.graph!.outputs.filter(({ name }) => !common.includes(name!));
  if (lost.length > 0) return `The output ${lost[0]!.name!} is missing`;
  const rounded = roundedToHalf(original);
  for (const condition of [0, 1]) {
    const fed = { ...feeds, condition: { ...feeds.condition!, data: Uint8Array.of(condition) } };
    let [all, before]: readonly Outputs[] = [];
    try {
      [all, before] = [await run(original, fed, names), await run(original, fed, common)];
    } catch (error) {
      return `invalid: ${String(error)}`;
    }
    const after = await run(model, fed, common);
    const largest = largestOf(Object.values(all), 1);
    for (const name of common) {
      const precision = rounded.has(name) ? 'half' : 'single';
      const own = largestOf([before[name]!], 0) * tolerances[precision];
      const bound = Math.max(own, largest * cancellation[precision]);
      const problem = difference(before[name]!, after[name]!, bound, rounded.has(name));
      if (problem !== undefined) return `${name}: ${problem}`;
    }
  }
  return (await simplified(model)) === model ? undefined : 'Simplified again, something is left to do';
}

async function simplified(model: Model): Promise<Model> {
  const context = passContext({ inference });
  return (await simplify.run(model, { skip: [], maxFoldedBytes: 4096, removeInputs: false }, context)).model;
}

/** Names of the tensors: a sequence has no element type. */
function computedBy(model: Model): readonly string[] {
  const inferred = inferModel(model);
  const names = model.graph!.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  return names.filter((name) => inferred.value(model.graph!, name)?.elementType !== undefined);
}

function run(model: Model, feeds: Feeds, names?: readonly string[]) {
  // The runtime takes no other values for an initializer: without it, the input must be given. Nobody may give one in an old file.
  const inputs = new Set(isOldFile(model) ? [] : model.graph!.inputs.map(({ name }) => name));
  const initializers = model.graph!.initializers.filter(({ name }) => !inputs.has(name));
  const graph = { ...model.graph!, initializers };
  const inferred = inferModel({ ...model, graph });
  const outputs = names?.map((name) => ({
    name,
    type: { kind: 'tensor' as const, elementType: inferred.value(graph, name)?.elementType },
  }));
  const wanted = { ...model, graph: { ...graph, ...(outputs && { outputs }) } };
  const fed = Object.fromEntries(
    Object.entries(feeds).filter(
      ([name]) =>
        graph.inputs.some((input) => input.name === name) && !initializers.some((tensor) => tensor.name === name),
    ),
  );
  return runModelInNode(joinParts(encodeModel(wanted)), fed, { graphOptimizationLevel: 'disabled' });
}

const isOldFile = ({ irVersion }: Model) => (irVersion ?? 0n) < IR_VERSION_OF_FREE_INITIALIZERS;

function randomFeeds(): Feeds {
  const random = createSeededRandom(11);
  const floats = (...dims: number[]): FeedTensor => {
    const length = productOf(dims);
    const data = Float32Array.from({ length }, () => Math.round(random.next() * 32 - 16) / 4);
    return { dtype: 'float32', dims, data };
  };
  return {
    condition: { dtype: 'bool', dims: [], data: Uint8Array.of(1) },
    counts: { dtype: 'int32', dims: [2, 3], data: Int32Array.of(0, -1, 7, 2 ** 31 - 1, -(2 ** 31), 65_536) },
    longs: {
      dtype: 'int64',
      dims: [2, 3],
      data: BigInt64Array.of(0n, -1n, 5n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n),
    },
    halves: { dtype: 'float16', dims: [2, 3], data: float32ToFloat16(floats(2, 3).data as Float32Array) },
    rows: floats(2, 3),
    replaceable: floats(3),
    picture: floats(2, 3, 4, 4),
  };
}

/** Names of values that are of float16, or computed from such a value. */
function roundedToHalf(model: Model): ReadonlySet<string> {
  const inferred = inferModel(model);
  const names = new Set<string>(['halves']);
  for (const node of model.graph!.nodes) {
    const isRounded = namesReadBy(node).some((name) => names.has(name));
    for (const name of node.outputs) {
      if (isRounded || inferred.value(model.graph!, name)?.elementType === DataType.float16) names.add(name);
    }
  }
  return names;
}

/** Floats only: integers are exact, and say nothing of how far a float may be off. */
function largestOf(tensors: readonly FeedTensor[], least: number): number {
  const floats = tensors.filter(({ dtype }) => dtype.startsWith('float'));
  const finite = floats.flatMap((tensor) => numbersOf(tensor).filter((value) => Number.isFinite(value)) as number[]);
  return finite.reduce((largest, value) => Math.max(largest, Math.abs(value)), least);
}

/** Elements as numbers, int64 as they are. */
function numbersOf({ dtype, data }: FeedTensor): readonly (number | bigint)[] {
  if (dtype === 'float16') return [...float16ToFloat32(data as Uint16Array)];
  return [...(data as Float32Array | BigInt64Array)];
}

/** `isCut`: integers made of floats that are rounded may fall on the other side of one. */
function difference(before: FeedTensor, after: FeedTensor, bound: number, isCut: boolean): string | undefined {
  if (before.dtype !== after.dtype) return `${before.dtype} became ${after.dtype}`;
  if (before.dims.join() !== after.dims.join()) return `[${before.dims.join()}] became [${after.dims.join()}]`;
  const [left, right] = [numbersOf(before), numbersOf(after)];
  // NaN stays NaN, and infinite stays infinite. Integers are equal or wrong, unless they were cut from floats.
  const isCutNumber = isCut && before.dtype.startsWith('int');
  const distance = before.dtype.startsWith('float') ? bound : isCutNumber ? bound + 1 : 0;
  const isClose = (a: number | bigint, b: number | bigint) =>
    Object.is(a, b) || Math.abs(Number(a) - Number(b)) <= distance;
  const at = left.findIndex((value, index) => !isClose(value, right[index]!));
  return at < 0 ? undefined : `element ${at} was ${left[at]} and is ${right[at]}`;
}
