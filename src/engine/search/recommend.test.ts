import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from './candidate';
import { recommend, rankForGoal } from './recommend';
import { usualGoal, type SearchGoal } from './search-goal';
import { evaluatedCandidate as candidate, timingOf } from './testing/made-candidate';

const goal = (facts: Partial<SearchGoal> = {}): SearchGoal => ({ ...usualGoal, ...facts });
const original = 1000;

const anyCandidates = fc
  .array(
    fc.record({
      stage: fc.constantFrom<Candidate['stage']>('evaluated', 'failed', 'held'),
      sizeBytes: fc.option(fc.integer({ min: 10, max: 1500 }), { nil: undefined }),
      grade: fc.constantFrom('identical', 'match', 'close', 'noticeable', 'strong', 'wrong', 'not-comparable'),
      loss: fc.option(fc.integer({ min: -20, max: 60 }), { nil: undefined }),
      confirmed: fc.option(fc.integer({ min: -20, max: 60 }), { nil: undefined }),
      ratio: fc.option(fc.integer({ min: 5, max: 40 }), { nil: undefined }),
    }),
    { maxLength: 12 },
  )
  .map((all) =>
    all.map(({ stage, sizeBytes, grade, loss, confirmed, ratio }, index): Candidate => {
      const plain = candidate(String(index), { stage });
      const lossOf = (share: number) => {
        const value = share / 1000;
        return { ...plain.loss!, value, interval: [value - 0.004, value + 0.004] as const };
      };
      return {
        ...plain,
        sizeBytes,
        screening: { ...plain.screening!, grade } as Candidate['screening'],
        loss: loss === undefined ? undefined : lossOf(loss),
        ...(confirmed !== undefined && { confirmed: { ...lossOf(confirmed), word: 'consistent' as const } }),
        ...(ratio !== undefined && { timing: timingOf(ratio / 10) }),
      };
    }),
  );

