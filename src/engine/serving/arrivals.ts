/** Schedules of arrivals, which are drawn before a run starts, so that a slow server cannot slow its own load. */
import { ParetoError } from '../errors';
import { formatCount, formatQuoted } from '../format';
import { createSeededRandom, type SeededRandom } from '../seeded-random';

export type Arrivals =
  /** Independent requests: exponential gaps, `perSecond` on average. */
  | { readonly kind: 'poisson'; readonly perSecond: number }
  /** Two rates that take turns, each for exponentially long stays (a Markov-modulated Poisson process). */
  | {
      readonly kind: 'bursts';
      readonly lowPerSecond: number;
      readonly highPerSecond: number;
      readonly meanLowS: number;
      readonly meanHighS: number;
    }
  /**
   * Each of `clients` sends its next request after its answer and a pause of `thinkMs`. The load hides queueing, so it
   * measures capacity only.
   */
  | { readonly kind: 'closed'; readonly clients: number; readonly thinkMs: number }
  /** One client sends `requestsAtOnce` requests together, and the next ones when the last of them is answered. */
  | { readonly kind: 'stream'; readonly requestsAtOnce: number }
  /** Recorded requests, with times that start at 0 ms. */
  | { readonly kind: 'replay'; readonly requests: readonly ScheduledRequest[] };

/** Arrivals that follow the answers. */
export type FollowingArrivals = Extract<Arrivals, { readonly kind: 'closed' | 'stream' }>;

export function followsAnswers(arrivals: Arrivals): arrivals is FollowingArrivals {
  return arrivals.kind === 'closed' || arrivals.kind === 'stream';
}

export interface ScheduledRequest {
  readonly atMs: number;
  /** The number of the requested input. Equal numbers are equal inputs. */
  readonly input: number;
}

/** Popularity of inputs: the n-th most popular of `count` is requested in proportion to n^−exponent (Zipf). An exponent of 0 is uniform. */
export interface InputPopularity {
  readonly count: number;
  readonly exponent: number;
}

/** Lists beyond this take long to simulate and tell nothing new. */
export const mostRequests = 2_000_000;

/**
 * The requests that come within `durationS`, in order. Throws `serving/requests` for more than `mostRequests` of them, and for bursts
 * that change their rate more often than that. Not for arrivals that follow the answers.
 */
export function scheduleRequests(
  arrivals: Exclude<Arrivals, FollowingArrivals>,
  durationS: number,
  popularity: InputPopularity,
  seed: number,
): readonly ScheduledRequest[] {
  const endMs = durationS * 1000;
  if (arrivals.kind === 'replay') return arrivals.requests.filter(({ atMs }) => atMs < endMs);
  const random = createSeededRandom(seed);
  const nextInput = drawInputs(popularity, createSeededRandom(seed + 1));
  const requests: ScheduledRequest[] = [];
  for (const atMs of arrivals.kind === 'poisson' ? poisson(arrivals.perSecond, random) : bursts(arrivals, random)) {
    if (atMs >= endMs) break;
    if (requests.length === mostRequests) throw tooMany();
    requests.push({ atMs, input: nextInput() });
  }
  return requests;
}

/** Draws inputs by their popularity, from the cumulative distribution. */
export function drawInputs({ count, exponent }: InputPopularity, random: SeededRandom): () => number {
  if (exponent === 0) return () => Math.floor(random.next() * count);
  const cumulative = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) cumulative[rank] = sum += (rank + 1) ** -exponent;
  return () => firstAbove(cumulative, random.next() * sum);
}

function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** An exponential duration with this mean. */
export function drawExponential(mean: number, random: SeededRandom): number {
  return -Math.log(1 - random.next()) * mean;
}

function* poisson(perSecond: number, random: SeededRandom): Generator<number> {
  for (let atMs = 0; ;) yield (atMs += drawExponential(1000 / perSecond, random));
}

