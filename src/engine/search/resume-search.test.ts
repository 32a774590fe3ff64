import { describe, expect, it } from 'vitest';
import { withFound } from './resume-search';
import { usualGoal, type SearchGoal } from './search-goal';
import { judgedCandidate, timingOf } from './testing/made-candidate';

const planned = (id: string) => ({
  ...judgedCandidate(id, { stage: 'planned' }),
  sizeBytes: undefined,
  screening: undefined,
  loss: undefined,
});
const goOn = (
  found: Parameters<typeof withFound>[1]['candidates'],
  now: Partial<SearchGoal['limits']> = {},
  before: Partial<SearchGoal['limits']> = {},
  keepsTimings = true,
) => {
  const goalWith = (limits: Partial<SearchGoal['limits']>): SearchGoal => ({
    ...usualGoal,
    limits: { ...usualGoal.limits, ...limits },
  });
  const earlier = { candidates: found, goal: goalWith(before) };
  return withFound([planned('a'), planned('b')], earlier, { goal: goalWith(now), keepsTimings });
};

describe('withFound', () => {
  it('keeps what was judged, and tries from where it stopped what was broken off or had no time', () => {
    const held = judgedCandidate('b', { stage: 'held', reason: 'No time.' });
    const { loss: _loss, ...screened } = held;
    const [a, b] = goOn([judgedCandidate('a'), screened]);
    expect(a).toEqual(judgedCandidate('a'));
    expect(b).toMatchObject({ stage: 'screened' });
    expect(b).not.toHaveProperty('reason');
    expect(goOn([judgedCandidate('a'), held])[1]).toMatchObject({ stage: 'judged' });
    expect(goOn([{ ...planned('a'), stage: 'made', sizeBytes: 5 }])[0]).toMatchObject({ stage: 'planned' });
  });

  it('decides again what only the goal decided', () => {
    const tooLarge = { ...planned('a'), stage: 'eliminated' as const, sizeBytes: 500, reason: 'Too large.' };
    expect(goOn([tooLarge], { sizeBytes: 450 }, { sizeBytes: 400 })[0]?.stage).toBe('eliminated');
    expect(goOn([tooLarge], { sizeBytes: 600 }, { sizeBytes: 400 })[0]?.stage).toBe('planned');
    const { loss } = judgedCandidate('a', { loss: { value: 0.015, interval: [0.012, 0.018] } });
    const confirmed = { ...loss!, word: 'contradicted' as const };
    const wider = goOn([judgedCandidate('a', { stage: 'confirmed', confirmed })], { accuracyLoss: 0.02 });
    expect(wider[0]?.confirmed?.word).toBe('confirmed');
  });

  it('checks again, on what was kept apart, what only another goal had planned', () => {
    const tested = judgedCandidate('c', { sequence: 0, stage: 'confirmed' });
    const confirmed = { ...tested.loss!, isPlanned: true, word: 'confirmed' as const };
    const [, , again] = goOn([{ ...tested, confirmed }]);
    expect(again).toEqual(judgedCandidate('c'));
    const { sequence: _sequence, ...chosen } = tested;
    expect(goOn([{ ...chosen, confirmed: { ...confirmed, isPlanned: false } }])[2]?.confirmed?.word).toBe('confirmed');
  });

  it('times again on another device, and keeps candidates that are no longer planned', () => {
    const timed = judgedCandidate('a', { stage: 'timed', timing: timingOf(2) });
    const found = goOn([timed, judgedCandidate('c')], {}, {}, false);
    expect(found[0]).toEqual(judgedCandidate('a'));
    expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(goOn([timed])[0]?.timing).toBeDefined();
  });

  it('keeps all but the times where another provider is timed, and takes up again what only the one refused', () => {
    const goal: SearchGoal = { ...usualGoal, ep: 'webgpu' };
    const timed = judgedCandidate('a', { stage: 'timed', timing: timingOf(2) });
    const refused = { stage: 'failed', reason: 'It failed to run on WebGPU.', refusedBy: 'webgpu' } as const;
    const found = [timed, judgedCandidate('b', refused), { ...planned('c'), ...refused }];
    const onWasm = withFound(
      [planned('a'), planned('b')],
      { candidates: found, goal },
      { goal: usualGoal, keepsTimings: true },
    );
    expect(onWasm).toEqual([judgedCandidate('a'), judgedCandidate('b')]);
    const again = withFound([planned('a'), planned('b')], { candidates: found, goal }, { goal, keepsTimings: true });
    expect(again).toEqual(found);
  });
});
