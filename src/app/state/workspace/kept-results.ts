/**
 * Searches and sensitivities that are over. One search is in view, and the others hold results that it lacks. Results
 * stay unless a person removes them. Pure.
 */
import { formatCounted } from '../../../engine/format';
import { recipeKey } from '../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../engine/search/candidate';
import { timedOn } from '../../../engine/search/search-goal';
import type { SearchState } from '../../../engine/search/search-journal';
import type { OngoingSearch, OngoingSensitivity, SavedParts, WorkDocument } from './workspace-store';

type KeptSearches = Pick<WorkDocument, 'search' | 'otherSearches'>;

/** True if the work holds anything that was found. It is closed or replaced only after a question. Work of earlier versions may lack parts. */
export function holdsResults(work: Partial<SavedParts>): boolean {
  const { variants = [], otherSearches = [], search, ongoingSearch, ongoingSensitivity } = work;
  const { sensitivities = {}, evaluations = {}, cells = {}, sweeps = {} } = work;
  return (
    [search, ongoingSearch, ongoingSensitivity].some((each) => each != null) ||
    [variants, otherSearches, sensitivities, evaluations, cells, sweeps].some((each) => Object.keys(each).length > 0)
  );
}

/** The largest number of other searches. Beyond it, the oldest is removed with a notice. */
export const mostOtherSearches = 20;

/** The results that take long to find again. */
const findings = ['loss', 'confirmed', 'timing'] as const;

function isFound(candidate: Candidate): boolean {
  return findings.some((finding) => candidate[finding] !== undefined);
}

/** True if one search has results for all recipes of the other, with the same data and on the same provider. */
function holdsAllOf(one: SearchState, other: SearchState): boolean {
  const found = other.candidates.filter(isFound);
  if (found.length === 0) return true;
  if (one.basis !== other.basis || timedOn(one.goal) !== timedOn(other.goal)) return false;
  const own = new Map(one.candidates.map((candidate) => [recipeKey(candidate.recipe), candidate]));
  return found.every((candidate) => {
    const same = own.get(recipeKey(candidate.recipe));
    return findings.every((finding) => candidate[finding] === undefined || same?.[finding] !== undefined);
  });
}

function isComplete({ stopReason }: SearchState): boolean {
  return stopReason === 'finished' || stopReason === 'time';
}

/**
 * Adds a search that has ended. It comes into view unless it was stopped and the one in view is complete: then it
 * stands beside that one, unless its data differs. A search without results of its own is left out.
 */
export function withEnded({ search, otherSearches }: KeptSearches, ended: OngoingSearch): KeptSearches {
  const { found, isContinued } = ended;
  const all = [...(search === null ? [] : [search]), ...otherSearches];
  const mayReplace = (kept: SearchState): boolean => isComplete(found) || !isComplete(kept) || isContinued;
  const rest = all.filter((kept) => !(mayReplace(kept) && holdsAllOf(found, kept)));
  const isNew = isComplete(found) || !rest.some((kept) => holdsAllOf(kept, found));
  const isOfSameWork = search?.basis === found.basis;
  const staysInView =
    search !== null && rest.includes(search) && isOfSameWork && isComplete(search) && !isComplete(found);
  if (!staysInView) {
    // A stopped search that found nothing is still the only one there is.
    return isNew || rest.length === 0 ? { search: found, otherSearches: rest } : { search, otherSearches };
  }
  const others = rest.filter((kept) => kept !== search);
  return { search, otherSearches: isNew ? [found, ...others] : others };
}

export function withShown({ search, otherSearches }: KeptSearches, shown: SearchState): KeptSearches {
  if (!otherSearches.includes(shown)) return { search, otherSearches };
  const rest = otherSearches.filter((kept) => kept !== shown);
  return { search: shown, otherSearches: [...(search === null ? [] : [search]), ...rest] };
}

/** Removes the search in view, and the next one takes its place. */
export function withoutShown({ otherSearches }: KeptSearches): KeptSearches {
  const [next, ...rest] = otherSearches;
  return { search: next ?? null, otherSearches: rest };
}

const objectives = { size: 'Smaller', latency: 'Faster', accuracy: 'Most accurate' } as const;

/** `Smaller: 12 of 22 evaluated, stopped` */
export function nameOfSearch({ goal, candidates, stopReason }: SearchState): string {
  const evaluated = candidates.filter(({ loss }) => loss !== undefined).length;
  const stopped = stopReason === 'canceled' || stopReason === null ? ', stopped' : '';
  return `${objectives[goal.objective]}: ${evaluated} of ${formatCounted(candidates.length, 'recipe')} evaluated${stopped}`;
}

/** The latest of a technique comes first. */
export function withSensitivity(
  sensitivities: WorkDocument['sensitivities'],
  { key, ...recorded }: OngoingSensitivity,
): Pick<WorkDocument, 'sensitivities'> {
  const { [key]: _old, ...others } = sensitivities;
  return { sensitivities: { [key]: recorded, ...others } };
}
