import type { Progress } from '../../../progress';
import type { PassContext } from '../../pass';
import { passContext } from '../../testing/pass-context';

/** A context that never cancels by itself; reports go to `reports`. */
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
