import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import type { Candidate, CheckedLoss } from './candidate';
import { toConfirm, withConfirmations } from './confirmations';
import { usualGoal } from './search-goal';
import { evaluatedCandidate } from './testing/made-candidate';
import { simulateSearch, type SimulatedCandidates, type SimulatedSamples } from './testing/simulated-search';

const fashion: SimulatedSamples = { search: 600, confirm: 1400, discordant: 0.03 };
const digits: SimulatedSamples = { search: 478, confirm: 319, discordant: 0.02 };
const limit = usualGoal.limits.accuracyLoss;
const equal = (count: number, loss: number) => Array.from({ length: count }, () => loss);

/** The share of searches that confirm a candidate that `isOne` accepts. */
function shareOf(
  candidates: SimulatedCandidates,
  samples: SimulatedSamples,
  isOne: (confirmed: ReadonlyMap<string, number>) => boolean,
  isPooled?: () => boolean,
): number {
  const random = createSeededRandom(1);
  const searches = 2000;
  let found = 0;
  for (let index = 0; index < searches; index++) {
    found += Number(isOne(simulateSearch(candidates, samples, random, isPooled)));
  }
  return found / searches;
}

const isFalse = (confirmed: ReadonlyMap<string, number>) => [...confirmed.values()].some((loss) => loss >= limit);

describe('confirmation by samples', () => {
  it.each<[string, SimulatedCandidates, SimulatedSamples]>([
    [
      'all lose just the limit',
      { planned: equal(2, limit), chosen: equal(10, limit), mixed: equal(3, limit) },
      fashion,
    ],
    ['all but the planned', { planned: equal(2, 0), chosen: equal(10, limit), mixed: equal(3, limit) }, fashion],
    ['all but the safest', { planned: [0, limit], chosen: equal(10, limit), mixed: equal(3, limit) }, fashion],
    ['all but what is chosen', { planned: equal(2, limit), chosen: equal(10, 0), mixed: equal(3, limit) }, fashion],
    ['nothing is planned', { planned: [], chosen: equal(10, limit), mixed: equal(3, limit) }, fashion],
    ['few samples', { planned: [0, limit], chosen: equal(10, limit), mixed: equal(3, limit) }, digits],
  ])('is false in at most 5 of 100 searches: %s', (_name, candidates, samples) => {
    expect(shareOf(candidates, samples, isFalse)).toBeLessThanOrEqual(0.05);
  });

  it('would be false more often if a choice were tested on the samples that chose it', () => {
    const candidates = { planned: [], chosen: equal(10, limit), mixed: equal(3, limit) };
    expect(shareOf(candidates, fashion, isFalse, () => true)).toBeGreaterThan(0.06);
  });

  it('is more often a harmless recipe if it was planned', () => {
    const planned = shareOf({ planned: [-0.01, 0], chosen: [], mixed: [] }, fashion, (found) => found.has('planned-1'));
    const chosen = shareOf({ planned: [], chosen: [-0.01, 0], mixed: [] }, fashion, (found) => found.has('chosen-1'));
    expect(planned).toBeGreaterThan(1.2 * chosen);
  });
});

const lossOf = (samples: number, facts: Partial<CheckedLoss> = {}): CheckedLoss => ({
  ...evaluatedCandidate('').loss!,
  samples,
  onlyOriginal: 30,
  onlyVariant: 30,
  ...facts,
});
const planned = (id: string, sequence: number, sizeBytes: number, facts: Partial<Candidate> = {}): Candidate =>
  evaluatedCandidate(id, { sequence, sizeBytes, ...facts });
const checked = (candidate: Candidate, facts: Partial<CheckedLoss> = {}): Candidate => ({
  ...candidate,
  confirmed: { ...lossOf(2000, { isPlanned: candidate.sequence !== undefined, ...facts }), word: 'consistent' },
});
const wordsOf = (...candidates: readonly Candidate[]) =>
  withConfirmations(candidates, usualGoal.limits).map(({ confirmed }) => confirmed?.word);
const [safe, small] = [planned('safe', 0, 300), planned('small', 1, 200)];
/** Tango's statistic is 2.11, its p-value 0.018: over a half of 0.025, under a half of 0.05. */
const good = { samples: 1400, onlyOriginal: 20, onlyVariant: 20 };
const lossy = { value: 0.009, onlyOriginal: 48, onlyVariant: 30 };

