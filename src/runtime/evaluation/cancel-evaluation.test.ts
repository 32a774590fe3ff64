import { describe, expect, it } from 'vitest';
import { settlesWithin } from '../../engine/testing/settles-within';
import { dataOf, evaluate, features, labels, labelValue, linear, tensor, x } from './testing/made-evaluation';

describe('canceling', () => {
  it('ends within half a second, in the middle of a run', async () => {
    const controller = new AbortController();
    const dataset = dataOf({
      fields: [x, labels],
      samples: 1_000_000,
      valuesOf: (index) => ({ x: tensor(features(index), [3]), labels: labelValue(index % 3) }),
    });
    let stopped: Promise<boolean> | undefined;
    const running: Promise<unknown> = evaluate(
      { models: [{ id: 'original', files: linear('N') }], dataset },
      {
        controller,
        onProgress({ done }) {
          if (done === 0 || stopped !== undefined) return;
          controller.abort(new Error('enough'));
          stopped = settlesWithin(500, running);
        },
      },
    );
    await expect(running).rejects.toThrow('enough');
    expect(await stopped).toBe(true);
  });
});
