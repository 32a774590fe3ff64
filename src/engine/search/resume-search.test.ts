import { describe, expect, it } from 'vitest';
import { withFound } from './resume-search';
import { usualGoal, type SearchGoal } from './search-goal';
import { evaluatedCandidate, timingOf } from './testing/made-candidate';

const planned = (id: string) => ({
  ...evaluatedCandidate(id, { stage: 'planned' }),
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
  it('keeps evaluated candidates, and continues stopped ones and those without time', () => {
    const held = evaluatedCandidate('b', { stage: 'held', reason: 'No time.' });
    const { loss: _loss, ...screened } = held;
    const [a, b] = goOn([evaluatedCandidate('a'), screened]);
    expect(a).toEqual(evaluatedCandidate('a'));
    expect(b).toMatchObject({ stage: 'screened' });
    expect(b).not.toHaveProperty('reason');
    expect(goOn([evaluatedCandidate('a'), held])[1]).toMatchObject({ stage: 'evaluated' });
    expect(goOn([{ ...planned('a'), stage: 'made', sizeBytes: 5 }])[0]).toMatchObject({ stage: 'planned' });
  });

  it('repeats decisions that depend on the goal', () => {
    const tooLarge = { ...planned('a'), stage: 'eliminated' as const, sizeBytes: 500, reason: 'Too large.' };
    expect(goOn([tooLarge], { sizeBytes: 450 }, { sizeBytes: 400 })[0]?.stage).toBe('eliminated');
    expect(goOn([tooLarge], { sizeBytes: 600 }, { sizeBytes: 400 })[0]?.stage).toBe('planned');
    const { loss } = evaluatedCandidate('a', { loss: { value: 0.015, interval: [0.012, 0.018] } });
    const confirmed = { ...loss!, word: 'contradicted' as const };
    const wider = goOn([evaluatedCandidate('a', { stage: 'confirmed', confirmed })], { accuracyLoss: 0.02 });
    expect(wider[0]?.confirmed?.word).toBe('confirmed');
  });

  it('checks candidates that only another goal had planned again on held-out samples', () => {
    const tested = evaluatedCandidate('c', { sequence: 0, stage: 'confirmed' });
    const confirmed = { ...tested.loss!, isPlanned: true, word: 'confirmed' as const };
    const [, , again] = goOn([{ ...tested, confirmed }]);
    expect(again).toEqual(evaluatedCandidate('c'));
    const { sequence: _sequence, ...chosen } = tested;
    expect(goOn([{ ...chosen, confirmed: { ...confirmed, isPlanned: false } }])[2]?.confirmed?.word).toBe('confirmed');
  });

  it('times again on another device, and keeps candidates that are no longer planned', () => {
    const timed = evaluatedCandidate('a', { stage: 'timed', timing: timingOf(2) });
    const found = goOn([timed, evaluatedCandidate('c')], {}, {}, false);
    expect(found[0]).toEqual(evaluatedCandidate('a'));
    expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(goOn([timed])[0]?.timing).toBeDefined();
  });

  it('keeps all but the times for another timed provider, and retries candidates that only one refused', () => {
    const goal: SearchGoal = { ...usualGoal, ep: 'webgpu' };
    const timed = evaluatedCandidate('a', { stage: 'timed', timing: timingOf(2) });
    const refused = { stage: 'failed', reason: 'It failed to run on WebGPU.', refusedBy: 'webgpu' } as const;
    const found = [timed, evaluatedCandidate('b', refused), { ...planned('c'), ...refused }];
    const onWasm = withFound(
      [planned('a'), planned('b')],
      { candidates: found, goal },
      { goal: usualGoal, keepsTimings: true },
    );
    expect(onWasm).toEqual([evaluatedCandidate('a'), evaluatedCandidate('b')]);
    const again = withFound([planned('a'), planned('b')], { candidates: found, goal }, { goal, keepsTimings: true });
    expect(again).toEqual(found);
  });
});
