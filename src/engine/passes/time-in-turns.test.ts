import { expect, it } from 'vitest';
import type { Inference } from '../inference';
import { graph, model } from '../onnx/testing/build';
import { passContext } from './testing/pass-context';
import { openTimedOriginal } from './time-in-turns';

/** Runs take 3 ms until the runtime has spent so long on them, and 1 ms from then on. */
function slowAtFirst(slowMs: number): Inference {
  const inference: Pick<Inference, 'open'> = {
    async open() {
      let spentMs = 0;
      const timeOf = (): number => {
        const ms = spentMs < slowMs ? 3 : 1;
        spentMs += ms;
        return ms;
      };
      return {
        run: async () => (timeOf(), {}),
        time: async (runs) => Array.from({ length: runs }, timeOf).reduce((sum, ms) => sum + ms, 0),
        read: async () => ({}),
        close: () => undefined,
      };
    },
  };
  return inference as Inference;
}

it('takes no model for a slower one because it was opened later', async () => {
  const same = model(graph({}));
  const timed = await openTimedOriginal(
    { original: same, feeds: {} },
    { ...passContext(), inference: slowAtFirst(180) },
  );
  for (let turn = 0; turn < 2; turn += 1) {
    const { ratio, interval, leastRatio } = await timed.against(same);
    expect([ratio, leastRatio]).toEqual([1, 1]);
    // The resolution of the timer is the width of an interval of equal times.
    expect(interval[0]).toBeCloseTo(1, 2);
    expect(interval[1]).toBeCloseTo(1, 2);
  }
  timed.close();
});
