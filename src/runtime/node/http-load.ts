/** Sends requests over HTTP: by a schedule that waits for no answer, or from clients that ask again at once. */
import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** An answer. Status 0: there was none. */
export interface HttpAnswer {
  readonly status: number;
  /** The time from the due moment of the request to its answer. */
  readonly ms: number;
  /** The delay of the request. */
  readonly lateMs: number;
}

export interface HttpTarget {
  readonly url: string;
  /** Bodies take turns. Equal ones must not come together if the server runs equal requests once. */
  readonly bodies: readonly Uint8Array[];
}

const longestAnswerMs = 30_000;
/** Clients that were rejected pause, because rejections take time from the others' answers. */
const pauseMs = 50;

/** Sends one request at each of these times. Later requests do not wait for answers. */
export async function driveOpenLoop(
  signal: AbortSignal,
  { url, bodies }: HttpTarget,
  dueMs: readonly number[],
): Promise<readonly HttpAnswer[]> {
  return withAgent(signal, async (agent, elapsedMs) => {
    const answers: Promise<HttpAnswer>[] = [];
    for (const [index, due] of dueMs.entries()) {
      const waitMs = due - elapsedMs();
      if (waitMs > 0) await setTimeout(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      signal.throwIfAborted();
      const lateMs = Math.max(0, elapsedMs() - due);
      const answer = post(agent, url, bodies[index % bodies.length]!);
      answers.push(answer.then((status) => ({ status, ms: elapsedMs() - due, lateMs })));
    }
    return Promise.all(answers);
  });
}

/** Runs clients that each ask again once they were answered. Counts and times only answers with status 200. */
export async function driveClosedLoop(
  signal: AbortSignal,
  { url, bodies }: HttpTarget,
  load: { readonly clients: number; readonly durationMs: number },
): Promise<{ readonly servedPerSecond: number; readonly answersMs: readonly number[] }> {
  return withAgent(signal, async (agent, elapsedMs) => {
    const answersMs: number[] = [];
    const client = async (first: number): Promise<void> => {
      for (let turn = first; elapsedMs() < load.durationMs; turn += load.clients) {
        signal.throwIfAborted();
        const sentMs = elapsedMs();
        const status = await post(agent, url, bodies[turn % bodies.length]!);
        if (status === 200) answersMs.push(elapsedMs() - sentMs);
        else await setTimeout(pauseMs);
      }
    };
    await Promise.all(Array.from({ length: load.clients }, (_, index) => client(index)));
    return { servedPerSecond: (answersMs.length * 1000) / elapsedMs(), answersMs };
  });
}

/** Results of queries that were sent one after the other, or of requests that were sent several at once. */
export interface StreamedQueries {
  /** Latencies of queries whose requests were all answered with status 200: from sending to the last answer. */
  readonly latenciesMs: readonly number[];
  readonly failed: number;
  readonly durationMs: number;
}

/** Runs one client that sends `requestsAtOnce` requests together, and the next ones after the last answer. */
export async function driveStream(
  signal: AbortSignal,
  { url, bodies }: HttpTarget,
  load: { readonly requestsAtOnce: number; readonly durationMs: number },
): Promise<StreamedQueries> {
  return withAgent(signal, async (agent, elapsedMs) => {
    const latenciesMs: number[] = [];
    let [failed, next] = [0, 0];
    while (elapsedMs() < load.durationMs) {
      signal.throwIfAborted();
      const sentMs = elapsedMs();
      const sent = Array.from({ length: load.requestsAtOnce }, () => post(agent, url, bodies[next++ % bodies.length]!));
      const statuses = await Promise.all(sent);
      if (statuses.every((status) => status === 200)) latenciesMs.push(elapsedMs() - sentMs);
      else failed++;
    }
    return { latenciesMs, failed, durationMs: elapsedMs() };
  });
}

/** Sends `requests` requests, with `atOnce` of them on their way. Latencies count from the start of the run. */
export async function driveAll(
  signal: AbortSignal,
  { url, bodies }: HttpTarget,
  load: { readonly requests: number; readonly atOnce: number },
): Promise<StreamedQueries> {
  return withAgent(signal, async (agent, elapsedMs) => {
    const latenciesMs: number[] = [];
    let [failed, next] = [0, 0];
    const client = async (): Promise<void> => {
      while (next < load.requests) {
        signal.throwIfAborted();
        const status = await post(agent, url, bodies[next++ % bodies.length]!);
        if (status === 200) latenciesMs.push(elapsedMs());
        else failed++;
      }
    };
    await Promise.all(Array.from({ length: load.atOnce }, client));
    return { latenciesMs, failed, durationMs: elapsedMs() };
  });
}

/**
 * Runs `drive` with connections of its own and a clock that begins with it. An abort ends the connections, and the run rejects. All
 * requests share one listener, because Node warns of a leak when a signal has more than ten.
 */
async function withAgent<Found>(
  signal: AbortSignal,
  drive: (agent: Agent, elapsedMs: () => number) => Promise<Found>,
): Promise<Found> {
  const agent = new Agent({ keepAlive: true });
  const destroy = () => agent.destroy();
  signal.addEventListener('abort', destroy, { once: true });
  const startedMs = performance.now();
  try {
    const found = await drive(agent, () => performance.now() - startedMs);
    signal.throwIfAborted();
    return found;
  } finally {
    signal.removeEventListener('abort', destroy);
    destroy();
  }
}

/** The status; 0 if the connection ended without an answer, or none came in 30 s. */
async function post(agent: Agent, url: string, body: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent,
        timeout: longestAnswerMs,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
        answer.once('error', () => resolve(0));
      },
    );
    sent.once('error', () => resolve(0));
    sent.once('timeout', () => sent.destroy());
    sent.end(body);
  });
}
