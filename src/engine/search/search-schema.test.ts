import { describe, expect, it } from 'vitest';
import { timedOn, usualGoal } from './search-goal';
import { resultOf, type SearchState } from './search-journal';
import { parseSearchText, summarizeSearch } from './search-schema';
import { evaluatedCandidate, timingOf } from './testing/made-candidate';

const candidate = evaluatedCandidate('weights-8', { stage: 'timed', timing: timingOf(1.5), sha256: 'ab', macs: 10 });
const search: SearchState = {
  goal: { ...usualGoal, ep: 'webgpu' },
  basis: '{"model":"1"}',
  originalBytes: 1000,
  samples: { search: 478, confirm: 319 },
  candidates: [
    { ...candidate, confirmed: { ...candidate.loss!, word: 'consistent' } },
    evaluatedCandidate('b', { stage: 'failed', reason: 'No float16.', refusedBy: 'webgpu' }),
  ],
  leftOut: [{ id: 'c', reason: 'No data.' }],
  stopReason: 'time',
  spentMs: 60_000,
};

describe('parseSearchText', () => {
  it('reads the output of the command', () => {
    expect(parseSearchText(JSON.stringify(resultOf(search)))).toEqual(search);
  });

  it('opens one of before a provider could be chosen: it is timed on WASM', () => {
    const earlier = parseSearchText(JSON.stringify(resultOf({ ...search, goal: usualGoal })));
    expect(earlier.goal).toEqual(usualGoal);
    expect(timedOn(earlier.goal)).toBe('wasm');
  });

  it('keeps losses in the unit of the kind of outputs, with all figures', () => {
    const figures = {
      cosineLoss: { value: 0.001, interval: [0, 0.002] },
      sqnrDb: { value: 31, interval: null },
    } as const;
    const loss = { of: 'cosine', value: 0.001, interval: [0, 0.002], kind: 'embedding', figures } as const;
    const own = { ...search, candidates: [evaluatedCandidate('a', { loss })] };
    expect(parseSearchText(JSON.stringify(resultOf(own)))).toEqual(own);
  });

  it('refuses other documents, and omits candidates that only a later Pareto knows', () => {
    const changed = (change: object) => JSON.stringify({ ...resultOf(search), ...change });
    expect(() => parseSearchText('{')).toThrow(/not JSON/);
    expect(() => parseSearchText('null')).toThrow(/the document/);
    expect(() => parseSearchText(changed({ originalBytes: -1 }))).toThrow(/originalBytes/);
    expect(() => parseSearchText(changed({ goal: { ...usualGoal, ep: 'cuda' } }))).toThrow(/goal\.ep/);
    expect(() => parseSearchText(changed({ candidates: [{ ...candidate, sizeBytes: 'x' }] }))).toThrow(/sizeBytes/);
    const later = [{ ...candidate, stage: 'distilled' }, evaluatedCandidate('b')];
    expect(parseSearchText(changed({ candidates: later })).candidates.map(({ id }) => id)).toEqual(['b']);
  });
});

it('gives a report all but the basis of the search, within its limits', () => {
  const long = 'x'.repeat(5000);
  const told = summarizeSearch({ ...search, doubt: long, leftOut: [{ id: 'c', reason: long }] });
  expect(told).not.toHaveProperty('basis');
  expect(told.doubt!.length).toBe(told.leftOut[0]!.reason.length);
  expect(parseSearchText(JSON.stringify(resultOf(told)))).toEqual(told);
});
