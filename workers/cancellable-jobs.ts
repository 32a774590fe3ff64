/** Jobs of a worker that can be asked to stop, with progress on a port of their own. The other end is `WorkerClient`. */
import { outcomeOf, type Outcome } from '../src/engine/errors';
import type { JobContext } from '../src/runtime/jobs/job-context';

const checkpointIntervalMs = 20;

export class CancellableJobs {
  readonly #running = new Map<number, AbortController>();

  async run<Value, Progress>(
    call: number,
    progressPort: MessagePort,
    job: (context: JobContext<Progress>) => Promise<Value>,
  ): Promise<Outcome<Value>> {
    const controller = new AbortController();
    const checkpoints = createCheckpoints(controller.signal);
    this.#running.set(call, controller);
    try {
      return await outcomeOf(() =>
        job({
          signal: controller.signal,
          progress: (progress) => progressPort.postMessage(progress),
          checkpoint: checkpoints.checkpoint,
        }),
      );
    } finally {
      this.#running.delete(call);
      progressPort.close();
      checkpoints.close();
    }
  }

  cancel(call: number): void {
    this.#running.get(call)?.abort(new DOMException('The job was cancelled.', 'AbortError'));
  }
}

function createCheckpoints(signal: AbortSignal): { checkpoint(): Promise<void>; close(): void } {
  const channel = new MessageChannel();
  let lastYield = performance.now();
  return {
    async checkpoint() {
      signal.throwIfAborted();
      if (performance.now() - lastYield < checkpointIntervalMs) return;
      // A message to oneself is delivered after those that already wait; a timer would be clamped to 4 ms.
      await new Promise<void>((resolve) => {
        channel.port1.onmessage = () => resolve();
        channel.port2.postMessage(null);
      });
      lastYield = performance.now();
      signal.throwIfAborted();
    },
    close() {
      channel.port1.close();
    },
  };
}
