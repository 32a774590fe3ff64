/** The batch of a training step: by the options, by a fixed batch size, or one sample if several do not run. */
import type { Feeds } from '../../data/feeds';
import { isParetoError } from '../../errors';
import { runOnce } from '../../inference';
import { statedSize } from '../../onnx/declared-shape';
import type { Model, ValueInfo, ValueName } from '../../onnx/graph';
import { subgraphsOf } from '../../onnx/subgraphs';
import { ownValue } from '../../own-value';
import { isNotTrainable, prepareForward, type ForwardGraph } from '../../training/prepare-forward';
import { TrainingSamples, type TrainingSample } from '../../training/training-samples';
import { refuseWhole, type PassContext, type Refusal } from '../pass';
import type { PreparedModels } from './prepare-models';

export interface BatchedSamples {
  readonly samples: TrainingSamples;
  /** The student for as many samples as a batch has. */
  readonly student: ForwardGraph;
  /** Absent if no teacher is asked. */
  readonly teacher?: ForwardGraph;
  readonly refusals: readonly Refusal[];
}

export interface BatchRequest {
  readonly prepared: PreparedModels;
  readonly all: readonly TrainingSample[];
  /** Samples in a step if the batch is not fixed. */
  readonly batch: number;
  readonly asksTeacher: boolean;
}

type BatchAxes = Readonly<Record<string, number>>;

/**
 * Prepares both models for batches of these samples. A fixed batch that cannot be raised stays. Each step then takes
 * one sample, and a refusal with the code `batch-kept` says so. Rejects with the signal's reason once aborted.
 */
export async function batchSamples(request: BatchRequest, context: PassContext): Promise<BatchedSamples | Refusal> {
  const { prepared, all, batch } = request;
  const [first] = all as [TrainingSample];
  const { axes, size } = batchAxesOf(prepared.student, first.feeds);
  const samples = new TrainingSamples(all, size ?? batch, axes, context.random);
  const problem = fixedBatchProblem(prepared.student, first.feeds, samples, axes);
  if (problem !== undefined) return problem;
  const together = forwardsOf(request, samples, axes);
  if (samples.batch === 1 || size !== undefined) return together;
  if (!('code' in together) && (await runAsAlone(request, together, context))) return together;
  const alone = forwardsOf(request, new TrainingSamples(all, 1, {}, context.random), {});
  return 'code' in alone ? alone : { ...alone, refusals: [batchKept] };
}

const batchKept = refuseWhole(
  'batch-kept',
  'The model is fixed to one sample per run, so each step uses one. Use more steps.',
);

/**
 * The batch axis of each input, none if one of them has no room for several samples. `size`: as many samples as a fixed batch above
 * one holds.
 */
export function batchAxesOf(model: Model, sample: Feeds): { readonly axes: BatchAxes; readonly size?: number } {
  const fed = fedInputs(model, sample);
  const declared = new Set(fed.map(({ info }) => declaredBatch(info)).filter((size) => size !== undefined));
  const [size = 1] = declared;
  if (declared.size > 1 || fed.some(({ dims }) => dims[0] !== 1)) return { axes: {} };
  return { axes: Object.fromEntries(fed.map(({ name }) => [name, 0])), ...(size > 1 && { size }) };
}

function fedInputs(model: Model, sample: Feeds) {
  return (model.graph?.inputs ?? []).flatMap((info) => {
    const name: ValueName = info.name ?? '';
    const dims = ownValue(sample, name)?.dims;
    return dims === undefined ? [] : [{ name, info, dims }];
  });
}

/** The first size that an input declares; `undefined` for a free one. */
export function declaredBatch({ type }: ValueInfo): number | undefined {
  const first = type?.shape?.dimensions[0];
  return first === undefined ? undefined : statedSize(first);
}

/** True if a model runs whole batches of the training alone. */
export function takesBatches({ graph }: Model, { batch }: Pick<TrainingSamples, 'batch'>): boolean {
  return batch > 1 && (graph?.inputs ?? []).some((info) => declaredBatch(info) === batch);
}

