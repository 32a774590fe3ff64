import { describe, expect, it } from 'vitest';
import { recipeOf } from '../recipe/recipe';
import { resolveRecipe } from '../recipe/pipeline';
import { recommend } from './recommend';
import { usualGoal } from './search-goal';
import {
  compareForTiming,
  comparePromise,
  describeNotFaster,
  isWorthBuilding,
  mayBeWorthBuilding,
  placeIntegers,
  overtaken,
  standInKey,
  standInOf,
} from './stand-in';
import { techniques } from './techniques';
import { evaluatedCandidate, timingOf } from './testing/made-candidate';

const step = (pass: string, options = {}) => ({ pass, options });
const candidate = (id: string, passes: readonly ReturnType<typeof step>[], ratio = 1.5) =>
  evaluatedCandidate(id, {
    recipe: recipeOf([step('simplify'), ...passes]),
    timing: timingOf(ratio, { isStandIn: true }),
  });
const narrow = step('prune-channels', { remove: 0.3 });

describe('a stand-in', () => {
  it('has a runnable recipe for every technique, without training and with two samples at most', () => {
    for (const { steps } of techniques) {
      const { recipe, calibrationSamples } = standInOf({ recipe: recipeOf([step('simplify'), ...steps]) });
      expect(() => resolveRecipe(recipe)).not.toThrow();
      expect(calibrationSamples).toBe(2);
      const passes = recipe.steps.map(({ pass }) => pass);
      expect(passes).not.toContain('fine-tune');
      expect(passes).not.toContain('quantize-weights');
    }
  });

  it('is the same for recipes that compute alike', () => {
    const keyOf = (...passes: ReturnType<typeof step>[]) =>
      standInKey(standInOf({ recipe: recipeOf([step('simplify'), ...passes]) }));
    expect(keyOf(narrow, step('quantize-weights'), step('store-float16'))).toBe(keyOf(narrow));
    expect(keyOf(step('quantize-static', { closeness: 24 }))).toBe(keyOf(step('quantize-static')));
    expect(keyOf(step('prune-channels', { remove: 0.2 }))).not.toBe(keyOf(narrow));
  });

  it('is worth a build only if it is clearly faster', () => {
    const isWorth = (ratio: number, interval: readonly [number, number]) =>
      isWorthBuilding({ timing: timingOf(ratio, { interval, isStandIn: true }) });
    expect([isWorth(1.1, [1.05, 1.2]), isWorth(1.1, [0.9, 1.4]), isWorth(1.01, [1.005, 1.02])]).toEqual([
      true,
      false,
      false,
    ]);
    // Noise does not hide a large difference.
    expect(isWorth(1.6, [0.95, 1.7])).toBe(true);
    expect(isWorthBuilding({})).toBe(false);
    expect(describeNotFaster(timingOf(0.68))).toMatch(/slower, 0.680?×/);
  });

  it('never makes a candidate the fastest: only the time of its own file does', () => {
    const goal = { ...usualGoal, objective: 'latency' } as const;
    expect(recommend([candidate('a', [narrow])], goal, 1000, false).best).toBeNull();
    const timed = { ...candidate('a', [narrow]), timing: timingOf(1.5) };
    expect(recommend([timed], goal, 1000, false).best).toBe(timed);
  });
});