describe('the planned sequence', () => {
  it('confirms each as far as those before it are confirmed, and skips candidates that never ran', () => {
    expect(wordsOf(checked(safe), checked(small))).toEqual(['confirmed', 'confirmed']);
    expect(wordsOf(checked(safe, lossy), checked(small))).toEqual(['consistent', 'consistent']);
    expect(wordsOf(safe, checked(small))).toEqual([undefined, 'consistent']);
    const { screening: _screening, ...unrun } = safe;
    expect(wordsOf({ ...unrun, stage: 'held' }, checked(small))).toEqual([undefined, 'confirmed']);
    expect(wordsOf({ ...safe, stage: 'failed' }, checked(small))).toEqual([undefined, 'consistent']);
  });

  it('has half of the 5 %, for each of it', () => {
    expect(wordsOf(checked(safe, good), checked(small, good))).toEqual(['confirmed', 'confirmed']);
    expect(wordsOf(checked(safe, { ...good, samples: 1250 }))).toEqual(['consistent']);
  });

  it('leaves its half to the chosen ones once all of it is confirmed', () => {
    const chosen = checked(evaluatedCandidate('chosen'), { ...good, place: 0 });
    expect(wordsOf(checked(safe), chosen)).toEqual(['confirmed', 'confirmed']);
    expect(wordsOf(checked(safe, lossy), chosen)).toEqual(['consistent', 'consistent']);
  });

  it('is checked in its order, before its smallest and larger ones', () => {
    const large = evaluatedCandidate('large', { sizeBytes: 400 });
    const next = (...candidates: readonly Candidate[]) =>
      toConfirm(withConfirmations(candidates, usualGoal.limits), usualGoal, 1000, 1400).map(({ id }) => id);
    expect(next(large, small, safe)).toEqual(['safe', 'small', 'large']);
    expect(next(large, small, checked(safe))).toEqual(['small']);
    expect(next(large, checked(small), safe)).toEqual(['safe', 'large']);
    expect(next(large, checked(small), checked(safe))).toEqual([]);
  });
});

describe('chosen candidates', () => {
  const chosen = (id: string, sizeBytes: number, value: number, half: number, klDivergence: number): Candidate => {
    const { screening, ...others } = evaluatedCandidate(id, {
      sizeBytes,
      loss: { value, interval: [value - half, value + half], samples: 600 },
    });
    return { ...others, screening: { ...screening!, klDivergence } };
  };
  const risky = chosen('risky', 100, 0.009, 0.015, 0.03);
  const doubtful = chosen('doubtful', 200, 0.004, 0.014, 0.015);
  const sure = chosen('sure', 300, 0.001, 0.006, 1e-3);
  const surer = chosen('surer', 400, 0, 0.004, 5e-4);
  const orderOf = (...candidates: readonly Candidate[]) =>
    toConfirm(withConfirmations(candidates, usualGoal.limits), usualGoal, 1000, 1400).map(({ id }) => id);

  it('checks likely ones first, then those with at most half of the limit, smallest first', () => {
    expect(orderOf(risky, doubtful, sure, surer)).toEqual(['sure', 'surer', 'doubtful', 'risky']);
  });

  it('each that was not confirmed leaves less that is likely', () => {
    const failed = Array.from({ length: 20 }, (_, place) =>
      checked(evaluatedCandidate(`failed-${place}`), { ...lossy, place }),
    );
    expect(orderOf(...failed, doubtful, sure, surer)).toEqual(['surer', 'doubtful', 'sure']);
  });

  it('leaves planned ones for last after an unconfirmed one before them', () => {
    expect(orderOf(checked(safe, lossy), small, surer)).toEqual(['surer', 'small']);
  });

  it('a harmless one is confirmed beside smaller ones that each would take from it', () => {
    const candidates = { planned: [], chosen: [0, ...equal(6, 0.006)], mixed: [] };
    const share = shareOf(candidates, { ...fashion, discordant: 0.015 }, (found) => found.size > 0);
    expect(share).toBeGreaterThan(0.65);
  });
});

it('gives later candidates no more than earlier ones left', () => {
  const one = (place: number, facts: Partial<CheckedLoss>) =>
    checked(evaluatedCandidate(`chosen-${place}`), { place, ...facts });
  expect(wordsOf(one(0, good), one(1, good))).toEqual(['confirmed', 'confirmed']);
  expect(wordsOf(one(1, good), one(0, lossy), one(2, lossy))).toEqual(['consistent', 'consistent', 'consistent']);
});
