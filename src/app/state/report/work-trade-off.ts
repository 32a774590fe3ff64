/** The trade-off of all candidates: those of the search, and the variants that a person made. Pure. */
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import { matchGrade } from '../../../engine/metrics/match-grade';
import type { Candidate } from '../../../engine/search/candidate';
import type { Loss } from '../../../engine/verdict/loss';
import { lossOf, lossOfMatch } from '../../../engine/search/loss';
import { timedOn, usualGoal } from '../../../engine/search/search-goal';
import { resultOf, type SearchResult, type SearchState } from '../../../engine/search/search-journal';
import { findByRecipe } from '../../../engine/recipe/same-recipe';
import { isEvaluationStale } from '../data/data-selectors';
import { isCellStale, originalBytes } from '../workspace/selectors';
import { standingMatchOf } from './workspace-report';
import { cellKey, originalId, type ReportedWork, type Variant } from '../workspace/workspace-store';
import { measuredTiming, withMeasuredTimings } from '../search/measured-timings';
import { currentSearch } from '../search/searched-candidate';

/** The search that runs, else the one in view, without the variants that a person made: they are not what it found. `null`: there is none. */
export function searchedTradeOff(state: ReportedWork): SearchResult | null {
  const search = shownSearch(state);
  return search === null ? null : resultOf(withTimings(state, search));
}

/**
 * Returns the trade-off of the running search, else of the one in view; `null` if nothing was made yet. Only a search
 * recommends a variant.
 */
export function workTradeOff(state: ReportedWork): SearchResult | null {
  const { original, variants } = state;
  const search = shownSearch(state);
  if (original === null || (search === null && variants.length === 0)) return null;
  const current = currentSearch({ ...state, search });
  const base = search === null ? withoutSearch(originalBytes(original)) : withTimings(state, search);
  const others = variants.filter(
    ({ recipe, fromFile }) => fromFile !== undefined || findByRecipe(base.candidates, recipe) === undefined,
  );
  // The results of a search of another model or other data are not comparable with them.
  const own =
    search !== null && current === null ? [] : others.map((variant) => candidateOf(state, variant, timedOn(base.goal)));
  return resultOf({ ...base, candidates: inOneUnit([...base.candidates, ...own]) });
}

function shownSearch({ ongoingSearch, search }: ReportedWork): SearchState | null {
  return ongoingSearch?.found ?? search ?? null;
}

/** Adds the benchmark results of its candidates, if it is of this work. */
function withTimings(state: ReportedWork, search: SearchState): SearchState {
  return currentSearch({ ...state, search }) === null ? search : withMeasuredTimings(state, search);
}

function withoutSearch(sizeBytes: number): SearchState {
  const samples = { search: 0, confirm: 0 };
  return {
    goal: usualGoal,
    originalBytes: sizeBytes,
    samples,
    candidates: [],
    leftOut: [],
    stopReason: 'finished',
    spentMs: 0,
  };
}

function candidateOf(state: ReportedWork, variant: Variant, ep: ExecutionProvider): Candidate {
  const { id, name, recipe, optimization } = variant;
  const made = { id, name, recipe, sizeBytes: optimization.sizeBytes.variant } as const;
  const match = standingMatchOf(state, id);
  if (match !== undefined && matchGrade(match) === 'wrong') {
    return { ...made, stage: 'failed', reason: 'Its outputs are wrong.' };
  }
  const loss = evaluatedLoss(state, id) ?? measuredLoss(state, id);
  const timing = measuredTiming(state, id, ep);
  return {
    ...made,
    stage: loss === undefined ? 'made' : 'evaluated',
    ...(loss && { loss }),
    ...(timing && { timing }),
  };
}

function evaluatedLoss(state: ReportedWork, id: string): Loss | undefined {
  const key = cellKey(id, state.evaluationProvider);
  const [own, ofOriginal] = [key, cellKey(originalId, state.evaluationProvider)].map((each) =>
    isEvaluationStale(state, each) ? undefined : state.evaluations[each]?.evaluation,
  );
  return own === undefined || ofOriginal === undefined ? undefined : lossOf(ofOriginal, own);
}

/** The error of the outputs, as the benchmark compared them on WASM. */
function measuredLoss(state: ReportedWork, id: string): Loss | undefined {
  const key = cellKey(id, 'wasm');
  const cell = isCellStale(state, key) ? undefined : state.cells[key];
  return cell?.outputMatch.valid === true ? lossOfMatch({ ...cell.outputMatch, perOutput: [] }) : undefined;
}

/** The more is known the better: what right answers cost says more than what outputs differ by. */
const units = ['accuracy', 'error', 'perplexity', 'answers', 'cosine', 'outputs'] as const;

/**
 * One axis has one unit: the best in which any candidate is known. Candidates that are known in another unit count only
 * as made.
 */
function inOneUnit(candidates: readonly Candidate[]): readonly Candidate[] {
  const losses = candidates.flatMap(({ loss }) => loss ?? []);
  const rank = ({ of, inputs }: Loss): number => units.indexOf(of) + (inputs === 'data' ? 0 : units.length);
  const best = Math.min(...losses.map(rank));
  return candidates.map((candidate) => {
    const { loss, ...rest } = candidate;
    return loss === undefined || rank(loss) === best ? candidate : { ...rest, stage: 'made' };
  });
}
