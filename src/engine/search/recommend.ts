/** The candidate that a search recommends, the ones after it, and the nearest miss. */
import { isNotablySmaller } from '../verdict/size-verdict';
import { smallestDifference } from '../verdict/speed-verdict';
import { ownTiming, reportedLoss, type Candidate } from './candidate';
import type { Loss } from '../verdict/loss';
import { expectedLosses } from './expected-loss';
import { measurablyLess } from '../verdict/dominance';
import { brokenRequirements, confirmationOf, leastSqnrDb, limitOf, unseenLoss, type Requirement } from './loss';
import type { SearchGoal, SearchLimits, SearchObjective } from './search-goal';

export type Miss = Requirement;

export interface Recommendation {
  /** `null`: nothing that was tried reaches the goal within the limits. */
  readonly best: Candidate | null;
  /** Without a recommendation: the candidate that exceeds a limit by the least, and that limit. */
  readonly nearestMiss: (Miss & { readonly candidate: Candidate }) | null;
}

/** One that most likely loses no more than this share of the limit is as good as safe. */
const likelyShare = 0.5;

/** Smaller by less is not worth another file. */
const leastGain = 0.01;

/** The candidates that may be recommended, best first. Unevaluated candidates are not among them. */
export function rankForGoal(
  candidates: readonly Candidate[],
  { objective, limits }: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
): readonly Candidate[] {
  const within = candidates.filter(
    (candidate) =>
      isSound(candidate) && missesOf(candidate, limits).length === 0 && gains(candidate, objective, originalBytes),
  );
  return inOrder(within, objective);
}

/**
 * Returns the first of the ranking. It is never a candidate with wrong outputs, without an evaluation, beyond a limit,
 * or refuted by held-out samples. Held-out samples decide first: one that they confirmed or, failing that, one that is
 * consistent with them. If no candidate was checked, it is one whose whole interval is within the limit. Otherwise it
 * is the smallest that most likely loses no more than half of the limit, or else the one that most likely loses least.
 * @param confirms whether samples are held out to confirm with.
 */
export function recommend(
  candidates: readonly Candidate[],
  goal: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
  confirms: boolean,
): Recommendation {
  const ranked = rankForGoal(candidates, goal, originalBytes);
  const best = (confirms ? bestConfirmed(ranked, goal.limits) : undefined) ?? safest(ranked, candidates, goal.limits);
  if (best !== undefined) return { best, nearestMiss: null };
  const misses = candidates.filter(isSound).flatMap((candidate) => {
    const [worst] = missesOf(candidate, goal.limits).toSorted((a, b) => excess(b) - excess(a));
    return worst !== undefined && couldGain(candidate, goal.objective, originalBytes) ? [{ ...worst, candidate }] : [];
  });
  const nearest = misses.length > 0 ? misses : unevaluatedMisses(candidates, goal.limits);
  return { best: null, nearestMiss: nearest.toSorted((a, b) => excess(a) - excess(b))[0] ?? null };
}

/** Candidates whose file is too large to be worth a run. None while a smaller one waits for its evaluation: that is nearer. */
function unevaluatedMisses(
  candidates: readonly Candidate[],
  { sizeBytes: allowed = Infinity }: SearchLimits,
): readonly (Miss & { readonly candidate: Candidate })[] {
  const made = candidates.filter(({ sizeBytes, stage }) => sizeBytes !== undefined && stage !== 'failed');
  if (made.some(({ sizeBytes }) => sizeBytes! <= allowed)) return [];
  return made.map((candidate) => ({ limit: 'sizeBytes', value: candidate.sizeBytes!, allowed, candidate }));
}

/**
 * Returns the first of a ranking that is confirmed within the limit, or else the first whose value is. If samples are
 * too few to confirm even a candidate without loss, a confirmation is only luck, and the value decides.
 */
function bestConfirmed(ranked: readonly Candidate[], limits: SearchLimits): Candidate | undefined {
  const isSure = ({ confirmed }: Candidate) =>
    confirmed?.word === 'confirmed' && unseenLoss(confirmed) <= limitOf(confirmed, limits);
  return ranked.find(isSure) ?? ranked.find(({ confirmed }) => confirmed !== undefined);
}

/** A candidate looks better than it is on the samples that selected it, so its value alone is not enough. */
function safest(
  ranked: readonly Candidate[],
  candidates: readonly Candidate[],
  limits: SearchLimits,
): Candidate | undefined {
  const isSafe = ({ loss }: Candidate) => confirmationOf(loss!, limits) === 'confirmed';
  const expected = expectedLosses(candidates);
  const shareOfLimit = ({ id, loss }: Candidate) => expected.get(id)! / Math.max(limitOf(loss!, limits), 1e-9);
  const isLikely = (candidate: Candidate) => shareOfLimit(candidate) <= likelyShare;
  return (
    ranked.find(isSafe) ?? ranked.find(isLikely) ?? ranked.toSorted((a, b) => shareOfLimit(a) - shareOfLimit(b))[0]
  );
}

