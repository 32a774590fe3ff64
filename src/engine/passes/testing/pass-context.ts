import { model, graph } from '../../onnx/testing/build';
import { createSeededRandom } from '../../seeded-random';
import type { PassContext } from '../pass';
import type { Progress } from '../../progress';

/** A context for a pass, for tests that set one or two parts of it. */
export function passContext(given: Partial<PassContext> = {}): PassContext {
  return {
    signal: new AbortController().signal,
    progress: () => undefined,
    checkpoint: () => Promise.resolve(),
    observe: () => undefined,
    random: createSeededRandom(1),
    original: model(graph({ nodes: [], inputs: [], outputs: [] })),
    ...given,
  };
}

/** A context that never cancels by itself, for passes that use no randomness; reports go to `reports`. */
export function testContext(reports: Progress[] = [], controller = new AbortController()): PassContext {
  const { signal } = controller;
  return passContext({
    signal,
    progress: (progress) => reports.push(progress),
    checkpoint: async () => signal.throwIfAborted(),
    random: {
      next() {
        throw new Error('This pass uses no randomness.');
      },
    },
  });
}
