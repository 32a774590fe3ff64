/** The requests of a run: all of an open load at once, one after the other in a closed loop. */
import { ParetoError } from '../errors';
import { createSeededRandom } from '../seeded-random';
import {
  drawExponential,
  drawInputs,
  followsAnswers,
  mostRequests,
  scheduleRequests,
  tooMany,
  type Arrivals,
  type InputPopularity,
} from './arrivals';
import type { Request, RequestEnd, ServerSetup } from './dispatcher';

/** The load and the server that receives it. */
export interface LoadSetup extends ServerSetup {
  readonly arrivals: Arrivals;
  readonly durationS: number;
  readonly popularity: InputPopularity;
  readonly seed: number;
}

export interface RequestSource {
  /**
   * Returns the requests that depend on no answer, in the order of their arrival. Throws `serving/requests` if there
   * are too many.
   */
  first(): readonly Request[];
  /**
   * Returns the requests that follow from a request that ended at this time; often there are none. Throws
   * `serving/requests` if there are too many. Throws `serving/asks-forever` if no time would pass between them, because
   * a client without a pause is rejected or answered by the cache again and again.
   */
  after(endedMs: number, end: RequestEnd): readonly Request[];
}

/** The same load gives the same requests, to a simulation and to a live run. */
export function requestsOf(load: LoadSetup): RequestSource {
  const { arrivals, durationS, popularity, seed } = load;
  if (followsAnswers(arrivals))
    return arrivals.kind === 'closed' ? clientRequests(load, arrivals) : streamRequests(load, arrivals);
  return {
    first: () =>
      scheduleRequests(arrivals, durationS, popularity, seed).map(({ atMs, input }) => ({ scheduledMs: atMs, input })),
    after: () => [],
  };
}

function clientRequests(
  { durationS, popularity, seed }: LoadSetup,
  arrivals: Extract<Arrivals, { readonly kind: 'closed' }>,
): RequestSource {
  const thinkRandom = createSeededRandom(seed + 3);
  const nextInput = drawInputs(popularity, createSeededRandom(seed + 1));
  let asked = 0;
  const ask = (endedMs: number, end?: RequestEnd): readonly Request[] => {
    const isAtOnce = arrivals.thinkMs === 0;
    if (isAtOnce && end === 'rejected') throw asksForever(arrivals.clients);
    const scheduledMs = endedMs + (isAtOnce ? 0 : drawExponential(arrivals.thinkMs, thinkRandom));
    if (scheduledMs >= durationS * 1000) return [];
    if (asked++ >= mostRequests) throw isAtOnce && end === 'cached' ? asksForever(arrivals.clients) : tooMany();
    return [{ scheduledMs, input: nextInput() }];
  };
  return {
    first: () =>
      Array.from({ length: arrivals.clients }, () => ask(0))
        .flat()
        .toSorted((a, b) => a.scheduledMs - b.scheduledMs),
    after: ask,
  };
}

function streamRequests(
  { durationS, popularity, seed }: LoadSetup,
  { requestsAtOnce }: Extract<Arrivals, { readonly kind: 'stream' }>,
): RequestSource {
  const nextInput = drawInputs(popularity, createSeededRandom(seed + 1));
  let [asked, open, latestMs] = [0, 0, 0];
  const ask = (scheduledMs: number): readonly Request[] => {
    if (scheduledMs >= durationS * 1000) return [];
    if ((asked += requestsAtOnce) > mostRequests) throw tooMany();
    open = requestsAtOnce;
    return Array.from({ length: requestsAtOnce }, () => ({ scheduledMs, input: nextInput() }));
  };
  return {
    first: () => ask(0),
    after(endedMs, end) {
      if (end === 'rejected') throw asksForever(requestsAtOnce);
      latestMs = Math.max(latestMs, endedMs);
      return --open === 0 ? ask(latestMs) : [];
    },
  };
}

function asksForever(clients: number): ParetoError {
  return new ParetoError(
    'serving/asks-forever',
    `Clients without think time repeat a rejected or cached request at the same moment, endlessly. Set a think time, or turn the cache off and allow a queue of ${clients}.`,
  );
}
