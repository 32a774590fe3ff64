/**
 * Decides which candidates samples confirm. In at most 5 of 100 searches a candidate is confirmed that loses more than
 * the limit, however many are tested: they share the 5 %.
 *
 * One half goes to recipes that were planned before any sample was read. They are tested on all samples, from the
 * safest to the smallest, as long as each is confirmed. Such a fixed sequence needs no further correction (Maurer,
 * Hothorn and Lehmacher, "Multiple comparisons in drug clinical trials and preclinical assays: a-priori ordered
 * hypotheses", 1995). The other half goes to selected candidates, tested on held-out samples. Each takes half of the
 * remaining level, and returns it if it is confirmed. If the whole sequence is confirmed, its half goes to them, too.
 * All this is one sequentially rejective weighted Bonferroni test (Hommel, Bretz and Maurer, "Powerful short-cuts for
 * multiple testing procedures with special reference to gatekeeping strategies", Statistics in Medicine 26, 2007).
 */
import { normalQuantile975, normalTail } from '../metrics/normal-quantile';
import type { Candidate, CheckedLoss, Confirmation } from './candidate';
import type { Loss } from '../verdict/loss';
import { expectedLosses } from './expected-loss';
import { confirmationOf, limitOf } from './loss';
import { rankForGoal } from './recommend';
import type { SearchGoal, SearchLimits } from './search-goal';

/** The largest share of searches that confirm a candidate whose true loss exceeds the limit. */
const falsely = 0.05;
/**
 * The level of the planned recipes, and of the selected ones. It is one-sided, so the 95 % interval of a confirmed one
 * is within the limit.
 */
const half = falsely / 2;

/** A level at which nothing is confirmed. */
const never = -1;

type Tested = Candidate & { readonly confirmed: NonNullable<Candidate['confirmed']> };

/** The same candidates, with the outcome of each that was checked. Further checks can only add confirmations. */
export function withConfirmations(candidates: readonly Candidate[], limits: SearchLimits): readonly Candidate[] {
  const words = confirmationsOf(candidates, limits);
  if (words.size === 0) return candidates;
  return candidates.map((candidate) => {
    const word = words.get(candidate.id);
    return word === undefined ? candidate : { ...candidate, confirmed: { ...candidate.confirmed!, word } };
  });
}

function confirmationsOf(candidates: readonly Candidate[], limits: SearchLimits): ReadonlyMap<string, Confirmation> {
  return testedInTurn(candidates, limits).words;
}

/** The outcomes, and the level at which the next selected candidate is tested. */
function testedInTurn(
  candidates: readonly Candidate[],
  limits: SearchLimits,
): { readonly words: ReadonlyMap<string, Confirmation>; readonly level: number } {
  const words = new Map<string, Confirmation>();
  let isOpen = true;
  for (const planned of plannedSequence(candidates)) {
    if (isTested(planned)) words.set(planned.id, confirmationOf(planned.confirmed, limits, isOpen ? half : never));
    isOpen &&= words.get(planned.id) === 'confirmed';
  }
  let left = isOpen ? falsely : half;
  for (const { id, confirmed } of chosenInOrder(candidates)) {
    const word = confirmationOf(confirmed, limits, left / 2);
    words.set(id, word);
    if (word !== 'confirmed') left /= 2;
  }
  return { words, level: left / 2 };
}

/** Orders candidates as they were checked. */
function chosenInOrder(candidates: readonly Candidate[]): readonly Tested[] {
  return candidates
    .filter(isTested)
    .filter(({ confirmed }) => confirmed.isPlanned !== true)
    .toSorted((a, b) => (a.confirmed.place ?? 0) - (b.confirmed.place ?? 0));
}

/** The loss of the next check, with its place among the selected candidates. */
export function inOrderOfChecks(candidates: readonly Candidate[], loss: CheckedLoss): CheckedLoss {
  return loss.isPlanned === true ? loss : { ...loss, place: chosenInOrder(candidates).length };
}

/**
 * The part of the planned sequence that ran on samples. Recipes that could not be made, or had no time, leave no gap,
 * because that says nothing about samples.
 */
function plannedSequence(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates
    .filter(({ sequence, screening }) => sequence !== undefined && screening !== undefined)
    .toSorted((a, b) => a.sequence! - b.sequence!);
}

function isTested(candidate: Candidate): candidate is Tested {
  return candidate.confirmed !== undefined;
}

/**
 * Returns the candidates to check, the next one first, so that the best is confirmed: down the ranking to the first
 * that is confirmed already. The planned sequence comes first, as far as it is wanted and unbroken. If it is confirmed,
 * others have twice the level. Selected candidates follow. First come those that are more likely confirmed than not,
 * since each failure takes level from the later ones. Then come those that most likely lose no more than half of the
 * limit. Planned recipes after an unconfirmed one come last. They can no longer be confirmed, and only inform about
 * others.
 * @param heldOut the number of held-out samples.
 */
export function toConfirm(
  candidates: readonly Candidate[],
  goal: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
  heldOut: number,
): readonly Candidate[] {
  const ranked = rankForGoal(candidates, goal, originalBytes);
  const known = ranked.findIndex(({ confirmed }) => confirmed?.word === 'confirmed');
  const better = known < 0 ? ranked : ranked.slice(0, known);
  const sequence = plannedSequence(ranked);
  const broken = sequence.findIndex((candidate) => !isConfirmable(candidate, goal.limits));
  const open = broken < 0 ? sequence : sequence.slice(0, broken);
  const planned = open.slice(0, Math.max(-1, ...better.map((candidate) => open.indexOf(candidate))) + 1);
  const chosen = better.filter(({ sequence: place }) => place === undefined);
  const { level } = testedInTurn(candidates, goal.limits);
  const expected = expectedLosses(candidates);
  const roomOf = ({ id, loss }: Candidate) => limitOf(loss!, goal.limits) - expected.get(id)!;
  const isLikely = (candidate: Candidate) =>
    normalTail(roomOf(candidate) / spreadOf(candidate.loss!, heldOut)) <= level;
  const isSafe = (candidate: Candidate) => roomOf(candidate) >= limitOf(candidate.loss!, goal.limits) / 2;
  const wanted = [...planned, ...chosen.filter(isLikely), ...chosen.filter(isSafe), ...chosen, ...better];
  return [...new Set(wanted)].filter((candidate) => !isTested(candidate));
}

/** Standard error that a loss will have on so many samples. Infinity of a loss without an interval. */
function spreadOf({ value, interval, samples }: Loss, count: number): number {
  return interval === null ? Infinity : ((interval[1] - value) / normalQuantile975) * Math.sqrt(samples / count);
}

/** It is not tested yet, or is confirmed as soon as those before it are. */
function isConfirmable({ confirmed }: Candidate, limits: SearchLimits): boolean {
  return confirmed === undefined || confirmationOf(confirmed, limits, half) === 'confirmed';
}
