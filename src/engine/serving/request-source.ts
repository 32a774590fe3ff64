/** The requests of a run: all of an open load at once, one after the other in a closed loop. */
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
import type { Request, ServerSetup } from './dispatcher';

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
  /** What comes because a request ended at this time; `null` when nothing does. */
  after(endedMs: number): Request | null;
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
  const after = (endedMs: number): Request | null => {
    const scheduledMs = endedMs + (arrivals.thinkMs === 0 ? 0 : drawExponential(arrivals.thinkMs, thinkRandom));
    if (scheduledMs >= durationS * 1000) return null;
    if (asked++ >= mostRequests) throw tooMany();
    return { scheduledMs, input: nextInput() };
  };
  return {
    first: () =>
      Array.from({ length: arrivals.clients }, () => after(0))
        .filter((request) => request !== null)
        .toSorted((a, b) => a.scheduledMs - b.scheduledMs),
    after,
  };
}
