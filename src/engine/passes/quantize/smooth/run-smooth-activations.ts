/** SmoothQuant or AWQ, value by value: the strength that helps most on some samples, kept where it helps on others. */
import { isHeldOut } from '../../../calibration/held-out';
import { observeValues } from '../../../calibration/observe-values';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Inference } from '../../../inference';
import type { Model, Node, Tensor } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';
import { nodesLeftOut } from '../../node-names';
import type { Change, PassContext, PassOutcome, Refusal } from '../../pass';
import type { TableDetail } from '../../pass-details';
import { ValueGraph } from '../static/value-graph';
import { applySmoothing, type Smoothing } from './apply-smoothing';
import { ChannelObserver } from './channel-observer';
import { findSmoothGroups, type SmoothedProduct, type SmoothGroup } from './smooth-groups';
import { smoothingAims, type MatrixColumns, type SmoothingAim } from './smoothing';

/** What must be left of the error on samples that chose nothing: a Mul more than there was has to be worth its time. */
const mostLeft = { folded: 0.95, inserted: 0.6 };
/** Outputs of each matrix that are judged by. */
const mostColumns = 32;

interface Options {
  readonly before: keyof typeof smoothingAims;
  readonly strength: string;
  readonly exclude: readonly string[];
}

export async function runSmoothActivations(
  model: Model,
  { before, strength, exclude }: Options,
  context: PassContext,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  const { visits, left, refusals } = nodesLeftOut(model, exclude);
  const refuse = (code: string, reason: string): PassOutcome => ({
    model,
    changes: [],
    refusals: [...refusals, { path: 'graph', op: 'Model', code, reason }],
  });
  const { data, inference } = context;
  if (!data || data.samples === 0)
    return refuse('no-data', 'Give it data of yours: it must see how channels differ. Nothing was changed.');
  if (!inference)
    return refuse('no-runtime', 'It needs to run the model, which cannot be done here. Nothing was changed.');
  const graph = new ValueGraph(model);
  const groups = model.graph ? findSmoothGroups(graph, left) : [];
  if (groups.length === 0) return refuse('no-products', 'No MatMul or Gemm multiplies with a matrix of its own.');
  let seen: ReadonlyMap<string, ChannelObserver>;
  try {
    seen = await observe(model, groups, { ...context, data, inference });
  } catch (error) {
    if (context.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return refuse('data-does-not-fit', `The model cannot be run on the data: ${message} Nothing was changed.`);
  }
  const paths = new Map(visits.map(({ node, path }) => [node, path]));
  const judged: Judged[] = [];
  for (const group of groups) {
    judged.push(judge(group, seen.get(group.value)!, graph, { aim: smoothingAims[before], strength }));
    await context.checkpoint();
  }
  const kept = judged.filter(({ helps }) => helps);
  const smoothed = applySmoothing(model, graph, kept);
  return {
    model: smoothed,
    changes: kept.map((one) => changeOf(one, paths)),
    refusals: [...refusals, ...judged.filter(({ helps }) => !helps).map((one) => refusalOf(one, paths))],
    details: { smoothed: tableOf(judged) },
    sentence: `${kept.length} of ${judged.length} values were smoothed; the others win too little by it.`,
  };
}

interface Judged extends Smoothing {
  readonly strength: number;
  readonly helps: boolean;
  /** Of the products on samples that chose nothing, as a share of the signal. */
  readonly before: number;
  readonly after: number;
}

async function observe(
  model: Model,
  groups: readonly SmoothGroup[],
  context: PassContext & { readonly data: CalibrationData; readonly inference: Inference },
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
  { aim, strength: given }: { readonly aim: SmoothingAim; readonly strength: string },
): Judged {
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

function pathOf({ group }: Judged, paths: ReadonlyMap<Node, string>): { readonly path: string; readonly op: string } {
  const { node } = group.products[0]!;
  return { path: paths.get(node) ?? 'graph', op: node.opType ?? '' };
}

function changeOf(judged: Judged, paths: ReadonlyMap<Node, string>): Change {
  const { group, strength } = judged;
  const how = group.sources ? 'in the constants before it' : 'by a Mul before it';
  return { ...pathOf(judged, paths), what: `“${group.value}” smoothed with strength ${strength}, ${how}` };
}

function refusalOf(judged: Judged, paths: ReadonlyMap<Node, string>): Refusal {
  const reason = judged.group.sources
    ? `To smooth “${judged.group.value}” hardly lowers what rounding loses.`
    : `To smooth “${judged.group.value}” would take a Mul, which is not worth its time.`;
  return { ...pathOf(judged, paths), code: 'does-not-help', reason };
}

function tableOf(judged: readonly Judged[]): TableDetail {
  const inDecibels = (error: number): number | null => (error > 0 ? 10 * Math.log10(error) : null);
  return {
    kind: 'table',
    title: 'Smoothed values',
    columns: [
      { label: 'Value', unit: 'text' },
      { label: 'Strength', unit: 'number' },
      { label: 'Error of products', unit: 'decibels' },
      { label: 'Smoothed', unit: 'decibels' },
      { label: 'Kept', unit: 'text' },
    ],
    rows: judged.map(({ group, strength, before, after, helps }) => [
      group.value,
      strength,
      inDecibels(before),
      inDecibels(after),
      helps ? 'yes' : 'no',
    ]),
  };
}
