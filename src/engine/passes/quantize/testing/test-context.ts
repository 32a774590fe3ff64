import type { PassContext } from '../../pass';
import type { Progress } from '../../../progress';

/** A context that never cancels by itself; reports go to `reports`. */
export function testContext(reports: Progress[] = [], controller = new AbortController()): PassContext {
  const { signal } = controller;
  return {
    signal,
    progress: (progress) => reports.push(progress),
    async checkpoint() {
      signal.throwIfAborted();
    },
    random: {
      next() {
        throw new Error('This pass uses no randomness.');
      },
    },
  };
}