describe('the recommendation of a search', () => {
  it('is never wrong, unevaluated, beyond a limit or contradicted, for any goal', () => {
    const objectives = fc.constantFrom('size', 'latency', 'accuracy');
    const sizeLimits = fc.option(fc.integer({ min: 50, max: 900 }), { nil: undefined });
    fc.assert(
      fc.property(anyCandidates, objectives, sizeLimits, fc.boolean(), (candidates, objective, sizeBytes, confirms) => {
        const limits = { ...usualGoal.limits, ...(sizeBytes !== undefined && { sizeBytes }) };
        const { best, nearestMiss } = recommend(
          candidates,
          goal({ objective, limits } as SearchGoal),
          original,
          confirms,
        );
        if (best === null) return;
        expect(nearestMiss).toBeNull();
        expect(['wrong', 'not-comparable']).not.toContain(best.screening!.grade);
        expect(best.stage).not.toBe('failed');
        expect(best.loss!.value).toBeLessThanOrEqual(0.01);
        expect(best.confirmed?.value ?? 0).toBeLessThanOrEqual(0.01);
        expect(best.sizeBytes).toBeLessThanOrEqual(sizeBytes ?? Infinity);
        if (objective === 'latency') expect(best.timing!.verdict).toBe('faster');
        else expect(best.sizeBytes! < original || best.timing?.verdict === 'faster').toBe(true);
      }),
    );
  });

  it('is confirmed if samples can confirm, else the smallest probable one', () => {
    const checked = (id: string, sizeBytes: number, word: 'confirmed' | 'consistent', samples: number) =>
      candidate(id, { sizeBytes, confirmed: { ...candidate('').loss!, samples, word } });
    const bestOf = (samples: number) =>
      recommend(
        [checked('small', 300, 'consistent', samples), checked('large', 500, 'confirmed', samples)],
        goal(),
        original,
        true,
      ).best?.id;
    // 1.4 points stay possible of one that shows no loss on 319 samples, 0.6 points on 800.
    expect([bestOf(800), bestOf(319)]).toEqual(['large', 'small']);
  });

  it('is the smallest within the limit, and the next one if other samples contradict it', () => {
    const four = candidate('four', { sizeBytes: 150, loss: { value: 0.008 } });
    const eight = candidate('eight', { sizeBytes: 250 });
    expect(recommend([eight, four], goal(), original, false).best?.id).toBe('four');
    const contradicted = { ...four, confirmed: { ...four.loss!, value: 0.02, word: 'contradicted' as const } };
    expect(recommend([eight, contradicted], goal(), original, false).best?.id).toBe('eight');
  });

  it('prefers confirmed candidates to good first results', () => {
    const small = candidate('small', { sizeBytes: 100 });
    const plain = candidate('confirmed', { sizeBytes: 200 });
    const confirmed = { ...plain, confirmed: { ...plain.loss!, word: 'confirmed' as const } };
    expect(recommend([small, confirmed], goal(), original, true).best?.id).toBe('confirmed');
    const consistent = { ...small, confirmed: { ...small.loss!, word: 'consistent' as const } };
    expect(recommend([consistent, confirmed], goal(), original, true).best?.id).toBe('confirmed');
    expect(recommend([consistent, plain], goal(), original, true).best?.id).toBe('small');
  });

  it('is the safe or most probable one of those without held-out samples', () => {
    const bestOf = (...losses: readonly (readonly [value: number, half: number])[]) =>
      recommend(
        losses.map(([value, half], at) =>
          candidate(String(at), {
            sizeBytes: 100 * (at + 1),
            loss: { value, interval: [value - half, value + half], samples: 200 },
            screening: { ...candidate('').screening!, klDivergence: value },
          }),
        ),
        goal(),
        original,
        true,
      ).best?.id;
    expect(bestOf([0.008, 0.004], [0.002, 0.004])).toBe('1');
    expect(bestOf([0.004, 0.02], [0.001, 0.02])).toBe('0');
    expect(bestOf([0.009, 0.02], [0.008, 0.02])).toBe('1');
  });

  it('is never static int8 of a small depthwise CNN, which is slower than float', () => {
    const int8 = (ratio: number) => candidate('int8-static', { timing: timingOf(ratio), sizeBytes: 300 });
    const asked = goal({ objective: 'latency' });
    expect(recommend([int8(0.68)], asked, original, false)).toMatchObject({ best: null, nearestMiss: null });
    expect(recommend([int8(1)], asked, original, false).best).toBeNull();
    expect(recommend([int8(1.4)], asked, original, false).best?.id).toBe('int8-static');
  });

  it('takes the smaller of two that are as fast', () => {
    const fast = candidate('fast', { sizeBytes: 800, timing: timingOf(2) });
    const small = candidate('small', { sizeBytes: 300, timing: timingOf(1.98) });
    const slow = candidate('slow', { sizeBytes: 100, timing: timingOf(1.2) });
    const ranked = rankForGoal([slow, fast, small], goal({ objective: 'latency' }), original);
    expect(ranked.map(({ id }) => id)).toEqual(['small', 'fast', 'slow']);
  });

  it('takes the one that is faster even if few runs do not show it', () => {
    const fast = candidate('fast', { sizeBytes: 800, timing: timingOf(1.9, { interval: [1.45, 2.12] }) });
    const small = candidate('small', { sizeBytes: 300, timing: timingOf(1.56, { interval: [1.4, 1.87] }) });
    expect(rankForGoal([small, fast], goal({ objective: 'latency' }), original)[0]?.id).toBe('fast');
  });

  it('keeps the same outputs for that goal', () => {
    const lost = candidate('lost', { sizeBytes: 100, loss: { value: 0.008, interval: [0.002, 0.014] } });
    const near = candidate('near', { sizeBytes: 250 });
    expect(recommend([lost, near], goal({ objective: 'accuracy' }), original, false).best?.id).toBe('near');
    expect(recommend([lost], goal({ objective: 'accuracy' }), original, false).best).toBeNull();
    const confirmed = { ...lost, confirmed: { ...lost.loss!, word: 'consistent' as const } };
    expect(recommend([confirmed, near], goal(), original, true).best?.id).toBe('lost');
  });

  it('prefers, without confirmation, candidates with their whole interval within the limit', () => {
    const wide = candidate('wide', { sizeBytes: 100, loss: { value: 0.008, interval: [-0.004, 0.02] } });
    const safe = candidate('safe', { sizeBytes: 200 });
    expect(recommend([wide, safe], goal(), original, false).best?.id).toBe('safe');
    expect(recommend([wide], goal(), original, false).best?.id).toBe('wide');
  });

  it('tells the nearest miss with the limit that it breaks', () => {
    const limits = { ...usualGoal.limits, sizeBytes: 100 };
    const candidates = [candidate('a', { sizeBytes: 120 }), candidate('b', { sizeBytes: 400 })];
    const { best, nearestMiss } = recommend(candidates, goal({ limits }), original, false);
    expect([best, nearestMiss]).toMatchObject([
      null,
      { limit: 'sizeBytes', value: 120, allowed: 100, candidate: { id: 'a' } },
    ]);
  });

  it('reports by how much all are too large, without evaluating any', () => {
    const limits = { ...usualGoal.limits, sizeBytes: 100 };
    const tooLarge = (id: string, sizeBytes: number): Candidate => {
      const { loss: _, screening: __, ...made } = candidate(id, { stage: 'eliminated', sizeBytes });
      return made;
    };
    const candidates = [tooLarge('a', 120), tooLarge('b', 400)];
    const { nearestMiss } = recommend(candidates, goal({ limits }), original, false);
    expect(nearestMiss).toMatchObject({ limit: 'sizeBytes', value: 120, candidate: { id: 'a' } });
    const waiting: Candidate = { ...tooLarge('c', 90), stage: 'held' };
    expect(recommend([...candidates, waiting], goal({ limits }), original, false).nearestMiss).toBeNull();
  });
});
