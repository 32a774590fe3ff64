import { expect, it } from 'vitest';
import type { OutputKind } from '../../../engine/data/output-kind';
import { usualGoal, type SearchLimits } from '../../../engine/search/search-goal';
import { offeredLosses } from './LossSelect';

function chosen(kinds: readonly OutputKind[], limits: Partial<SearchLimits> = {}, hasLabels = false) {
  const facts = { kinds, hasLabels, isRegression: false };
  const { limit, value, options } = offeredLosses({ ...usualGoal.limits, ...limits }, facts);
  return [limit, options.find((each) => each.value === value)?.label];
}

it('offers limits in the unit of the kind of outputs, beginning with the usual one', () => {
  expect(chosen(['embedding'])).toEqual(['cosineLoss', '6.3\u00a0% embedding error']);
  expect(chosen(['scores', 'embedding'])).toEqual(['accuracyLoss', '1 % of the answers']);
  expect(chosen(['sequence'])).toEqual(['accuracyLoss', '1 % of the answers']);
  expect(chosen(['map', 'regression'])).toEqual(['sqnrDb', '10\u00a0% output error']);
  expect(chosen(['embedding'], {}, true)).toEqual(['accuracyLoss', '1 point']);
});

it('keeps a limit that was set elsewhere among them, the strictest first', () => {
  expect(chosen(['embedding'], { cosineLoss: 0.003 })).toEqual(['cosineLoss', '7.7\u00a0% embedding error']);
  const facts = { kinds: ['map'], hasLabels: false, isRegression: false } as const;
  const { options } = offeredLosses({ ...usualGoal.limits, sqnrDb: 25 }, facts);
  expect(options.map(({ value }) => value)).toEqual([40, 30, 25, 20, 15]);
});
