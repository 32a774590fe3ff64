import { expect, it, vi } from 'vitest';
import type { Progress } from '../../engine/progress';
import { usualGoal } from '../../engine/search/search-goal';
import { evaluatedCandidate } from '../../engine/search/testing/made-candidate';
import { SearchCourse } from './search-course';
import type { SearchHost, SearchRequest } from './search-request';

it('reports progress by finished work, with any running work', () => {
  const told: Progress[] = [];
  const host = { signal: new AbortController().signal } as SearchHost;
  const request = { goal: { ...usualGoal, budgetMs: 1e9 }, data: null } as SearchRequest;
  const course = new SearchCourse(host, request, {
    event: () => undefined,
    progress: (progress) => told.push(progress),
  });
  course.enter('Running the original');
  const { loss, ...planned } = evaluatedCandidate('a', { stage: 'planned' });
  const candidates = [planned, { ...planned, id: 'b' }];
  const samples = { search: 10, confirm: 0 };
  course.tell({ kind: 'begun', goal: usualGoal, basis: '', originalBytes: 1, samples, candidates, leftOut: [] });
  course.tell({ kind: 'evaluated', id: 'a', loss: loss! });
  // Timing early is no sign that the search is nearly over.
  course.enter('Measuring');
  course.finish();
  expect(told.map(({ stage, done }) => [stage, done])).toEqual([
    ['Running the original', 0],
    ['Measuring', 40],
    ['Done', 100],
  ]);
});

it('reports that time passes within a stage, and nothing after the end', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const told: Progress[] = [];
    const host = { signal: new AbortController().signal } as SearchHost;
    const request = { goal: { ...usualGoal, budgetMs: 60_000 }, data: null } as SearchRequest;
    const course = new SearchCourse(host, request, {
      event: () => undefined,
      progress: (progress) => told.push(progress),
    });
    course.tick();
    course.enter('Trying float16');
    vi.advanceTimersByTime(30_000);
    course.tick();
    course.finish();
    course.tick();
    expect(told.map(({ stage, done }) => [stage, done])).toEqual([
      ['Trying float16', 0],
      ['Trying float16', 50],
      ['Done', 100],
    ]);
  } finally {
    vi.useRealTimers();
  }
});

it('calls made recipes not evaluated, but not recipes that were never tried', () => {
  const host = { signal: new AbortController().signal } as SearchHost;
  const request = { goal: { ...usualGoal, budgetMs: 1e9 }, data: null } as SearchRequest;
  const course = new SearchCourse(host, request, { event: () => undefined, progress: () => undefined });
  const { loss: _loss, ...planned } = evaluatedCandidate('planned', { stage: 'planned' });
  const candidates = [planned, { ...planned, id: 'made' }];
  const samples = { search: 10, confirm: 0 };
  course.tell({ kind: 'begun', goal: usualGoal, basis: '', originalBytes: 1, samples, candidates, leftOut: [] });
  course.tell({ kind: 'made', id: 'made', sizeBytes: 1, sha256: '', macs: 1 });
  course.leaveUnfinished();
  expect(course.candidates.map(({ id, reason }) => [id, reason])).toEqual([
    ['planned', 'Not tried: time ran out.'],
    ['made', 'Not evaluated: time ran out.'],
  ]);
});
