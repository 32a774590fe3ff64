/** A search among candidates whose true loss is known: its samples are drawn, and all else goes as in a real one. */
import { normalQuantile975 } from '../../metrics/normal-quantile';
import type { SeededRandom } from '../../seeded-random';
import type { Candidate } from '../candidate';
import type { Loss } from '../../verdict/loss';
import { toConfirm } from '../confirmations';
import { confirmationOf } from '../loss';
import { usualGoal } from '../search-goal';
import { afterEvent, type SearchEvent, type SearchState } from '../search-journal';
import { evaluatedCandidate } from './made-candidate';

export interface SimulatedCandidates {
  /** True losses of the planned sequence: the largest file, and the smallest. */
  readonly planned: readonly number[];
  /** The other candidates, the smallest last. */
  readonly chosen: readonly number[];
  /** Looked at afterwards one by one, as long as samples contradict the one before. */
  readonly mixed: readonly number[];
}

export interface SimulatedSamples {
  readonly search: number;
  readonly confirm: number;
  /** Share on which a candidate and the original differ in being right. */
  readonly discordant: number;
}

type Counts = readonly [onlyOriginal: number, onlyVariant: number];

interface Drawn {
  readonly trueLoss: number;
  readonly search: Counts;
  readonly confirm: Counts;
}

const originalBytes = 1000;

/** True losses of the confirmed candidates, by id. */
export function simulateSearch(
  { planned, chosen, mixed }: SimulatedCandidates,
  samples: SimulatedSamples,
  random: SeededRandom,
  isPooled = ({ sequence }: Pick<Candidate, 'sequence'>): boolean => sequence !== undefined,
): ReadonlyMap<string, number> {
  const drawn = new Map<string, Drawn>();
  const add = (id: string, trueLoss: number, sizeBytes: number, sequence?: number): Candidate => {
    const draw = (count: number) => drawCounts(trueLoss, count, samples.discordant, random);
    drawn.set(id, { trueLoss, search: draw(samples.search), confirm: draw(samples.confirm) });
    const loss = lossOf([drawn.get(id)!.search], samples.search);
    // Outputs are as far from the original's as much is lost.
    const { screening, ...evaluated } = evaluatedCandidate(id, { sizeBytes, loss });
    const klDivergence = Math.max(1e-4, 3 * trueLoss);
    return { ...evaluated, screening: { ...screening!, klDivergence }, ...(sequence !== undefined && { sequence }) };
  };
  const candidates = [
    ...planned.map((loss, index) => add(`planned-${index}`, loss, 900 - 800 * index, index)),
    ...chosen.map((loss, index) => add(`chosen-${index}`, loss, 800 - 10 * index)),
  ];
  const begun = { goal: usualGoal, basis: '', originalBytes, samples, candidates, leftOut: [] };
  let state: SearchState = afterEvent(null, { kind: 'begun', ...begun });
  const tell = (event: SearchEvent): void => void (state = afterEvent(state, event));
  const check = (candidate: Candidate): void => {
    const { search, confirm } = drawn.get(candidate.id)!;
    const loss = isPooled(candidate)
      ? lossOf([search, confirm], samples.search + samples.confirm)
      : lossOf([confirm], samples.confirm);
    tell({
      kind: 'confirmed',
      id: candidate.id,
      loss: { ...loss, ...(candidate.sequence !== undefined && { isPlanned: true }) },
    });
  };
  for (let left = 3; left > 0; left--) {
    const [next] = toConfirm(state.candidates, usualGoal, originalBytes, samples.confirm);
    if (next !== undefined) check(next);
  }
  for (const [index, trueLoss] of mixed.entries()) {
    const mixture = add(`mixed-${index}`, trueLoss, 300 + index);
    state = { ...state, candidates: [...state.candidates, mixture] };
    if (confirmationOf(mixture.loss!, usualGoal.limits) !== 'contradicted') check(mixture);
    if (state.candidates.at(-1)!.confirmed?.word === 'confirmed') break;
  }
  return new Map(
    state.candidates.flatMap(({ id, confirmed }) =>
      confirmed?.word === 'confirmed' ? [[id, drawn.get(id)!.trueLoss]] : [],
    ),
  );
}

function lossOf(counts: readonly Counts[], samples: number): Loss {
  const [onlyOriginal, onlyVariant] = [0, 1].map((side) => counts.reduce((sum, own) => sum + own[side]!, 0));
  const value = (onlyOriginal! - onlyVariant!) / samples;
  const facts = { onlyOriginal: onlyOriginal!, onlyVariant: onlyVariant! };
  const half = (normalQuantile975 * Math.sqrt(onlyOriginal! + onlyVariant! - samples * value ** 2)) / samples;
  return { of: 'accuracy', value, interval: [value - half, value + half], samples, inputs: 'data', ...facts };
}

function drawCounts(trueLoss: number, samples: number, discordant: number, random: SeededRandom): Counts {
  const shareOfOriginal = (discordant + trueLoss) / 2;
  const onlyOriginal = binomial(samples, shareOfOriginal, random);
  return [onlyOriginal, binomial(samples - onlyOriginal, (discordant - trueLoss) / 2 / (1 - shareOfOriginal), random)];
}

/** Draws a binomial number by the gaps between successes. */
function binomial(trials: number, share: number, random: SeededRandom): number {
  let successes = -1;
  for (let place = 0; place <= trials; successes++) {
    place += 1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - share));
  }
  return successes;
}
