import { expect, it } from 'vitest';
import { withoutCopies } from './providers';

const probed = (limits: string | undefined) =>
  (['webnn-cpu', 'webnn-gpu', 'webnn-npu'] as const).map((ep) => {
    return {
      ep,
      available: true,
      reason: ep,
      ...(limits !== undefined && { limits: ep === 'webnn-npu' ? limits : 'same' }),
    };
  });
const available = (limits: string | undefined, hasGpu: boolean) =>
  withoutCopies(probed(limits), hasGpu).flatMap(({ ep, available: is }) => (is ? [ep] : []));

it('offers one WebNN where the CPU plays all of them, and each that may be another processor', () => {
  expect(available('same', false)).toEqual(['webnn-cpu']);
  expect(available('other', false)).toEqual(['webnn-cpu', 'webnn-npu']);
  expect(available('same', true)).toEqual(['webnn-cpu', 'webnn-gpu', 'webnn-npu']);
  expect(available(undefined, false)).toEqual(['webnn-cpu', 'webnn-gpu', 'webnn-npu']);
  expect(withoutCopies(probed('same'), false)[1]?.reason).toContain('WebNN on the CPU');
});
