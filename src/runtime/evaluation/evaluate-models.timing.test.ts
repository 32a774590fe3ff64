import { describe, expect, it } from 'vitest';
import { dataOf, evaluate, features, labels, labelValue, linear, tensor, x } from './testing/made-evaluation';

describe('cancelling', () => {
  it('ends within half a second, in the middle of a run', async () => {
    const controller = new AbortController();
    const dataset = dataOf({
      fields: [x, labels],
      samples: 1_000_000,
      valuesOf: (index) => ({ x: tensor(features(index), [3]), labels: labelValue(index % 3) }),
    });
    let abortedAt = 0;
    const running = evaluate(
      { models: [{ id: 'original', files: linear('N') }], dataset },
      {
        controller,
        onProgress({ done }) {
          if (done === 0 || abortedAt > 0) return;
          abortedAt = performance.now();
          controller.abort(new Error('enough'));
        },
      },
    );
    await expect(running).rejects.toThrow('enough');
    expect(performance.now() - abortedAt).toBeLessThan(500);
  });
});
