/** A report's search: carried by links, refused where it is damaged, told in the headline and in Markdown. */
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../search/candidate';
import { describeSearch } from '../search/describe-search';
import { usualGoal } from '../search/search-goal';
import { resultOf, type SearchState } from '../search/search-journal';
import { evaluatedCandidate } from '../search/testing/made-candidate';
import { createReport } from './create-report';
import { headline } from './headline';
import { headlineFacts } from './headline-facts';
import { decodeReportFragment, encodeReportFragment } from './link-codec';
import { reportToMarkdown } from './markdown';
import { parseReport } from './report-schema';
import { shortReport } from './short-report';
import { exampleEvaluated, exampleEvaluation, exampleVariantEvaluation } from './testing/evaluation-source';
import { exampleSource } from './testing/report-source';
import { evaluatedVerdict } from './variant-verdict';

const [variant] = exampleSource.variants;
const best = evaluatedCandidate('best', { sizeBytes: 300, recipe: variant!.recipe });
const search: SearchState = {
  goal: usualGoal,
  basis: 'secret/path',
  originalBytes: 1000,
  samples: { search: 1200, confirm: 800 },
  candidates: [{ ...best, stage: 'confirmed', confirmed: { ...best.loss!, samples: 800, word: 'confirmed' } }],
  leftOut: [],
  stopReason: 'finished',
  spentMs: 1000,
};
const report = createReport({ ...exampleSource, search });

describe('a search in a report', () => {
  it('comes through a link with all the evidence of its recommendation, and without the place of data', async () => {
    const opened = await decodeReportFragment(await encodeReportFragment(report));
    expect(opened).toEqual(report);
    expect(resultOf(opened.search!)).toMatchObject({ best: 'best', frontier: ['original', 'best'] });
    expect(JSON.stringify(opened)).not.toContain('secret');
    expect(headline(headlineFacts(opened))).toContain('800 held-out samples');
    expect(reportToMarkdown(opened)).toContain('## Recipes tried');
  });

  it('keeps its word of a loss, however well the samples that selected it evaluate it', () => {
    const difference = {
      metric: 'top1',
      value: 0,
      interval: [-0.002, 0.002],
      onlyOriginal: 0,
      onlyVariant: 0,
    } as const;
    const evaluated = {
      ...exampleEvaluated,
      evaluations: [exampleEvaluation, { ...exampleVariantEvaluation, difference }],
    };
    const wordOf = (candidate: Candidate) => {
      const source = { ...exampleSource, evaluated, search: { ...search, candidates: [candidate] } };
      return evaluatedVerdict(createReport(source), 'v1')!.verdict;
    };
    expect(wordOf(best)).toMatchObject({ word: 'probably-within', toSettle: { areOthers: true } });
    expect(wordOf(best).sentence).toMatch(/These samples also selected it\./);
    expect(wordOf(search.candidates[0]!).word).toBe('within');
  });

  it('keeps for a QR code only the candidates that its sentences name', () => {
    const other = evaluatedCandidate('other', { sizeBytes: 900 });
    const long = createReport({ ...exampleSource, search: { ...search, candidates: [other, ...search.candidates] } });
    const short = shortReport(long);
    expect(parseReport(short)).toEqual(short);
    expect(short.search!.candidates.map(({ id }) => id)).toEqual(['best']);
    expect(headline(headlineFacts(short))).toBe(headline(headlineFacts(long)));
    expect(describeSearch(resultOf(short.search!))).toBe(describeSearch(resultOf(long.search!)));
  });

  it('keeps the candidates of a QR code that are smaller, and leaves out a search without a result', () => {
    const checked = (id: string, sizeBytes: number, word: 'consistent' | 'contradicted') => {
      const candidate = evaluatedCandidate(id, { sizeBytes });
      return { ...candidate, confirmed: { ...candidate.loss!, samples: 800, word } } as const;
    };
    const smaller = [checked('likely', 200, 'consistent'), checked('refuted', 100, 'contradicted')];
    const other = evaluatedCandidate('other', { sizeBytes: 900 });
    const candidates = [...smaller, other, ...search.candidates];
    const short = shortReport(createReport({ ...exampleSource, search: { ...search, candidates } }));
    expect(short.search!.candidates.map(({ id }) => id)).toEqual(['likely', 'refuted', 'best']);
    const sentence = describeSearch(resultOf(short.search!));
    expect(sentence).toBe(describeSearch(resultOf({ ...search, candidates })));
    expect(sentence).toMatch(/probably within the limit: likely .* above the limit on held-out samples: refuted\.$/);
    const none = { ...search, candidates: ['a', 'b'].map((id) => evaluatedCandidate(id, { sizeBytes: 1100 })) };
    expect(describeSearch(resultOf(none))).toMatch(/^None of the 2 evaluated recipes is smaller\./);
    expect(shortReport(createReport({ ...exampleSource, search: none })).search).toBeUndefined();
  });

  it('whose labels contradict the original begins with that, and confirms nothing', () => {
    const loss = { ...best.loss!, of: 'answers' } as const;
    const candidates = [{ ...best, loss, confirmed: { ...loss, word: 'confirmed' } }] as const;
    const doubted = createReport({ ...exampleSource, search: { ...search, candidates, doubt: 'Top-1 is 4 %.' } });
    const start = 'Check the data first: Top-1 is 4 %.';
    expect(headline(headlineFacts(doubted)).startsWith(start)).toBe(true);
    const tried = reportToMarkdown(doubted).split('## Recipes tried\n\n')[1]!;
    expect(tried.replaceAll('\u00a0', ' ').startsWith(start)).toBe(true);
    expect(tried).not.toContain('confirmed');
  });

  it('is refused if invalid, and shown without parts of a later Pareto', () => {
    const given = (change: object) => ({ ...report, search: { ...report.search, ...change } });
    expect(() => parseReport(given({ originalBytes: 'a lot' }))).toThrow(/search\.originalBytes/);
    expect(parseReport(given({ basis: 'x'.repeat(100_000) })).search).toEqual(report.search);
    const many = Array.from({ length: 1000 }, () => report.search!.candidates[0]);
    expect(() => parseReport(given({ candidates: many }))).toThrow(/search\.candidates/);
    const later = parseReport(given({ candidates: [...report.search!.candidates, { ...best, stage: 'distilled' }] }));
    expect(later.search?.candidates).toHaveLength(1);
    expect(later.notes?.join(' ')).toMatch(/newer Pareto/);
  });
});