/** When the rate changes, the gap is drawn anew: exponential gaps have no memory. */
function* bursts(
  { lowPerSecond, highPerSecond, meanLowS, meanHighS }: Extract<Arrivals, { readonly kind: 'bursts' }>,
  random: SeededRandom,
): Generator<number> {
  let atMs = 0;
  // The caller sees requests alone, and short stays have none.
  for (let [isHigh, changes] = [false, 0]; ; isHigh = !isHigh) {
    if (changes++ === mostRequests) throw tooManyChanges();
    const endMs = atMs + drawExponential((isHigh ? meanHighS : meanLowS) * 1000, random);
    const gapMs = 1000 / (isHigh ? highPerSecond : lowPerSecond);
    for (;;) {
      const nextMs = atMs + drawExponential(gapMs, random);
      if (nextMs > endMs) break;
      yield (atMs = nextMs);
    }
    atMs = endMs;
  }
}

const arrivalForms =
  'poisson:50 (per second), closed:8 or closed:8:20 (clients, think time in ms), bursts:10:100:5:1 (low and high per second, seconds of each), or a CSV file of t_ms[,input]';

/** The limit of a typed number: requests per second, seconds, or thinking time in ms. */
const mostOfANumber = 1e6;
const mostClients = 10_000;

/**
 * `poisson:50`, `closed:8`, `bursts:…` as typed on a command line. Throws `serving/arrivals` that names what there is, or up to which
 * numbers.
 */
export function parseArrivals(text: string): Arrivals {
  const [kind, ...parts] = text.split(':');
  const [a = 0, b = 0, c = 0, d = 0] = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const isForm =
    (kind === 'poisson' && parts.length === 1) ||
    (kind === 'closed' && (parts.length === 1 || parts.length === 2)) ||
    (kind === 'bursts' && parts.length === 4);
  if (!isForm || [a, b, c, d].some((number) => Number.isNaN(number))) {
    throw new ParetoError('serving/arrivals', `${formatQuoted(text)} does not describe arrivals. Use ${arrivalForms}.`);
  }
  const arePositive = (...values: readonly number[]) => values.every((value) => value > 0 && value <= mostOfANumber);
  if (kind === 'poisson' && arePositive(a)) return { kind, perSecond: a };
  if (kind === 'closed' && Number.isInteger(a) && arePositive(a) && a <= mostClients && b >= 0 && b <= mostOfANumber) {
    return { kind, clients: a, thinkMs: b };
  }
  if (kind === 'bursts' && arePositive(a, b, c, d)) {
    return { kind, lowPerSecond: a, highPerSecond: b, meanLowS: c, meanHighS: d };
  }
  const limits =
    kind === 'closed'
      ? `The number of clients must be an integer from 1 to ${formatCount(mostClients)}, with a think time of at most ${formatCount(mostOfANumber)} ms`
      : `Every number must be above 0 and at most ${formatCount(mostOfANumber)}`;
  throw new ParetoError('serving/arrivals', `${formatQuoted(text)} cannot be simulated. ${limits}.`);
}

/** A recorded load: lines of `t_ms[,input]`, with or without a header, in any order. Throws `serving/replay` naming the line. */
export function parseReplay(text: string): Arrivals {
  const requests: ScheduledRequest[] = [];
  const keys = new Map<string, number>();
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === '') continue;
    const [time = '', key = ''] = line.split(',', 2).map((cell) => cell.trim());
    const atMs = Number(time);
    if (time === '' || !Number.isFinite(atMs) || atMs < 0) {
      if (index === 0) continue;
      throw new ParetoError('serving/replay', `Line ${index + 1} of the load does not begin with a time in ms.`);
    }
    if (requests.length === mostRequests) throw tooMany();
    const input = keys.get(key) ?? keys.size;
    keys.set(key, input);
    requests.push({ atMs, input });
  }
  if (requests.length === 0)
    throw new ParetoError('serving/replay', 'The load has no requests. Write lines of t_ms[,input].');
  requests.sort((x, y) => x.atMs - y.atMs);
  const firstMs = requests[0]!.atMs;
  return { kind: 'replay', requests: requests.map(({ atMs, input }) => ({ atMs: atMs - firstMs, input })) };
}

function tooManyChanges(): ParetoError {
  return new ParetoError(
    'serving/requests',
    `The rate would change more than ${formatCount(mostRequests)} times. Use longer bursts or a shorter duration.`,
  );
}

export function tooMany(): ParetoError {
  return new ParetoError(
    'serving/requests',
    `More than ${formatCount(mostRequests)} requests would be simulated. Use a shorter duration or a lower rate.`,
  );
}
