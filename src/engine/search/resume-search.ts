/** The results that a continued search keeps: nothing is measured twice. */
import { ownTiming, type Candidate } from './candidate';
import { withConfirmations } from './confirmations';
import { timedOn, type SearchGoal } from './search-goal';
import type { SearchState } from './search-journal';

/**
 * The candidates of a search that continues another on the same model and data. Candidates that had no time or were
 * stopped continue where they stopped. Decisions that follow only from the goal are made again. Candidates that are no
 * longer planned keep their results.
 * @param keepsTimings false if the device is another one: times are measured again, outputs stay.
 */
export function withFound(
  planned: readonly Candidate[],
  found: Pick<SearchState, 'candidates' | 'goal'>,
  { goal, keepsTimings }: { readonly goal: SearchGoal; readonly keepsTimings: boolean },
): readonly Candidate[] {
  const isTimedAlike = keepsTimings && timedOn(found.goal) === timedOn(goal);
  const earlier = isTimedAlike ? found.candidates : found.candidates.map(withoutTiming);
  const known = new Map(earlier.map((candidate) => [candidate.id, candidate]));
  const wanted = new Set(planned.map(({ id }) => id));
  const others = earlier.filter(({ id, loss, stage }) => !wanted.has(id) && (loss !== undefined || stage === 'failed'));
  const candidates = [...planned, ...others].map((candidate) => {
    const before = known.get(candidate.id);
    if (before === undefined) return candidate;
    const facts = inSequence(before, wanted.has(before.id) ? candidate : {});
    if (isSettled(facts, found.goal, goal)) return facts;
    const { reason: _reason, ...rest } = facts;
    return { ...rest, stage: stageOf(rest) };
  });
  return withConfirmations(candidates, goal.limits);
}

/** Another goal has another sequence. Checks as a part of the former one do not count in it. */
function inSequence(earlier: Candidate, { sequence }: Pick<Candidate, 'sequence'>): Candidate {
  const { sequence: before, confirmed, ...facts } = earlier;
  const now = facts.screening === undefined ? sequence : before === undefined ? undefined : sequence;
  const isSame = (before === undefined) === (now === undefined);
  const after = { ...facts, ...(now !== undefined && { sequence: now }) };
  if (isSame) return { ...after, ...(confirmed && { confirmed }) };
  return { ...after, stage: facts.stage === 'confirmed' ? stageOf(facts) : facts.stage };
}

function isSettled({ stage, sizeBytes, screening }: Candidate, before: SearchGoal, now: SearchGoal): boolean {
  if (stage === 'held' || stage === 'made' || stage === 'planned') return false;
  const most = ({ limits }: SearchGoal) => limits.sizeBytes ?? Infinity;
  const wasTooLarge = stage === 'eliminated' && screening === undefined && (sizeBytes ?? 0) > most(before);
  return !wasTooLarge || sizeBytes! > most(now);
}

function stageOf(candidate: Candidate): Candidate['stage'] {
  const { confirmed, loss, screening } = candidate;
  if (confirmed !== undefined) return 'confirmed';
  if (ownTiming(candidate) !== undefined) return 'timed';
  if (loss !== undefined) return 'evaluated';
  return screening === undefined ? 'planned' : 'screened';
}

/** Candidates that another provider refused are tried again, too. */
function withoutTiming({ timing, refusedBy, ...candidate }: Candidate): Candidate {
  if (refusedBy !== undefined) {
    const { reason: _reason, ...facts } = candidate;
    return { ...facts, stage: stageOf(facts) };
  }
  if (timing === undefined) return candidate;
  return { ...candidate, stage: candidate.stage === 'timed' ? stageOf(candidate) : candidate.stage };
}