/** The candidate is made and evaluated, and its outputs are not wrong. */
function isSound({ stage, screening, loss, sizeBytes }: Candidate): boolean {
  const isWrong = screening === undefined || screening.grade === 'wrong' || screening.grade === 'not-comparable';
  return stage !== 'failed' && !isWrong && loss !== undefined && sizeBytes !== undefined;
}

/** Returns every limit that a measurement exceeds. A limit on something that was not measured counts as exceeded. */
function missesOf(candidate: Candidate, limits: SearchLimits): readonly Miss[] {
  const { loss, confirmed, sizeBytes, screening } = candidate;
  const timing = ownTiming(candidate);
  const misses: Miss[] = [];
  for (const each of [loss, confirmed]) {
    if (each !== undefined) misses.push(...brokenRequirements(each, limits));
  }
  const sqnrDb = screening?.sqnrDb ?? null;
  const leastDb = leastScreenedDb(loss, limits);
  if (sqnrDb !== null && sqnrDb < leastDb) misses.push({ limit: 'sqnrDb', value: sqnrDb, allowed: leastDb });
  if (limits.sizeBytes !== undefined && !(sizeBytes !== undefined && sizeBytes <= limits.sizeBytes)) {
    misses.push({ limit: 'sizeBytes', value: sizeBytes ?? Infinity, allowed: limits.sizeBytes });
  }
  if (limits.latencyMs !== undefined && !(timing !== undefined && timing.medianMs <= limits.latencyMs)) {
    misses.push({ limit: 'latencyMs', value: timing?.medianMs ?? Infinity, allowed: limits.latencyMs });
  }
  return misses;
}

/** The least SQNR that screening must show too, if the error decides or more samples do not show it. */
function leastScreenedDb(loss: Loss | undefined, limits: SearchLimits): number {
  if (loss?.of === 'outputs') return leastSqnrDb(loss, limits);
  return loss?.figures?.sqnrDb === undefined && limits.sqnrDb !== undefined ? limits.sqnrDb : -Infinity;
}

/** The excess over a limit, as a share of the limit. */
function excess({ limit, value, allowed }: Miss): number {
  if (limit === 'sqnrDb') return (allowed - value) / Math.max(1, Math.abs(allowed));
  return (value - allowed) / Math.max(allowed, 1e-3);
}

function gains(candidate: Candidate, objective: SearchObjective, originalBytes: number): boolean {
  const isSmaller = isNotablySmaller(originalBytes, candidate.sizeBytes!);
  const isFaster = ownTiming(candidate)?.verdict === 'faster';
  if (objective === 'size') return isSmaller;
  if (objective === 'latency') return isFaster;
  return (isSmaller || isFaster) && keepsAnswers(candidate);
}

/** Decides by measured times only. A candidate without one could be faster. */
function couldGain(candidate: Candidate, objective: SearchObjective, originalBytes: number): boolean {
  return objective === 'latency' && ownTiming(candidate) === undefined
    ? true
    : gains(candidate, objective, originalBytes);
}

/** Outputs within 3 % of the original's, and no loss that an interval shows. */
function keepsAnswers(candidate: Candidate): boolean {
  const { screening } = candidate;
  const loss = reportedLoss(candidate);
  const isNear = screening?.grade === 'identical' || screening?.grade === 'match';
  return (
    isNear &&
    (loss?.interval === null || loss === undefined || /^(answers|cosine)$/.test(loss.of) || loss.interval[0] <= 0)
  );
}

function inOrder(within: readonly Candidate[], objective: SearchObjective): readonly Candidate[] {
  const bySize = within.toSorted((a, b) => a.sizeBytes! - b.sizeBytes! || lossValue(a) - lossValue(b));
  if (objective !== 'latency') return withSimilarSizesByLoss(bySize);
  const byRatio = within.toSorted((a, b) => b.timing!.ratio - a.timing!.ratio);
  const fastest = byRatio[0]?.timing;
  if (fastest === undefined) return byRatio;
  // Among candidates about as fast that no measurement distinguishes from the fastest, the smallest comes first.
  const isAsFast = ({ timing }: Candidate) =>
    timing!.interval[1] >= fastest.interval[0] && timing!.ratio * (1 + smallestDifference) >= fastest.ratio;
  return [...bySize.filter(isAsFast), ...byRatio.filter((candidate) => !isAsFast(candidate))];
}

/** If two files differ in size by less than 1 %, the one with the measurably smaller loss comes first. */
function withSimilarSizesByLoss(bySize: readonly Candidate[]): readonly Candidate[] {
  const [first, second, ...rest] = bySize;
  if (first === undefined || second === undefined) return bySize;
  const isSimilar = second.sizeBytes! <= first.sizeBytes! * (1 + leastGain);
  const [a, b] = [reportedLoss(first)!, reportedLoss(second)!];
  return isSimilar && measurablyLess(b, a) ? [second, first, ...rest] : bySize;
}

function lossValue(candidate: Candidate): number {
  return reportedLoss(candidate)?.value ?? Infinity;
}
