/** The requests of a run: all of an open load at once, one after the other in a closed loop. */
import { ParetoError } from '../errors';
import { createSeededRandom } from '../seeded-random';
import {
  drawExponential,
  drawInputs,
  mostRequests,
  scheduleRequests,
  tooMany,
  type Arrivals,
  type InputPopularity,
} from './arrivals';
import type { Request, RequestEnd, ServerSetup } from './dispatcher';

/** What comes, and the server that it comes to. */
export interface LoadSetup extends ServerSetup {
  readonly arrivals: Arrivals;
  readonly durationS: number;
  readonly popularity: InputPopularity;
  readonly seed: number;
}

export interface RequestSource {
  /** Those that depend on no answer, in the order in which they come. Throws `serving/requests` where there are too many. */
  first(): readonly Request[];
  /**
   * What comes because a request ended at this time; `null` when nothing does. Throws `serving/requests` where there are too many, and
   * `serving/asks-forever` where no time would pass between them: a client that takes none to think was rejected, or is answered by
   * the cache time and again.
   */
  after(endedMs: number, end: RequestEnd): Request | null;
}

/** The same load gives the same requests, to a simulation and to a live run. */
export function requestsOf({ arrivals, durationS, popularity, seed }: LoadSetup): RequestSource {
  if (arrivals.kind !== 'closed') {
    return {
      first: () =>
        scheduleRequests(arrivals, durationS, popularity, seed).map(({ atMs, input }) => ({
          scheduledMs: atMs,
          input,
        })),
      after: () => null,
    };
  }
  const thinkRandom = createSeededRandom(seed + 3);
  const nextInput = drawInputs(popularity, createSeededRandom(seed + 1));
  let asked = 0;
  const ask = (endedMs: number, end?: RequestEnd): Request | null => {
    const isAtOnce = arrivals.thinkMs === 0;
    if (isAtOnce && end === 'rejected') throw asksForever(arrivals.clients);
    const scheduledMs = endedMs + (isAtOnce ? 0 : drawExponential(arrivals.thinkMs, thinkRandom));
    if (scheduledMs >= durationS * 1000) return null;
    if (asked++ >= mostRequests) throw isAtOnce && end === 'cached' ? asksForever(arrivals.clients) : tooMany();
    return { scheduledMs, input: nextInput() };
  };
  return {
    first: () =>
      Array.from({ length: arrivals.clients }, () => ask(0))
        .filter((request) => request !== null)
        .toSorted((a, b) => a.scheduledMs - b.scheduledMs),
    after: ask,
  };
}

function asksForever(clients: number): ParetoError {
  return new ParetoError(
    'serving/asks-forever',
    `Clients without think time repeat a rejected or cached request at the same moment, endlessly. Set a think time, or turn the cache off and allow a queue of ${clients}.`,
  );
}
