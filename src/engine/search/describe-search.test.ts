import { describe, expect, it } from 'vitest';
import type { Candidate } from './candidate';
import { describeComparedAs, describeLeft, describeSearch, describeStanding, documentOf } from './describe-search';
import { describeInterval, formatLoss } from '../verdict/loss';
import { describeSpeed } from '../verdict/speed-verdict';
import { usualGoal } from './search-goal';
import { resultOf, type SearchState } from './search-journal';
import { planLadder } from './ladder';
import { shrinksInput } from './techniques';
import { convolutionalModel } from './testing/model-facts';
import { evaluatedCandidate, timingOf } from './testing/made-candidate';

const state: SearchState = {
  goal: usualGoal,
  originalBytes: 1000,
  samples: { search: 1200, confirm: 0 },
  candidates: [evaluatedCandidate('Simplified')],
  leftOut: [],
  stopReason: 'finished',
  spentMs: 1000,
};
const textOf = (change: Partial<SearchState>): string =>
  describeSearch(resultOf({ ...state, ...change })).replaceAll('\u00a0', ' ');

describe('a search in words', () => {
  it('is the recommendation and its cost', () => {
    expect(textOf({})).toMatch(/^Simplified: 2\.00× smaller, speed not measured\. Same accuracy on 1,200 samples/);
    // The same samples selected it, so they do not show that it is within the limit.
    expect(textOf({})).toContain('probably within the default limit of 1 point. These samples also selected it.');
  });

  it('names a loss that is measurable, in points of accuracy or as a share of the error', () => {
    const told = (of: 'accuracy' | 'error', value: number, interval: readonly [number, number]) =>
      textOf({ candidates: [evaluatedCandidate('Simplified', { loss: { of, value, interval } })] });
    expect(told('accuracy', 0.005, [0.001, 0.009])).toContain('0.5 points of accuracy lost');
    expect(told('accuracy', -0.02, [-0.03, -0.01])).toContain('2 points of accuracy gained');
    expect(told('error', 0.005, [0.001, 0.009])).toMatch(/The error is 0\.50? % larger/);
    expect(told('error', 0.005, [-0.001, 0.009])).toContain('probably within');
  });

  it('shows the interval of every speed', () => {
    expect(describeSpeed(timingOf(1.5, { interval: [1.4, 1.6] }))).toBe('1.50× faster (1.40–1.60)');
    expect(describeSpeed(timingOf(1.01, { interval: [0.98, 1.02] }))).toBe('about the same speed (0.980–1.02)');
    expect(describeSpeed(timingOf(1.1, { interval: [0.7, 1.6], verdict: 'undecided' }))).toBe(
      'speed not yet known (0.700–1.60)',
    );
  });

  it('writes a loss in its unit', () => {
    const written = (...given: Parameters<typeof formatLoss>) => formatLoss(...given).replaceAll('\u00a0', ' ');
    expect(written({ of: 'cosine' }, 0.0013)).toBe('5.1 %');
    expect(written({ of: 'error' }, 0.012)).toBe('1.2 %');
    expect(written({ of: 'accuracy' }, 0.01)).toBe('1 point');
    expect(written({ of: 'accuracy' }, 0.002)).toBe('0.2 points');
    expect(describeInterval({ of: 'accuracy', value: 0.002, interval: [-0.001, 0.005] })).toBe(
      '0.2 points (−0.1 to 0.5)',
    );
    expect(describeInterval({ of: 'cosine', value: 0.002, interval: [0.0005, 0.005] })).toBe('6.3\u00a0% (3.2 to 10)');
  });

  it('names the provider that was timed', () => {
    const goal = { ...usualGoal, ep: 'webgpu' } as const;
    const timed = (ratio: number) => [evaluatedCandidate('Simplified', { timing: timingOf(ratio, { medianMs: 30 }) })];
    expect(textOf({ goal, candidates: timed(1.5) })).toContain('2.00× smaller, 1.50× faster on WebGPU.');
    expect(textOf({ candidates: timed(1) })).toContain('about the same speed on WASM.');
    const limits = { ...usualGoal.limits, latencyMs: 10 };
    expect(textOf({ goal: { ...goal, limits }, candidates: timed(1.5) })).toMatch(
      /30(\.0)? ms on WebGPU, and the limit is 10(\.0)? ms on WebGPU\.$/,
    );
    const fastest = { ...goal, objective: 'latency' } as const;
    expect(textOf({ goal: fastest, candidates: timed(1) })).toBe(
      'The evaluated recipe is not measurably faster on WebGPU.',
    );
  });

  it('says how many layers compute in integers', () => {
    const integers = { op: 'Conv', changed: 38, all: 53 };
    const candidates = [evaluatedCandidate('int8', { integers, timing: timingOf(1.6) })];
    const goal = { ...usualGoal, objective: 'latency' } as const;
    expect(textOf({ goal, candidates })).toContain('1.60× faster on WASM; 8-bit integers in 38 of 53 Conv.');
  });

  it('names the bottleneck and a remedy if nothing is faster', () => {
    const goal = { ...usualGoal, objective: 'latency' } as const;
    const { loss: _loss, screening: _screening, ...planned } = evaluatedCandidate('int8');
    const left = { ...planned, stage: 'eliminated' as const, timing: timingOf(0.7, { isStandIn: true as const }) };
    const slowest = { op: 'Conv', share: 0.934, reached: 0.85 };
    const module = { of: 'original', ep: 'compiled' as const, threads: 1, timing: timingOf(2.1) };
    for (const known of [{ slowest }, {}]) {
      expect(textOf({ goal, candidates: [left], ...known, settings: [module] })).toMatch(
        /What would help: a compiled module \(2\.10×\), a smaller input, WebGPU\. Speeds do not transfer between devices\.$/,
      );
    }
    const { recipe } = planLadder(
      { ...convolutionalModel, calibrates: true, canShrinkInput: true },
      goal,
    ).candidates.find(shrinksInput)!;
    const smaller = { ...planned, id: 'input-86', name: '86 % of the input', recipe, stage: 'failed' as const };
    const timed = { ...smaller, timing: timingOf(1.35, { isStandIn: true as const }) };
    expect(textOf({ goal, candidates: [left, timed], slowest })).toContain(
      'What would help: a smaller input (86 % of the input: 1.35×), WebGPU.',
    );
    expect(textOf({ goal, candidates: [left], slowest })).toBe(
      'Nothing found is faster on WASM here, of 1 recipe that was timed: Conv holds 93 % of the time at 85 % of what this device can do. What would help: a smaller input, WebGPU. Speeds do not transfer between devices.',
    );
    const document = documentOf({ ...state, goal, candidates: [left], stopReason: 'finished' });
    expect([document.best, document.reason]).toEqual([null, expect.stringMatching(/^Nothing found is faster/)]);
    const held = { ...planned, id: 'other', stage: 'held' as const };
    expect(textOf({ goal, candidates: [left, held], slowest })).toMatch(
      /devices\. There was no time for 1 other recipe\. Give it more time\.$/,
    );
    const lossy = evaluatedCandidate('narrow', { loss: { value: 0.2, interval: [0.1, 0.3] }, timing: timingOf(1.4) });
    expect(textOf({ goal, candidates: [lossy], slowest })).toMatch(
      /^No evaluated recipe is faster and within the limits\. The closest is narrow: .* Conv holds 93 % of the time at 85 %/,
    );
    expect(documentOf(state).reason).toBeUndefined();
  });

  it('recommends the fastest threads of the recommended file, and a GPU for the original', () => {
    const goal = { ...usualGoal, objective: 'latency' } as const;
    const candidates = [evaluatedCandidate('int8', { timing: timingOf(1.6) })];
    const setting = (of: string, threads: number, ratio: number, ep: 'wasm' | 'webgpu' = 'wasm') => {
      const verdict = ratio > 1.1 ? ('faster' as const) : ('same' as const);
      return { of, ep, threads, timing: { ...timingOf(ratio), verdict } };
    };
    const settings = [setting('original', 2, 1.8), setting('original', 4, 2.5), setting('int8', 2, 1.7)];
    expect(textOf({ goal, candidates, settings })).toMatch(/ With 2 threads, another 1\.70× as fast; free\.$/);
    const onGpu = [setting('original', 2, 1.02), setting('original', 1, 3.1, 'webgpu'), setting('int8', 2, 1)];
    expect(textOf({ goal, candidates, settings: onGpu })).toMatch(/ The original on WebGPU: 3\.10×; free\.$/);
    expect(textOf({ goal, candidates, settings: [setting('int8', 2, 1)] })).toBe(textOf({ goal, candidates }));
  });

  it('names texts without padding, for the recommended file or else for the original', () => {
    const goal = { ...usualGoal, objective: 'latency' } as const;
    const candidates = [evaluatedCandidate('int8', { timing: timingOf(1.6) })];
    const unpadded = (of: string, ratio: number) => ({
      ...{ of, ep: 'wasm' as const, threads: 1, tokens: 23 },
      timing: timingOf(ratio),
    });
    const text = textOf({ goal, candidates });
    expect(textOf({ goal, candidates, settings: [unpadded('original', 3.1)] })).toBe(
      `${text} The original on texts without padding (median 23 tokens): 3.10×; free.`,
    );
    expect(textOf({ goal, candidates, settings: [unpadded('original', 3.1), unpadded('int8', 2.4)] })).toBe(
      `${text} On texts without padding (median 23 tokens), another 2.40× as fast; free.`,
    );
    expect(textOf({ goal, candidates, settings: [unpadded('original', 1)] })).toBe(text);
  });

  it('names a compiled module that is faster than the recommended file, or makes it faster', () => {
    const goal = { ...usualGoal, objective: 'latency' } as const;
    const candidates = [evaluatedCandidate('int8', { timing: timingOf(1.6) })];
    const compiled = (of: string, ratio: number) => ({
      of,
      ep: 'compiled' as const,
      threads: 1,
      timing: timingOf(ratio),
    });
    const text = textOf({ goal, candidates });
    expect(textOf({ goal, candidates, settings: [compiled('original', 1.5)] })).toBe(text);
    expect(textOf({ goal, candidates, settings: [compiled('original', 1.9)] })).toBe(
      `${text} The original as a compiled module: 1.90×; free.`,
    );
    expect(textOf({ goal, candidates, settings: [compiled('original', 1.9), compiled('int8', 1.4)] })).toBe(
      `${text} As a compiled module, another 1.40× as fast; free.`,
    );
  });

  it('leaves out figures that stand beside it, unless labels contradict the original', () => {
    expect(describeSearch(resultOf(state), { isBestShown: true })).toBe('Best of 1 evaluated recipe.');
    expect(describeSearch(resultOf({ ...state, doubt: 'Top-1 is 4 %.' }), { isBestShown: true })).toContain('smaller');
  });

  it('names float16 and 8 bits if they are not evaluated and nothing else keeps the limits', () => {
    const safe = ['weights-8', 'float16'].map((id) => evaluatedCandidate(id));
    const lost = { of: 'accuracy', value: 0.2, interval: [0.1, 0.3] } as const;
    const far = evaluatedCandidate('4 bits', { loss: { ...safe[0]!.loss!, ...lost } });
    const untried = safe.map(({ loss: _loss, ...each }) => ({ ...each, stage: 'held' }) as const);
    expect(textOf({ candidates: [far, ...untried] })).toMatch(
      / weights-8 and float16 are not evaluated yet\. Give it more time\.$/,
    );
    const larger = safe.map((each) => ({ ...each, sizeBytes: 2000 }));
    expect(textOf({ candidates: [far, ...larger] })).not.toContain('not evaluated yet');
    expect(textOf({ candidates: [larger[0]!, untried[1]!] })).toBe(
      'The evaluated recipe is not smaller. float16 is not evaluated yet. Give it more time.',
    );
  });

  it('says how outputs are compared, unless labels tell the loss', () => {
    const outputs = [{ name: 'y', kind: 'embedding', reason: 'its vectors have length 1' }] as const;
    const told = (of: 'accuracy' | 'cosine') =>
      describeComparedAs({ outputs, candidates: [evaluatedCandidate('a', { loss: { of } })] });
    expect(told('cosine')).toMatch(/^Compared as: y, .*\(its vectors have length 1\)\.$/);
    expect(told('accuracy')).toBeUndefined();
  });

  it('names outputs of one kind together', () => {
    const outputs = ['a', 'b', 'c', 'd', 'e'].map((name) => {
      const isMap = name !== 'b';
      return isMap
        ? ({ name, kind: 'map', reason: 'it has 4 dimensions' } as const)
        : ({ name, kind: 'regression', reason: 'it has 1 column' } as const);
    });
    expect(describeComparedAs({ outputs, candidates: [] })).toBe(
      'Compared as: a, c and d: a map (it has 4 dimensions); b, numbers (it has 1 column); 1 more.',
    );
  });

  it('counts candidates that were not evaluated', () => {
    const held = evaluatedCandidate('a', { stage: 'held' });
    const { loss: _loss, ...left } = held;
    const told = describeSearch(resultOf({ ...state, candidates: [...state.candidates, left] }), { isBestShown: true });
    expect(told).toBe('Best of 1 evaluated recipe; 1 not yet.');
  });

  it('says how many samples the check on held-out ones takes, and that a few runs decide no speed', () => {
    expect(textOf({})).toContain('Not verified on held-out samples: that takes 500 samples.');
    const timed = (verdict: 'same' | 'undecided') =>
      textOf({ candidates: [evaluatedCandidate('Simplified', { timing: timingOf(1, { verdict }) })] });
    expect(timed('undecided')).toContain('2.00× smaller, speed not yet known on WASM.');
    expect(timed('same')).toContain('2.00× smaller, about the same speed on WASM.');
  });

  it('names a smaller one that probably keeps the limit, beside the confirmed one', () => {
    const loss = evaluatedCandidate('').loss!;
    const checked = (id: string, sizeBytes: number, word: 'confirmed' | 'consistent' | 'contradicted') =>
      evaluatedCandidate(id, { sizeBytes, confirmed: { ...loss, word, value: word === 'contradicted' ? 0.02 : 0 } });
    const candidates = [checked('4 bits', 500, 'confirmed'), checked('2 bits', 250, 'consistent')];
    const samples = { search: 1200, confirm: 800 };
    expect(textOf({ samples, candidates })).toMatch(
      /^4 bits: 2\.00× smaller.* Smaller, and probably within the limit: 2 bits \(4\.00× smaller, speed not measured\)\.$/,
    );
    const refuted = [candidates[0]!, checked('2 bits', 250, 'contradicted')];
    const why = / Smaller, but above the limit on held-out samples: 2 bits\.$/;
    expect(textOf({ samples, candidates: refuted })).toMatch(why);
    expect(textOf({ samples, candidates: refuted })).not.toContain('probably');
    // A refuted candidate that is larger would not have been recommended.
    const large = [candidates[0]!, checked('8 bits', 600, 'contradicted')];
    expect(textOf({ samples, candidates: large })).not.toContain('8 bits');
    // A candidate of equal size is not smaller, and size is not the goal of every search.
    const asLarge = [candidates[0]!, checked('2 bits', 500, 'consistent')];
    expect(textOf({ samples, candidates: asLarge })).not.toContain('2 bits');
    const timed = candidates.map((each, at) => ({ ...each, timing: timingOf(2 - at / 2, { medianMs: 1 + at / 2 }) }));
    const fastest = textOf({ samples, candidates: timed, goal: { ...usualGoal, objective: 'latency' } });
    expect(fastest).toMatch(/^4 bits: /);
    expect(fastest).not.toContain('2 bits');
    const beside = describeSearch(resultOf({ ...state, samples, candidates }), { isBestShown: true });
    expect(beside).toBe('Best of 2 evaluated recipes. Smaller, and probably within the limit: 2 bits.');
  });

  it('names the samples of a confirmation: held-out ones or, if planned, all', () => {
    const confirmed = { ...evaluatedCandidate('').loss!, samples: 800, word: 'confirmed' as const };
    const samples = { search: 1200, confirm: 800 };
    const told = (facts: object) =>
      textOf({ samples, candidates: [evaluatedCandidate('a', { confirmed: { ...confirmed, ...facts } })] });
    expect(told({})).toContain('No measurable accuracy loss on 800 held-out samples.');
    const planned = { samples: 2000, isPlanned: true };
    expect(told(planned)).toContain('No measurable accuracy loss on 2,000 samples.');
    expect(told({ ...planned, word: 'consistent' })).toContain(
      'on 2,000 samples (−0.5 to 0.5), probably within the default limit',
    );
  });

  it('says that the recommended one beats another, despite a third that probably beats it', () => {
    const loss = evaluatedCandidate('').loss!;
    const checked = (id: string, sizeBytes: number, word: 'confirmed' | 'consistent') =>
      evaluatedCandidate(id, { sizeBytes, confirmed: { ...loss, word } });
    const candidates = [
      evaluatedCandidate('8 bits', { sizeBytes: 600 }),
      checked('4 bits', 500, 'confirmed'),
      checked('2 bits', 250, 'consistent'),
    ];
    const result = resultOf({ ...state, samples: { search: 1200, confirm: 800 }, candidates });
    expect(result.candidates.map((each) => describeStanding(each, result))).toEqual([
      'Dominated by 4 bits',
      'Recommended, within the limit',
      'On the frontier',
    ]);
  });

  it('names the remaining work of a search that continues', () => {
    const held = evaluatedCandidate('a', { stage: 'held' });
    expect(describeLeft({ candidates: [held, evaluatedCandidate('b')] })).toBe('1 of 2 recipes is not evaluated yet.');
    expect(describeLeft({ candidates: [evaluatedCandidate('b')] })).toBe('More time may find a better one.');
  });

  it('says why nothing was tried', () => {
    const reason = 'It needs calibration samples, and there is no data.';
    const leftOut = ['mixed-weights', 'mixed-static'].map((id) => ({ id, reason }));
    expect(textOf({ candidates: [], leftOut })).toBe(`No recipe was tried. ${reason}`);
  });

  it('says why nothing that was tried can be used, rather than that time ran out', () => {
    const { loss: _, ...made } = evaluatedCandidate('Simplified');
    const idle: Candidate = { ...made, stage: 'eliminated', reason: 'It changes nothing in this model.' };
    const failed: Candidate = { ...made, name: 'float16', stage: 'failed', reason: 'Its outputs are wrong.' };
    expect(textOf({ candidates: [idle, failed] })).toBe(
      'No recipe that was tried works. float16: Its outputs are wrong.',
    );
    const held: Candidate = { ...made, stage: 'held', reason: 'Not evaluated: time ran out.' };
    expect(textOf({ candidates: [failed, held] })).toContain('Give it more time.');
  });

  it('says first that labels contradict the original, and then calls nothing confirmed', () => {
    const loss = { ...evaluatedCandidate('').loss!, of: 'answers', value: 0, interval: [0, 0.002] } as const;
    const confirmed = { ...loss, samples: 2000, isPlanned: true, word: 'confirmed' } as const;
    const doubted = {
      ...state,
      candidates: [evaluatedCandidate('4 bits', { loss, confirmed })],
      doubt: 'Top-1 is 4 %.',
    };
    const told = textOf(doubted);
    expect(told).toMatch(
      /^Check the data first: Top-1 is 4 %\. Until then, accuracy is unknown\. By agreement with the original alone: 4 bits/,
    );
    expect(told).toMatch(/No prediction changed on 2,000 samples\.$/);
    const result = resultOf(doubted);
    expect(describeStanding(result.candidates[0]!, result)).toBe(
      'Best by agreement with the original, accuracy unknown',
    );
    expect(told).not.toContain('confirmed');
  });

  it('reports a stop by a person or a reload, and earlier results', () => {
    for (const stopReason of ['canceled', null] as const) {
      expect(textOf({ stopReason })).toMatch(/^Search stopped\. Results so far are kept\. Simplified: 2\.00× smaller/);
      expect(textOf({ stopReason, candidates: [] })).toBe(
        'Search stopped. Results so far are kept. No recipe was evaluated.',
      );
    }
    const late = resultOf({ ...state, stopReason: 'time', candidates: [] });
    expect(describeSearch(late)).toContain('Give it more time.');
    expect(describeSearch(late, { moreTime: 'Go on.' })).toMatch(/ Go on\.$/);
  });
});
