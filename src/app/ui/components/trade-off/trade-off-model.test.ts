import { describe, expect, it } from 'vitest';
import { exampleSource } from '../../../../engine/report/testing/report-source';
import { createReport } from '../../../../engine/report/create-report';
import { describeStanding } from '../../../../engine/search/describe-search';
import { evaluatedCandidate as candidate, timingOf } from '../../../../engine/search/testing/made-candidate';
import { usualGoal } from '../../../../engine/search/search-goal';
import { resultOf, type SearchResult, type SearchState } from '../../../../engine/search/search-journal';
import { axesOf, type AxisId } from './trade-off-axes';
import {
  describeMissing,
  describeWithin,
  nameRank,
  pointsOf,
  subtitleOf,
  tableOf,
  tradeOffOf,
} from './trade-off-model';

const stateOf = (...candidates: SearchState['candidates']): SearchState => ({
  goal: usualGoal,
  originalBytes: 1000,
  samples: { search: 1200, confirm: 0 },
  candidates,
  leftOut: [],
  stopReason: 'finished',
  spentMs: 1000,
});

const onAxes = (
  result: SearchResult,
  x: AxisId = 'size',
  y: AxisId = 'lost',
  report = null as Parameters<typeof axesOf>[1],
) => {
  const axes = axesOf(result, report);
  const axisOf = (id: AxisId) => axes.find((axis) => axis.id === id)!;
  return tradeOffOf(pointsOf(result), { x: axisOf(x), y: axisOf(y) });
};
const rolesOf = ({ marks }: ReturnType<typeof tradeOffOf>) =>
  Object.fromEntries(marks.map(({ id, role }) => [id, role]));

describe('the trade-off', () => {
  const small = candidate('small', { sizeBytes: 200, loss: { value: 0.002, interval: [-0.001, 0.005] } });
  const large = candidate('large', { sizeBytes: 300 });
  const fast = candidate('fast', {
    sizeBytes: 500,
    loss: { value: 0.009, interval: [0.006, 0.012] },
    timing: timingOf(1.3),
  });

  it('marks the original, the best and the rest, in points, and draws no line through dominated points', () => {
    const result = resultOf(stateOf(large, small));
    const { title, marks, frontier } = onAxes(result);
    expect(title).toBe('Size against accuracy lost, in points');
    expect(marks.map(({ id, role, y }) => [id, role, y.value])).toEqual([
      ['original', 'original', 0],
      // Its estimated loss is smaller, and nothing shows that the other one is within the limit.
      ['large', 'frontier', 0],
      ['small', 'best', 0.2],
    ]);
    expect(frontier.map(({ x }) => x.value)).toEqual([200, 300]);
  });

  it('shows dominance on the axes in view', () => {
    const slow = { ...small, timing: timingOf(0.8) };
    const result = resultOf(stateOf(slow, fast));
    expect(rolesOf(onAxes(result))).toMatchObject({ fast: 'dominated', small: 'best' });
    const bySpeed = onAxes(result, 'latency-wasm', 'lost');
    expect(rolesOf(bySpeed)).toMatchObject({ fast: 'frontier', small: 'best', original: 'original' });
    expect(bySpeed.title).toBe('Time on WASM (% of original) against accuracy lost, in points');
    expect(bySpeed.frontier.map(({ id }) => id)).toEqual(['fast', 'original']);
    // Each as a share of the original in the same turns.
    expect(bySpeed.marks.map(({ x }) => x.value)).toEqual([100, 125, 100 / 1.3]);
  });

  it('shows the times of a search on the provider that it timed, which alone has its limit', () => {
    const state = stateOf(small, fast);
    const onGpu = axesOf(resultOf({ ...state, goal: { ...usualGoal, ep: 'webgpu' } }), null);
    expect(onGpu.map(({ id, title }) => [id, title])).toContainEqual([
      'latency-webgpu',
      'Time on WebGPU (% of original)',
    ]);
    expect(onGpu.map(({ id }) => id)).not.toContain('latency-wasm');
    const axis = onGpu.find(({ id }) => id === 'latency-webgpu')!;
    // The original took 1 ms.
    expect(axis.limit!.of({ ...usualGoal.limits, latencyMs: 0.5 })).toBe(50);
    expect(axis.limit!.change(usualGoal.limits, 40).latencyMs).toBeCloseTo(0.4);
    expect(axis.figures.get('fast')!.value).toBeCloseTo(100 / 1.3);
  });

  it('names a made variant that another dominates, after those that can be chosen', () => {
    const ranks = (['best', 'original', 'frontier', 'dominated'] as const).map((role) =>
      nameRank({ role, color: 'red' }),
    );
    expect(ranks).toEqual([0, 1, 2, 3]);
    expect(nameRank({ role: 'alike', color: 'red' })).toBe(3);
    expect(nameRank({ role: 'dominated', color: null })).toBeNull();
  });

  it('calls points alike if their intervals include the line', () => {
    const like = candidate('like', { sizeBytes: 201, loss: { value: 0.003, interval: [0, 0.006] } });
    expect(rolesOf(onAxes(resultOf(stateOf(small, like)))).like).toBe('alike');
  });

  it('shows no point for wrong or unevaluated candidates, and gives their result', () => {
    const wrong = candidate('wrong', { stage: 'failed', reason: 'Its outputs are wrong.' });
    const result = resultOf(stateOf(small, wrong, { ...large, loss: undefined, stage: 'screened' }));
    const tradeOff = onAxes(result);
    expect(tradeOff.marks.map(({ id }) => id)).toEqual(['original', 'small']);
    expect(describeMissing(tradeOff)).toBe('1 variant not measured.');
    expect(result.candidates.map((each) => describeStanding(each, result))).toEqual([
      'Recommended, probably within the limit, not verified on held-out samples',
      'Its outputs are wrong.',
      'Built, not evaluated yet',
    ]);
  });

  it('says by how many samples its points were chosen and checked', () => {
    const confirmed = { ...large.loss!, samples: 800, word: 'confirmed' as const };
    const subtitle = (facts: object, timed: object = {}) => {
      const result = resultOf(stateOf({ ...large, ...timed, confirmed: { ...confirmed, ...facts } }));
      const [x, y] = axesOf(result, null);
      return subtitleOf(result, { x: x!, y: y! });
    };
    expect(subtitle({})).toBe('Selected on 1,200, verified on 800 held-out samples; WASM, 95 % intervals');
    expect(subtitle({ isPlanned: true, samples: 2000 })).toContain('verified on up to 2,000 held-out samples;');
    expect(subtitle({}, { timing: timingOf(1.3) })).toContain('; latency alternating with the original');
  });

  it('never uses the word accuracy without labels', () => {
    const answers = candidate('answers', { loss: { of: 'answers', value: 0.01, interval: [0.005, 0.02] } });
    expect(onAxes(resultOf(stateOf(answers))).title).toBe('Size against predictions changed, in %');
  });

  it('offers measured figures of variants, and none known of the original alone', () => {
    const comparison = { ...exampleSource.comparisons[0]!, original: { medianMs: 12, intervalMs: [11, 13] as const } };
    const report = createReport({ ...exampleSource, comparisons: [comparison] });
    const { id, recipe, gzipBytes } = exampleSource.variants[0]!;
    const made = candidate('searched', { recipe });
    const idsOf = (...candidates: SearchState['candidates']) =>
      axesOf(resultOf(stateOf(...candidates)), report).map((axis) => axis.id);
    expect(idsOf({ ...large, recipe: { ...large.recipe, steps: [] }, screening: undefined })).toEqual(['size', 'lost']);
    const axes = axesOf(resultOf(stateOf(made)), report);
    const measured = report.cells.filter(({ variant }) => variant === id).map(({ ep }) => `latency-${ep}`);
    expect(axes.map((axis) => axis.id)).toEqual(['size', ...(gzipBytes ? ['gzip'] : []), ...measured, 'match', 'lost']);
    expect(measured.length).toBeGreaterThan(0);
    // Times were taken at different moments: the ratio of the turns with the original is what counts.
    const { figures } = axes.find((axis) => axis.id === 'latency-wasm')!;
    expect(figures.get('searched')!.value).toBeCloseTo(100 / comparison.ratio);
  });
});

