import { expect, it } from 'vitest';
import type { Progress } from './progress';
import { createPercentReporter } from './percent-reporter';

it('reports whole percent, and stays if a stage reports less than the one before', () => {
  const told: Progress[] = [];
  const report = createPercentReporter((progress) => told.push(progress));
  report('Loading', 20.9);
  report('Running', 10);
  report('Running', 100);
  expect(told).toEqual([
    { stage: 'Loading', done: 20, total: 100 },
    { stage: 'Running', done: 20, total: 100 },
    { stage: 'Running', done: 100, total: 100 },
  ]);
});
