/** Answers the calls of a page: the other end of `src/runtime/jobs/worker-client.ts`. */
import { outcomeOf } from '../src/engine/errors';
import type { Observation } from '../src/engine/passes/pass';
import {
  thinned,
  type CallRequest,
  type Handlers,
  type JobContext,
  type ListPart,
  type MessageFromCall,
  type MessageToCall,
} from '../src/runtime/jobs/call';
import { linkToPage } from '../src/runtime/session/page-link';

type AnyHandler = (context: JobContext<unknown, unknown>, ...given: readonly unknown[]) => unknown;

const checkpointIntervalMs = 20;
const observationIntervalMs = 100;

export function answerCalls<Calls>(handlers: Handlers<Calls>): void {
  const byName = new Map(Object.entries(handlers as Readonly<Record<string, AnyHandler>>));
  const lists = createLists();
  self.addEventListener('message', ({ data }: MessageEvent<CallRequest | ListPart>) => {
    if ('list' in data) return lists.take(data);
    lists.putIn(data);
    void answer(byName.get(data.name)!, data);
  });
  linkToPage();
}

/** The lists that were sent ahead of the calls that name them. */
function createLists() {
  const lists = new Map<number, unknown[]>();
  return {
    take({ list, part }: ListPart): void {
      const known = lists.get(list);
      if (part === null) lists.delete(list);
      else if (known === undefined) lists.set(list, [...part]);
      else known.push(...part);
    },
    putIn({ given, lists: places }: CallRequest): void {
      for (const { path, list } of places) {
        let owner: unknown = given;
        for (const name of path.slice(0, -1)) owner = Reflect.get(owner as object, name);
        Reflect.set(owner as object, path.at(-1)!, lists.get(list));
      }
    },
  };
}

async function answer(handler: AnyHandler, { given, ids, port }: CallRequest): Promise<void> {
  const send = (message: MessageFromCall): void => port.postMessage(message);
  const controller = new AbortController();
  const gate = createGate(controller.signal);
  const observations = createBatches((batch) => send({ kind: 'observations', observations: batch }));
  const listeners: ((message: unknown) => void)[] = [];
  port.onmessage = ({ data }: MessageEvent<MessageToCall>) => {
    if (data.kind === 'cancel') controller.abort(new DOMException('The job was canceled.', 'AbortError'));
    else if (data.kind === 'pause') gate.pause(data.paused);
    else for (const listener of listeners) listener(data.message);
  };
  const context: JobContext<unknown, unknown> = {
    signal: controller.signal,
    progress: thinned((progress) => send({ kind: 'progress', progress })),
    observe: observations.add,
    checkpoint: gate.checkpoint,
    idOf: (argument) => ids[given.indexOf(argument)] ?? 0,
    onMessage: (listener) => void listeners.push(listener),
  };
  // A handler that throws at once is answered like one that rejects.
  const outcome = await outcomeOf(async () => handler(context, ...given));
  observations.flush();
  send({ kind: 'settled', outcome });
  gate.close();
}

/** Gathers what comes in quick succession. The last batch goes with `flush`. */
function createBatches(send: (batch: readonly Observation[]) => void) {
  let batch: Observation[] = [];
  let lastSent = -Infinity;
  const flush = (): void => {
    if (batch.length > 0) send(batch);
    batch = [];
    lastSent = performance.now();
  };
  return {
    add(observation: Observation): void {
      batch.push(observation);
      if (performance.now() - lastSent >= observationIntervalMs) flush();
    },
    flush,
  };
}

/**
 * The gate at which a job receives messages, stops when it is canceled, and waits while it is paused. Parts that work
 * side by side wait together.
 */
function createGate(signal: AbortSignal) {
  const channel = new MessageChannel();
  let lastYield = performance.now();
  let isPaused = false;
  let goOn = (): void => undefined;
  let turn: Promise<void> | undefined;
  signal.addEventListener('abort', () => goOn(), { once: true });
  const takeTurn = async (): Promise<void> => {
    // A message to oneself is delivered after those that already wait; a timer would be clamped to 4 ms.
    await new Promise<void>((resolve) => {
      channel.port1.onmessage = () => resolve();
      channel.port2.postMessage(null);
    });
    if (isPaused && !signal.aborted) await new Promise<void>((resolve) => (goOn = resolve));
    lastYield = performance.now();
    turn = undefined;
  };
  return {
    async checkpoint(): Promise<void> {
      signal.throwIfAborted();
      if (turn === undefined && performance.now() - lastYield < checkpointIntervalMs) return;
      await (turn ??= takeTurn());
      signal.throwIfAborted();
    },
    pause(paused: boolean): void {
      isPaused = paused;
      if (!paused) goOn();
    },
    close(): void {
      channel.port1.close();
    },
  };
}
