import type { Candidate, Timing } from '../candidate';
import type { Loss } from '../../verdict/loss';

/** A candidate that was evaluated on data, with the facts of a test. */
export function evaluatedCandidate(
  id: string,
  { loss = {}, ...facts }: Partial<Omit<Candidate, 'loss'>> & { loss?: Partial<Loss> } = {},
): Candidate {
  return {
    id,
    name: id,
    recipe: { version: 1, seed: 0, steps: [{ pass: 'simplify', enabled: true, options: {} }] },
    stage: 'evaluated',
    sizeBytes: 500,
    screening: { sqnrDb: 35, klDivergence: 1e-3, grade: 'match', samples: 32, inputs: 'data' },
    loss: { of: 'accuracy', value: 0, interval: [-0.005, 0.005], samples: 1200, inputs: 'data', ...loss },
    ...facts,
  };
}

export function timingOf(ratio: number, facts: Partial<Timing> = {}): Timing {
  const verdict = ratio > 1.05 ? 'faster' : ratio < 0.95 ? 'slower' : 'same';
  return {
    medianMs: 1 / ratio,
    p95Ms: 1.2 / ratio,
    ratio,
    interval: [ratio * 0.98, ratio * 1.02],
    noiseFloor: 0.01,
    verdict,
    original: { medianMs: 1, intervalMs: [0.99, 1.01] },
    ...facts,
  };
}
