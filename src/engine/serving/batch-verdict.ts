/** Decides whether requests may run together, from runs of different inputs alone and joined. Lab, bundle and page share this decision. */
import type { FeedData, Feeds, FeedTensor, InputDescription } from '../data/feeds';
import { formatCosine, formatCounted, formatPercent } from '../format';
import { bfloat16ToFloat32, float16ToFloat32 } from '../onnx/half-float';
import { ownValue } from '../own-value';

export interface BatchVerdict {
  /**
   * `independent`: no request changes another's outputs. `approximate`: neighbors change outputs a little, for example
   * if one scale is used for all rows (dynamic quantization). `dependent`: outputs mix requests, or have no row for
   * each. `fixed`: an input has no free first dimension. `untested`: the model could not be run.
   */
  readonly joining: 'independent' | 'approximate' | 'dependent' | 'fixed' | 'untested';
  /** One sentence that names the evidence. */
  readonly reason: string;
  /** Outputs of joined inputs compared with outputs of the same inputs alone; `null` if they cannot be compared. */
  readonly measured: {
    readonly inputs: number;
    /** Root mean square of the error ÷ that of the output, of the row that is furthest off. */
    readonly relativeError: number;
    readonly cosine: number;
  } | null;
  /** Describes for a text model how texts of different lengths run together, or why only texts of equal length do. */
  readonly padding?: PaddingVerdict;
}

