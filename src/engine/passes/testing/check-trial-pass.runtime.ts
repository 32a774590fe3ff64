/** Checks for all passes that try smaller models on data. */
import { expect } from 'vitest';
import type { PassContext, PassOutcome } from '../pass';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';

/** The divergence of the outputs that the sentence reports. */
export function divergenceIn({ sentence }: PassOutcome): number {
  return Number(/KL divergence ([\d.e−]+) on /.exec(sentence!)![1]!.replace('−', '-'));
}

/** Progress only rises, and the pass ends with no session open once it is canceled at this share. */
export async function checkCanceling(
  run: (context: Partial<PassContext>) => Promise<PassOutcome>,
  share: number,
): Promise<void> {
  const inference = createInProcessInference();
  const seen: number[] = [];
  const controller = new AbortController();
  const running = run({
    inference,
    signal: controller.signal,
    progress: ({ done, total }) => {
      seen.push(done / total);
      if (done / total > share) controller.abort();
    },
  });
  await expect(running).rejects.toThrow('aborted');
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(inference.sessions.open).toBe(0);
}
