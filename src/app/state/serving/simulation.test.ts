import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SimulatedLoad } from '../../../engine/serving/simulate-load';
import type { Jobs } from '../../jobs/jobs';
import { provideJobs } from '../jobs/job-runner';
import { simulateLater, simulationStore, type ServedModel } from './simulation';

const served = [{ id: 'original', request: {} }] as unknown as readonly ServedModel[];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  simulateLater([]);
  vi.useRealTimers();
});

it.each([
  [100, false],
  [2000, true],
])('draws a wait for a simulation of %i ms: %s', async (ms, isDrawn) => {
  const simulate = () =>
    new Promise<readonly SimulatedLoad[]>((resolve) => setTimeout(() => resolve([{} as SimulatedLoad]), ms));
  provideJobs({ serving: { simulate } } as unknown as Jobs);
  const drawn: boolean[] = [];
  const unfollow = simulationStore.subscribe(({ isSlow }) => drawn.push(isSlow));
  simulateLater(served);
  await vi.advanceTimersByTimeAsync(3000);
  unfollow();
  expect(simulationStore.getState()).toMatchObject({ isPending: false, isSlow: false, models: [{ id: 'original' }] });
  expect(drawn.includes(true)).toBe(isDrawn);
});