/** The tensors of a model whose second dimension is a length. Inputs are padded with zeros, outputs are cut. */
export interface LengthPadding {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface PaddingVerdict {
  /** `null`: only texts of equal length run together. */
  readonly padding: LengthPadding | null;
  /** One sentence that names the evidence. */
  readonly reason: string;
}

/** A run of several inputs together: at each place the input that stood there, by its number. */
export interface JoinedRun {
  readonly order: readonly number[];
  readonly outputs: Feeds;
}

/** The number of different inputs that run alone and joined. */
export const provedInputs = 4;

/**
 * All inputs together, then one half of the places with other neighbors, then the other half. A scale over all rows has its
 * extremes in one of the halves, so it changes in one of the two.
 */
export const provedOrders: readonly (readonly number[])[] = [
  [0, 1, 2, 3],
  [0, 1, 0, 1],
  [3, 2, 2, 3],
];

/** Runs of equal shapes do equal arithmetic for each row, so a larger difference is the influence of a neighbor. */
const leastInfluence = 1e-6;
/** The bound of rounding: 30 dB. Another number of rows may round differently, and an integer model may then round to the next step. */
const mostRounding = 10 ** (-30 / 20);
/** A smaller difference is the rounding of float32 itself. */
const shownRounding = 1e-4;
/** A larger difference means other outputs: 10 dB. */
const mostApproximate = 10 ** (-10 / 20);
/** The bound of the relative error of integers or texts. Rounding may tip decisions that are nearly even. */
const mostTipped = 0.25;

/** True if requests must run alone by default. Only an `approximate` result may be overridden by a person who accepts the error. */
export function runsAlone({ joining }: BatchVerdict): boolean {
  return joining !== 'independent';
}

export function untestedBatching(detail: string): BatchVerdict {
  return { joining: 'untested', reason: `Batching was not tested: ${detail}`, measured: null };
}

/** Explains why inputs cannot be joined along their first dimension; `null` if that dimension is free in all of them. */
export function fixedBatch(inputs: readonly InputDescription[]): BatchVerdict | null {
  const odd = inputs.find(({ shape }) => shape === null || shape.length === 0 || isFixed(shape[0]));
  if (inputs.length > 0 && odd === undefined) return null;
  const reason =
    odd === undefined
      ? 'The model has no inputs.'
      : odd.shape?.length === 0
        ? `Input “${odd.name}” is a scalar and has no batch dimension.`
        : `The first dimension of input “${odd.name}” is ${odd.shape === null ? 'unknown' : `fixed at ${String(odd.shape[0])}`}.`;
  return { joining: 'fixed', reason: `${reason} Requests run one by one.`, measured: null };
}

function isFixed(size: unknown): boolean {
  return typeof size === 'number' && size >= 0;
}

/**
 * Compares the outputs of inputs of one row each (`alone`, by number) with those of the same inputs joined along the first
 * dimension. `joined` holds runs in the orders of `provedOrders`.
 */
export function assessBatching(alone: readonly Feeds[], joined: readonly JoinedRun[]): BatchVerdict {
  const names = Object.keys(alone[0] ?? {});
  const mixed = names.map((name) => mixedRows(name, alone, joined)).find((reason) => reason !== null);
  if (mixed !== undefined) return { joining: 'dependent', reason: mixed, measured: null };
  const influence = worstOf(names.flatMap((name) => influences(name, joined)));
  const apart = worstOf(names.flatMap((name) => differences(name, alone, joined)));
  const measured = { inputs: alone.length, relativeError: apart.relativeError, cosine: apart.cosine };
  const isInfluenced = influence.isExact ? influence.relativeError > 0 : influence.relativeError > leastInfluence;
  const most = apart.isExact ? mostTipped : isInfluenced ? mostApproximate : mostRounding;
  const joining = apart.relativeError > most ? 'dependent' : isInfluenced ? 'approximate' : 'independent';
  if (
    joining === 'independent' &&
    names.every((name) => alone.every((feeds) => isSame(outputOf(alone[0]!, name), outputOf(feeds, name))))
  ) {
    return untestedBatching(
      `${alone.length} random inputs have the same outputs, so the test cannot show an influence of batching.`,
    );
  }
  return { joining, reason: reasonOf(joining, measured), measured };
}

function reasonOf(
  joining: BatchVerdict['joining'],
  { inputs, relativeError, cosine }: NonNullable<BatchVerdict['measured']>,
): string {
  const tried = formatCounted(inputs, 'random input');
  const error = `up to ${formatPercent(relativeError)} (cosine ${formatCosine(cosine)})`;
  if (joining === 'independent') {
    const rounding = relativeError > shownRounding ? `, up to rounding (${formatPercent(relativeError, 2)})` : '';
    return `${tried} had the same outputs batched as alone${rounding}.`;
  }
  if (joining === 'approximate') {
    return `Batched requests change each other's outputs, as with one quantization scale for all rows: by ${error} on ${tried}.`;
  }
  return `Outputs of batched requests differ from single requests by ${error} on ${tried}: the first dimension is not a batch.`;
}

/** Explains why a row of an output does not belong to one request; `null` if each row does. */
function mixedRows(name: string, alone: readonly Feeds[], joined: readonly JoinedRun[]): string | null {
  for (const { order, outputs } of joined) {
    const found = ownValue(outputs, name)?.dims ?? [];
    const single = alone.map((feeds) => ownValue(feeds, name)?.dims ?? []);
    const fits =
      found[0] === order.length &&
      single.every((dims) => dims[0] === 1 && dims.length === found.length) &&
      single.every((dims) => dims.every((size, axis) => axis === 0 || size === found[axis]));
    if (fits) continue;
    const shapes = `[${found.join(', ')}] for ${order.length} batched inputs and [${single[0]!.join(', ')}] for one`;
    return `Output “${name}” is ${shapes}, so it has no row for each request.`;
  }
  return null;
}

/** Root mean square of the error ÷ that of the expected values; of integers and texts the share that differs. */
export function relativeErrorOf(expected: FeedTensor, found: FeedTensor): number {
  return rowDifference(expected, found).relativeError;
}

interface RowDifference {
  readonly relativeError: number;
  readonly cosine: number;
  /** Integers, booleans and texts: the error is the share of elements that differ. */
  readonly isExact: boolean;
}

function worstOf(found: readonly RowDifference[]): RowDifference {
  const none: RowDifference = { relativeError: 0, cosine: 1, isExact: false };
  return found.reduce((worst, each) => (each.relativeError > worst.relativeError ? each : worst), none);
}

/** Rows of one input at one place, with other neighbors. */
function influences(name: string, [first, ...others]: readonly JoinedRun[]): readonly RowDifference[] {
  if (first === undefined) return [];
  return others.flatMap(({ order, outputs }) =>
    order.flatMap((input, place) =>
      input === first.order[place]
        ? [rowDifference(rowOf(outputOf(first.outputs, name), place), rowOf(outputOf(outputs, name), place))]
        : [],
    ),
  );
}

function differences(name: string, alone: readonly Feeds[], joined: readonly JoinedRun[]): readonly RowDifference[] {
  return joined.flatMap(({ order, outputs }) =>
    order.map((input, place) =>
      rowDifference(rowOf(outputOf(alone[input]!, name), 0), rowOf(outputOf(outputs, name), place)),
    ),
  );
}

/** Names were looked for in every run before. */
function outputOf(outputs: Feeds, name: string): FeedTensor {
  return ownValue(outputs, name)!;
}

function isSame(a: FeedTensor, b: FeedTensor): boolean {
  return (
    a.data.length === b.data.length &&
    a.data.every((value, index) => value === b.data[index] || Object.is(value, b.data[index]))
  );
}

type Row = Pick<FeedTensor, 'dtype' | 'data'>;

function rowOf({ dtype, dims, data }: FeedTensor, row: number): Row {
  const length = data.length / Math.max(1, dims[0]!);
  return { dtype, data: data.slice(row * length, (row + 1) * length) as FeedData };
}

function rowDifference({ dtype, data }: Row, { data: other }: Row): RowDifference {
  const [expected, found] = [floatsOf(dtype, data), floatsOf(dtype, other)];
  if (expected === null || found === null) return countedDifference(data, other);
  let [signal, noise, together, energy] = [0, 0, 0, 0];
  for (const [index, a] of expected.entries()) {
    const b = found[index]!;
    // Masked scores are infinite alone and joined.
    if (Object.is(a, b) && !Number.isFinite(a)) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return { relativeError: 1, cosine: 0, isExact: false };
    [signal, noise] = [signal + a * a, noise + (a - b) ** 2];
    [together, energy] = [together + a * b, energy + b * b];
  }
  if (noise === 0) return { relativeError: 0, cosine: 1, isExact: false };
  const lengths = Math.sqrt(signal * energy);
  const relativeError = signal === 0 ? 1 : Math.sqrt(noise / signal);
  return { relativeError, cosine: lengths === 0 ? 0 : together / lengths, isExact: false };
}

/** Half floats come as bits. `null` of integers, booleans and texts. */
function floatsOf(dtype: string, data: FeedData): Float32Array | Float64Array | null {
  if (dtype === 'float16') return float16ToFloat32(data as Uint16Array);
  if (dtype === 'bfloat16') return bfloat16ToFloat32(data as Uint16Array);
  return data instanceof Float32Array || data instanceof Float64Array ? data : null;
}

function countedDifference(expected: FeedData, found: FeedData): RowDifference {
  let apart = 0;
  for (const [index, value] of expected.entries()) if (value !== found[index]) apart++;
  const share = expected.length === 0 ? 0 : apart / expected.length;
  return { relativeError: share, cosine: 1 - share, isExact: true };
}