/** Samples with labels come one by one, and a fixed batch takes no fewer than it holds. */
function fixedBatchProblem(
  model: Model,
  sample: Feeds,
  samples: TrainingSamples,
  axes: BatchAxes,
): Refusal | undefined {
  for (const { name, info, dims } of fedInputs(model, sample)) {
    const declared = declaredBatch(info) ?? 1;
    const used = Object.hasOwn(axes, name) ? samples.batch : dims[0];
    if (declared === 1 || declared === used) continue;
    const place = { path: `graph/${name}`, op: 'Input' };
    return Object.hasOwn(axes, name)
      ? {
          ...place,
          code: 'too-few-samples',
          reason: `The model runs ${declared} samples at a time, and too few can be held out. Add samples.`,
        }
      : {
          ...place,
          code: 'not-trainable',
          reason: `The model takes ${declared} samples at a time for “${name}”, but labeled samples come one by one. Train with loss=teacher, or export the model with a free batch.`,
        };
  }
  return undefined;
}

function forwardsOf(
  { prepared, all, asksTeacher }: BatchRequest,
  samples: TrainingSamples,
  axes: BatchAxes,
): BatchedSamples | Refusal {
  const [first] = all as [TrainingSample];
  const student = forwardOf(prepared.student, first.feeds, samples.batch, axes);
  if ('code' in student || !asksTeacher) return 'code' in student ? student : { samples, student, refusals: [] };
  const teacher = forwardOf(prepared.teacher, first.feeds, samples.batch, axes);
  return 'code' in teacher ? teacher : { samples, student, teacher, refusals: [] };
}

/** The forward graph for a batch of samples like this one. */
export function forwardOf(model: Model, sample: Feeds, batch: number, axes: BatchAxes): ForwardGraph | Refusal {
  const inputs = new Map(
    fedInputs(model, sample).map(({ name, dims }) => [
      name,
      Object.hasOwn(axes, name) ? [batch, ...dims.slice(1)] : dims,
    ]),
  );
  const forward = prepareForward(model, { batch, inputs });
  return isNotTrainable(forward) ? { ...forward, code: 'not-trainable' } : forward;
}

/** True if both models give the same outputs for the first held-out batch as for its samples alone. */
async function runAsAlone(
  { prepared }: BatchRequest,
  { samples, student, teacher }: BatchedSamples,
  context: PassContext,
): Promise<boolean> {
  const pairs = [
    { model: prepared.student, forward: student },
    ...(teacher && prepared.teacher !== prepared.student ? [{ model: prepared.teacher, forward: teacher }] : []),
  ];
  try {
    for (const { model, forward } of pairs) {
      if (mayHoldBatch(model) && !(await answersAlike(model, forward, samples, context))) return false;
    }
    return true;
  } catch (error) {
    context.signal.throwIfAborted();
    // It is no fault of the model where a worker ends.
    if (isParetoError(error)) throw error;
    return false;
  }
}

/** A declared batch of one may be in constants too. Branches and loops are not searched. */
function mayHoldBatch({ graph }: Model): boolean {
  const declaresOne = (graph?.inputs ?? []).some((info) => declaredBatch(info) === 1);
  return declaresOne || (graph?.nodes ?? []).some((node) => subgraphsOf(node).length > 0);
}

const comparedSamples = 2;
/**
 * The largest root mean square of the difference, as a share of that of the outputs, because numbers are added up in
 * another order.
 */
const largestDifference = 1e-3;

async function answersAlike(
  model: Model,
  forward: ForwardGraph,
  samples: TrainingSamples,
  { inference, signal }: PassContext,
): Promise<boolean> {
  const [batch] = samples.heldOut as [TrainingSamples['heldOut'][number]];
  const together = await runOnce(inference!, signal, { ...model, graph: forward.graph }, batch.feeds);
  const session = await inference!.open(signal, model);
  try {
    for (const [row, { feeds }] of samples.heldOutSamples.slice(0, comparedSamples).entries()) {
      const alone = await session.run(feeds);
      if (Object.entries(alone).some(([name, { data }]) => !isRow(data, ownValue(together, name)?.data, row))) {
        return false;
      }
    }
    return true;
  } finally {
    session.close();
  }
}

/** True also if it is not float32, because training does not change it. */
function isRow(alone: Feeds[string]['data'], together: Feeds[string]['data'] | undefined, row: number): boolean {
  if (!(alone instanceof Float32Array) || !(together instanceof Float32Array)) return true;
  let [difference, own] = [0, 0];
  alone.forEach((value, index) => {
    difference += (value - together[row * alone.length + index]!) ** 2;
    own += value ** 2;
  });
  return Math.sqrt(difference) <= largestDifference * Math.sqrt(own);
}
