/** The entry `./node`: each call works in a thread, so that the calling thread stays free. Models run on WASM. */
import type { Worker } from 'node:worker_threads';
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import { ParetoError, valueOf, type Outcome } from '../src/engine/errors';
import { endSentence } from '../src/engine/format';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import { startLibraryThread } from '../src/runtime/node/own-files';
import { TurnToken } from '../src/runtime/session/session-host';
import { sentOf, type LibraryCalls, type MessageFromThread, type MessageToThread } from './calls';
import { followed, type Following } from './progress';
import type {
  BenchmarkOptions,
  BenchmarkReport,
  CallOptions,
  CompileOptions,
  CompileResult,
  EvaluateOptions,
  InspectOptions,
  ModelSource,
  OptimizeOptions,
  OptimizeResult,
  SearchOptions,
  SearchOutcome,
} from './types';

export { isParetoError, ParetoError } from '../src/engine/errors';
export { passes } from './pass-records';
export type * from './types';

/** Inputs, outputs, operators, weights, costs and warnings of a model. */
export async function inspect(model: ModelSource, options: InspectOptions = {}): Promise<Inspection> {
  return call('inspect', options, model, sentOf(options));
}

/** Makes a model smaller or faster by a recipe or by a goal. */
export async function optimize(model: ModelSource, options: OptimizeOptions): Promise<OptimizeResult> {
  return call('optimize', options, model, sentOf(options));
}

/** Evaluates recipes for a model and recommends the best one within the limits. */
export async function search(model: ModelSource, options: SearchOptions = {}): Promise<SearchOutcome> {
  return call('search', options, model, sentOf(options));
}

/** Evaluates a model on data: accuracy, or output match with the original. */
export async function evaluate(model: ModelSource, options: EvaluateOptions): Promise<EvaluationResult> {
  return call('evaluate', options, model, sentOf(options));
}

/** Measures the speed and the outputs of a model, and of a variant against it. */
export async function benchmark(model: ModelSource, options: BenchmarkOptions = {}): Promise<BenchmarkReport> {
  return call('benchmark', options, model, sentOf(options));
}

/** Compiles a model to a WebAssembly module that needs no runtime, and checks the module against the model. */
export async function compile(model: ModelSource, options: CompileOptions = {}): Promise<CompileResult> {
  return call('compile', options, model, sentOf(options));
}

/** Compares two models node by node. Weights are compared bit by bit. */
export async function diff(a: ModelSource, b: ModelSource, options: CallOptions = {}): Promise<ModelDifference> {
  return call('diff', options, a, b, sentOf(options));
}

/** A thread without a call, for the next one. It does not keep the process. */
let idle: Worker | undefined;

const partBytes = 2 ** 22;

/** Calls that run at the same time would measure each other. */
const turn = new TurnToken();

function call<Name extends keyof LibraryCalls>(
  name: Name,
  options: CallOptions,
  ...given: LibraryCalls[Name]['arguments']
): Promise<LibraryCalls[Name]['value']> {
  return followed(options, async (following) => {
    const sent = (await Promise.all(given.map(inParts))) as readonly unknown[];
    following.signal.throwIfAborted();
    const thread = idle ?? startThread();
    idle = undefined;
    thread.ref();
    try {
      const outcome = await outcomeIn(thread, { kind: 'call', name, given: sent }, following);
      if (idle === undefined) {
        idle = thread;
        thread.unref();
      }
      return valueOf(outcome) as LibraryCalls[Name]['value'];
    } finally {
      if (idle !== thread) void thread.terminate();
    }
  });
}

/** Large contents as Blobs, which a thread takes without a copy. They are copied in parts, to let other work in. */
async function inParts(value: unknown): Promise<unknown> {
  if (value instanceof ArrayBuffer) return inParts(new Uint8Array(value));
  if (value instanceof Uint8Array) {
    if (value.length <= partBytes) return value;
    const parts: Blob[] = [];
    for (let at = 0; at < value.length; at += partBytes) {
      parts.push(new Blob([value.subarray(at, at + partBytes) as Uint8Array<ArrayBuffer>]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return new Blob(parts);
  }
  if (value?.constructor !== Object) return value;
  const entries = Object.entries(value).map(async ([name, each]) => [name, await inParts(each)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function startThread(): Worker {
  const thread = startLibraryThread();
  thread.on('error', () => undefined);
  thread.on('exit', () => {
    if (idle === thread) idle = undefined;
  });
  return thread;
}

/** Rejects when the call is stopped, or when its thread ends. */
async function outcomeIn(
  thread: Worker,
  request: MessageToThread,
  { signal, onProgress }: Following,
): Promise<Outcome<unknown>> {
  const settled = new AbortController();
  let endTurn = (): void => undefined;
  const takeTurn = (): Promise<void> =>
    turn.take(async () => {
      if (settled.signal.aborted) return;
      const ended = new Promise<void>((resolve) => (endTurn = resolve));
      thread.postMessage({ kind: 'turn' } satisfies MessageToThread);
      await ended;
    });
  let settle = (_outcome: Outcome<unknown>): void => undefined;
  let reject = (_reason: unknown): void => undefined;
  const outcome = new Promise<Outcome<unknown>>((...both) => ([settle, reject] = both));
  const fail = (why: string): void =>
    reject(new ParetoError('runtime/worker-ended', `The thread of the call ended: ${endSentence(why)}`));
  const listeners = {
    error: ({ message }: Error) => fail(message),
    exit: (code: number) => fail(`exit code ${code}, probably out of memory`),
    message(message: MessageFromThread) {
      if (message.kind === 'settled') settle(message.outcome);
      else if (message.kind === 'progress') onProgress(message.progress);
      else if (message.kind === 'measured') endTurn();
      else void takeTurn();
    },
  };
  for (const [event, listener] of Object.entries(listeners)) thread.on(event, listener);
  signal.addEventListener('abort', () => reject(signal.reason), { signal: settled.signal });
  try {
    thread.postMessage(request);
    return await outcome;
  } finally {
    settled.abort();
    endTurn();
    for (const [event, listener] of Object.entries(listeners)) thread.off(event, listener);
  }
}
