/** SmoothQuant or AWQ, value by value: the strength that helps most on some samples, kept where it helps on others. */
import { isHeldOut } from '../../../calibration/held-out';
import { observeValues } from '../../../calibration/observe-values';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Inference } from '../../../inference';
import type { Model, Node, Tensor } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';
import type { PassContext } from '../../pass';
import { ValueGraph } from '../static/value-graph';
import { applySmoothing, type Smoothing } from './apply-smoothing';
import { ChannelObserver } from './channel-observer';
import { findSmoothGroups, type SmoothedProduct, type SmoothGroup } from './smooth-groups';
import type { MatrixColumns, SmoothingAim } from './smoothing';

/** What must be left of the error on samples that chose nothing: a Mul more than there was has to be worth its time. */
const mostLeft = { folded: 0.95, inserted: 0.6 };
/** Outputs of each matrix that are judged by. */
const mostColumns = 32;

export interface SmoothingChoice {
  readonly aim: SmoothingAim;
  /** `auto`, or a number for all. */
  readonly strength: string;
}

export type SmoothingContext = PassContext & { readonly data: CalibrationData; readonly inference: Inference };

export interface SmoothedValues {
  /** Computes the same; the model itself where nothing is kept. */
  readonly model: Model;
  /** In the order of the graph; empty where no MatMul or Gemm multiplies with a matrix of its own. */
  readonly judged: readonly JudgedSmoothing[];
}

/**
 * Divides channels of what products read by factors and multiplies the weights by them, where products err less by it. Float32.
 * Rejects as the inference does.
 * @param left nodes that are no such products.
 */
export async function smoothValues(
  model: Model,
  left: ReadonlySet<Node>,
  choice: SmoothingChoice,
  context: SmoothingContext,
): Promise<SmoothedValues> {
  const graph = new ValueGraph(model);
  const groups = model.graph ? findSmoothGroups(graph, left) : [];
  if (groups.length === 0) return { model, judged: [] };
  const seen = await observe(model, groups, context);
  const judged: JudgedSmoothing[] = [];
  for (const group of groups) {
    judged.push(judge(group, seen.get(group.value)!, graph, choice));
    await context.checkpoint();
  }
  const kept = judged.filter(({ helps }) => helps);
  return { model: applySmoothing(model, graph, kept), judged };
}

/** A value that could be smoothed. */
export interface JudgedSmoothing extends Smoothing {
  readonly strength: number;
  readonly helps: boolean;
  /** Of the products on samples that chose nothing, as a share of the signal. */
  readonly before: number;
  readonly after: number;
}

async function observe(
  model: Model,
  groups: readonly SmoothGroup[],
  context: SmoothingContext,
): Promise<ReadonlyMap<string, ChannelObserver>> {
  const { data } = context;
  const seen = new Map(groups.map(({ value, channels }) => [value, new ChannelObserver(channels, data.samples)]));
  await observeValues({
    signal: context.signal,
    inference: context.inference,
    model,
    values: groups.map(({ value }) => ({ name: value, estimatedBytes: 2 ** 20 })),
    feeds: () => data.feeds(),
    samples: data.samples,
    async visit(name, tensor, sample) {
      // With few samples, all of them choose and judge.
      seen.get(name)!.add(tensor, data.samples >= 4 && isHeldOut(sample), sample);
      await context.checkpoint();
    },
    progress: (done, total) => context.progress({ stage: 'Observing activations', done, total }),
  });
  return seen;
}

function judge(
  group: SmoothGroup,
  seen: ChannelObserver,
  graph: ValueGraph,
  { aim, strength: given }: SmoothingChoice,
): JudgedSmoothing {
  const { fitted, held } = seen;
  const spans = weightSpans(group, graph);
  const columns = group.products.flatMap((product) => columnsOf(product, graph));
  const ones = new Float64Array(group.channels).fill(1);
  const tried = given === 'auto' ? aim.strengths : [Number(given)];
  let best: { strength: number; factors: Float64Array; error: number } = {
    strength: 0,
    factors: ones,
    error: aim.error(fitted, columns, ones),
  };
  for (const strength of tried) {
    const factors = aim.factors(fitted, spans, strength);
    const error = aim.error(fitted, columns, factors);
    if (given !== 'auto' || error < best.error) best = { strength, factors, error };
  }
  const before = aim.error(held, columns, ones);
  const after = aim.error(held, columns, best.factors);
  const most = mostLeft[group.sources ? 'folded' : 'inserted'];
  const isFinite = Number.isFinite(before) && Number.isFinite(after);
  return { group, ...best, helps: isFinite && after < before * most, before, after };
}

/** Largest magnitude of the weights that each channel is multiplied with. */
function weightSpans({ channels, products }: SmoothGroup, graph: ValueGraph): Float64Array {
  const spans = new Float64Array(channels);
  for (const { weight, axis } of products) {
    const tensor = graph.constant(weight)!;
    const inner = axis === 0 ? Number(tensor.dims[1]) : 1;
    readFloat32(tensor).forEach((value, at) => {
      const channel = Math.floor(at / inner) % channels;
      spans[channel] = Math.max(spans[channel]!, Math.abs(value));
    });
  }
  return spans;
}

/** Evenly spread. */
function columnsOf({ weight, axis }: SmoothedProduct, graph: ValueGraph): MatrixColumns {
  const tensor: Tensor = graph.constant(weight)!;
  const values = readFloat32(tensor);
  const [channels, outputs] = [Number(tensor.dims[axis]), Number(tensor.dims[1 - axis])];
  const count = Math.min(outputs, mostColumns);
  return Array.from({ length: count }, (_, index) => {
    const output = Math.floor((index * outputs) / count);
    const at = (channel: number): number => (axis === 0 ? channel * outputs + output : output * channels + channel);
    return Float32Array.from({ length: channels }, (__, channel) => values[at(channel)]!);
  });
}
