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

/** Sends one request at each of these times. Later requests do not wait for answers. */
export async function driveOpenLoop(
  signal: AbortSignal,
  { url, bodies }: HttpTarget,
  dueMs: readonly number[],
): Promise<readonly HttpAnswer[]> {
  const { agent, close } = openAgent(signal);
  const answers: Promise<HttpAnswer>[] = [];
  const startedMs = performance.now();
  try {
    for (const [index, due] of dueMs.entries()) {
      const waitMs = due - (performance.now() - startedMs);
      if (waitMs > 0) await setTimeout(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      signal.throwIfAborted();
      const lateMs = Math.max(0, performance.now() - startedMs - due);
      const answer = post(agent, url, bodies[index % bodies.length]!);
      answers.push(answer.then((status) => ({ status, ms: performance.now() - startedMs - due, lateMs })));
    }
    const all = await Promise.all(answers);
    signal.throwIfAborted();
    return all;
  } finally {
    close();
  }
}

/** Runs clients that each ask again once they were answered. Counts and times only answers with status 200. */
export async function driveClosedLoop(
  signal: AbortSignal,
  { url, bodies }: HttpTarget,
  load: { readonly clients: number; readonly durationMs: number },
): Promise<{ readonly servedPerSecond: number; readonly answersMs: readonly number[] }> {
  const { agent, close } = openAgent(signal);
  const startedMs = performance.now();
  const answersMs: number[] = [];
  const client = async (first: number): Promise<void> => {
    for (let turn = first; performance.now() - startedMs < load.durationMs; turn += load.clients) {
      signal.throwIfAborted();
      const sentMs = performance.now();
      const status = await post(agent, url, bodies[turn % bodies.length]!);
      if (status === 200) answersMs.push(performance.now() - sentMs);
      else await setTimeout(1);
    }
  };
  try {
    await Promise.all(Array.from({ length: load.clients }, (_, index) => client(index)));
    signal.throwIfAborted();
  } finally {
    close();
  }
  return { servedPerSecond: (answersMs.length * 1000) / (performance.now() - startedMs), answersMs };
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
  const { agent, close } = openAgent(signal);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  let [failed, next] = [0, 0];
  try {
    while (performance.now() - startedMs < load.durationMs) {
      signal.throwIfAborted();
      const sentMs = performance.now();
      const sent = Array.from({ length: load.requestsAtOnce }, () => post(agent, url, bodies[next++ % bodies.length]!));
      const statuses = await Promise.all(sent);
      if (statuses.every((status) => status === 200)) latenciesMs.push(performance.now() - sentMs);
      else failed++;
    }
    signal.throwIfAborted();
  } finally {
    close();
  }
  return { latenciesMs, failed, durationMs: performance.now() - startedMs };
}

/** Sends `requests` requests, with `atOnce` of them on their way. Latencies count from the start of the run. */
export async function driveAll(
  signal: AbortSignal,
  { url, bodies }: HttpTarget,
  load: { readonly requests: number; readonly atOnce: number },
): Promise<StreamedQueries> {
  const { agent, close } = openAgent(signal);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  let [failed, next] = [0, 0];
  const client = async (): Promise<void> => {
    while (next < load.requests) {
      signal.throwIfAborted();
      const status = await post(agent, url, bodies[next++ % bodies.length]!);
      if (status === 200) latenciesMs.push(performance.now() - startedMs);
      else failed++;
    }
  };
  try {
    await Promise.all(Array.from({ length: load.atOnce }, client));
    signal.throwIfAborted();
  } finally {
    close();
  }
  return { latenciesMs, failed, durationMs: performance.now() - startedMs };
}

/** One listener for all requests of a run: Node warns of a leak when a signal has more than ten. */
function openAgent(signal: AbortSignal): { readonly agent: Agent; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true });
  const destroy = () => agent.destroy();
  signal.addEventListener('abort', destroy, { once: true });
  const close = () => {
    signal.removeEventListener('abort', destroy);
    destroy();
  };
  return { agent, close };
}

/** The status; 0 where the connection ended without an answer, or none came in 30 s. */
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