describe('the order of timing', () => {
  it('keeps integers only in layers that are faster with them', () => {
    const whole = candidate('int8-static-layers', [step('quantize-static', { opTypes: ['Conv'] })]);
    const times = (msOfWide: number, msOfNarrow: number, ranAs?: string) => ({
      nodes: [
        { path: 'graph/wide', op: 'Conv', medianMs: msOfWide, share: 0.5, ...(ranAs !== undefined && { ranAs }) },
        { path: 'graph/a/narrow', op: 'Conv', medianMs: msOfNarrow, share: 0.5, ...(ranAs !== undefined && { ranAs }) },
      ],
    });
    const placed = placeIntegers(whole, times(4, 1), times(2, 3, 'QLinearConv'));
    expect(placed).toMatchObject({ id: 'int8-static-layers-placed', name: `${whole.name}, where faster` });
    expect(placed?.recipe.steps[1]?.options).toEqual({ opTypes: ['Conv'], exclude: ['a/narrow'] });
    expect(placeIntegers(whole, times(4, 4), times(2, 2, 'QLinearConv'))).toBeUndefined();
    expect(placeIntegers(whole, times(4, 4), times(5, 5, 'QLinearConv'))).toBeUndefined();
  });

  it('puts integers that are made quickly first', () => {
    const all = [
      candidate('simplified', []),
      candidate('narrow', [narrow]),
      candidate('narrow and static', [narrow, step('quantize-static')]),
      candidate('dynamic', [step('quantize-dynamic')]),
      candidate('static', [step('quantize-static')]),
    ];
    const ids = all.toSorted(compareForTiming).map(({ id }) => id);
    expect(ids).toEqual(['dynamic', 'static', 'simplified', 'narrow and static', 'narrow']);
  });

  it('goes on only while a large difference is likely and not shown', () => {
    const isOpen = (interval: readonly [number, number], verdict: 'undecided' | 'faster') =>
      mayBeWorthBuilding({ ...timingOf(1.1, { interval }), verdict, original: null!, pairs: 6, isOfPairs: false });
    expect([isOpen([0.9, 1.4], 'undecided'), isOpen([1.1, 1.4], 'faster'), isOpen([0.9, 1.1], 'undecided')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('the order of building', () => {
  it('puts quick recipes before those that run the model many times, then fewer losses, then more speed', () => {
    const all = [
      candidate('narrow and int8', [narrow, step('quantize-static')], 3),
      candidate('narrower', [step('prune-channels', { remove: 0.5 })], 2),
      candidate('narrow', [narrow], 1.6),
      candidate('int8', [step('quantize-static')], 1.4),
    ];
    expect(all.toSorted(comparePromise).map(({ id }) => id)).toEqual(['int8', 'narrower', 'narrow', 'narrow and int8']);
    const ofLayers = (ratio: number) => candidate('layers', [step('quantize-static', { opTypes: ['Conv'] })], ratio);
    const firstOf = (ratio: number) => [all[3]!, ofLayers(ratio)].toSorted(comparePromise)[0]!.id;
    expect([firstOf(1.2), firstOf(1.1)]).toEqual(['layers', 'int8']);
    const dynamic = candidate('dynamic', [step('quantize-dynamic')], 1.3);
    expect([all[3]!, dynamic].toSorted(comparePromise)[0]).toBe(dynamic);
  });

  it('comes first with a scale for each token, unless one scale is much faster', () => {
    const perToken = candidate('per token', [step('quantize-dynamic', { activations: 'per-token' })], 1.8);
    const oneScale = (ratio: number) => candidate('one scale', [step('quantize-dynamic')], ratio);
    const firstOf = (ratio: number) => [oneScale(ratio), perToken].toSorted(comparePromise)[0]!.id;
    expect([firstOf(2), firstOf(2.5)]).toEqual(['per token', 'one scale']);
    const calibrated = candidate('calibrated', [step('quantize-static', { opTypes: ['MatMul'] })], 2);
    expect([calibrated, perToken].toSorted(comparePromise)[0]).toBe(perToken);
  });

  it('skips slower and equal recipes, and those that begin with too much loss', () => {
    const best = { ...candidate('int8', [step('quantize-static')]), timing: timingOf(2) };
    const why = (each: ReturnType<typeof candidate>, tooFar: readonly ReturnType<typeof candidate>[] = []) =>
      overtaken(each, { best, tooFar });
    expect(why(candidate('narrow', [narrow], 1.4))).toMatch(/int8 is faster/);
    expect(why(candidate('plain', [step('quantize-static', { closeness: 0 })], 2))).toMatch(/computes the same/);
    const both = candidate('both', [narrow, step('quantize-static')], 3);
    expect(why(both)).toBeUndefined();
    expect(why(both, [candidate('narrow', [narrow])])).toMatch(/narrow alone exceeds/);
    const plain = { biasCorrection: false };
    const layers = [candidate('layers', [step('quantize-static', { ...plain, opTypes: ['Conv'] })], 3)];
    const all = candidate('all', [step('quantize-static', plain)], 3);
    expect(overtaken(all, { best: null, tooFar: layers })).toMatch(/layers alone exceeds/);
    // Corrections may bring it within the limits.
    const corrected = candidate('corrected', [step('quantize-static')], 3);
    expect(overtaken(corrected, { best: null, tooFar: layers })).toBeUndefined();
  });
});
