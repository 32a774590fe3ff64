/** Answers the calls of a page: the other end of `app/jobs/worker-client.ts`. */
import { outcomeOf } from '../src/engine/errors';
import type { Observation } from '../src/engine/passes/pass';
import type {
  CallRequest,
  Handlers,
  JobContext,
  LifeMessage,
  MessageFromCall,
  MessageToCall,
} from '../src/runtime/jobs/call';

type AnyHandler = (context: JobContext<unknown, unknown>, ...given: readonly unknown[]) => unknown;

const checkpointIntervalMs = 20;
const observationIntervalMs = 100;

export function answerCalls<Calls>(handlers: Handlers<Calls>): void {
  const byName = new Map(Object.entries(handlers as Readonly<Record<string, AnyHandler>>));
  self.addEventListener('message', ({ data }: MessageEvent<CallRequest>) => void answer(byName.get(data.name)!, data));
  holdLifeLock();
}

/** A browser ends a worker that takes too much memory without an event: that its lock is free again is what tells. */
function holdLifeLock(): void {
  const lock = `pareto.worker.${crypto.randomUUID()}`;
  void navigator.locks.request(lock, () => {
    self.postMessage({ lock } satisfies LifeMessage);
    return new Promise<never>(() => undefined);
  });
}

async function answer(handler: AnyHandler, { given, ids, port }: CallRequest): Promise<void> {
  const send = (message: MessageFromCall): void => port.postMessage(message);
  const controller = new AbortController();
  const gate = createGate(controller.signal);
  const observations = createBatches((batch) => send({ kind: 'observations', observations: batch }));
  const listeners: ((message: unknown) => void)[] = [];
  port.onmessage = ({ data }: MessageEvent<MessageToCall>) => {
    if (data.kind === 'cancel') controller.abort(new DOMException('The job was cancelled.', 'AbortError'));
    else if (data.kind === 'pause') gate.pause(data.paused);
    else for (const listener of listeners) listener(data.message);
  };
  const context: JobContext<unknown, unknown> = {
    signal: controller.signal,
    progress: (progress) => send({ kind: 'progress', progress }),
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

/** Where a job lets messages in, stops when it is cancelled, and waits while it is paused. */
function createGate(signal: AbortSignal) {
  const channel = new MessageChannel();
  let lastYield = performance.now();
  let isPaused = false;
  let goOn = (): void => undefined;
  signal.addEventListener('abort', () => goOn(), { once: true });
  return {
    async checkpoint(): Promise<void> {
      signal.throwIfAborted();
      if (performance.now() - lastYield < checkpointIntervalMs) return;
      // A message to oneself is delivered after those that already wait; a timer would be clamped to 4 ms.
      await new Promise<void>((resolve) => {
        channel.port1.onmessage = () => resolve();
        channel.port2.postMessage(null);
      });
      if (isPaused) await new Promise<void>((resolve) => (goOn = resolve));
      lastYield = performance.now();
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