describe('the limits of a trade-off', () => {
  // Variants that a person made: no sample selected them.
  const result = resultOf({
    ...stateOf(
      candidate('sure', { sizeBytes: 400, loss: { value: 0, interval: [-0.004, 0.004] } }),
      candidate('maybe', { sizeBytes: 300, loss: { value: 0.005, interval: [-0.001, 0.011] } }),
      candidate('beyond', { sizeBytes: 200, loss: { value: 0.02, interval: [0.01, 0.03] } }),
    ),
    samples: { search: 0, confirm: 0 },
  });
  const axes = axesOf(result, null);
  const limit = (id: AxisId) => axes.find((axis) => axis.id === id)!.limit!;

  it('say which variants are within, and which probably are', () => {
    const told = (limits = usualGoal.limits) => describeWithin(pointsOf(result), axes, limits);
    expect(told()).toBe('1 of 3 variants is within 1 point, 1 more probably.');
    const small = limit('size').change(usualGoal.limits, 350);
    expect(told(small)).toBe('1 of 3 variants is probably within 350\u00a0bytes and 1 point.');
    const unsure = pointsOf(result).filter((point) => point.id === 'maybe');
    const both = [...unsure, ...unsure];
    expect(describeWithin(both, axes, usualGoal.limits)).toBe('2 variants are probably within 1 point.');
    const onlyOf = (id: string) => pointsOf(result).filter((point) => point.id === id);
    const toldOfOne = ['sure', 'maybe', 'beyond'].map((id) => describeWithin(onlyOf(id), axes, usualGoal.limits));
    expect(toldOfOne).toEqual([
      'The variant is within 1 point.',
      'The variant is probably within 1 point.',
      'The variant exceeds the limit of 1 point.',
    ]);
    const within = tableOf(pointsOf(result), axes, small).rows.map((row) => row.at(-2)?.text);
    expect(within).toEqual(['no', 'no', 'probably', 'no']);
  });

  it('name too few samples as the reason for an open limit', () => {
    const open = candidate('open', { sizeBytes: 300, loss: { value: 0, interval: [-0.39, 0.39] } });
    const few = resultOf({ ...stateOf(open), samples: { search: 0, confirm: 0 } });
    expect(describeWithin(pointsOf(few), axesOf(few, null), usualGoal.limits)).toBe(
      'Too few samples to know whether the variant is within 1 point.',
    );
  });

  it('are those that a search takes, in its units', () => {
    expect(limit('lost').change(usualGoal.limits, 2)).toEqual({ ...usualGoal.limits, accuracyLoss: 0.02 });
    const bounded = limit('size').change(usualGoal.limits, 500);
    expect(bounded.sizeBytes).toBe(500);
    expect(limit('size').of(bounded)).toBe(500);
    expect(limit('size').change(bounded, null)).toEqual(usualGoal.limits);
    const outputs = candidate('outputs', { loss: { of: 'outputs', value: 0.01, interval: null } });
    const error = axesOf(resultOf(stateOf(outputs)), null).find(({ id }) => id === 'lost')!.limit!;
    expect(error.of(usualGoal.limits)).toBeCloseTo(10);
    expect(error.change(usualGoal.limits, 1).sqnrDb).toBeCloseTo(40);
  });
});
