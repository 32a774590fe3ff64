/** The facts of the work for the advisor: results that are still valid, never estimates. Pure. */
import { lacksEvaluation, type AdvisorFacts, type VariantFacts } from '../../../engine/advisor/advice';
import { variantFacts as factsOf } from '../../../engine/advisor/variant-facts';
import { doubtOf } from '../../../engine/metrics/accuracy-warnings';
import { executionProviders } from '../../../engine/metrics/cell';
import { knownVerdict, limitsOf, type KnownVerdict } from '../../../engine/report/variant-verdict';
import { verdictOfCandidate } from '../../../engine/search/candidate-verdict';
import { isNotablySmaller } from '../../../engine/verdict/size-verdict';
import type { VariantStanding } from '../../../engine/verdict/primary-action';
import { isRecipeStale } from '../recipe/made-by';
import { reportedLoss } from '../../../engine/search/candidate';
import { timedOn, usualGoal, type SearchLimits } from '../../../engine/search/search-goal';
import { currentSearch, searchedCandidate, unfinishedSearch } from '../search/searched-candidate';
import { isDataFed, isEvaluationStale } from '../data/data-selectors';
import {
  hasStaleCells,
  isCellStale,
  isFoundWrong,
  isUnchanged,
  selectMeasuredProviders,
  selectSelectedVariant,
} from '../workspace/selectors';
import { reportOfWorkspace, standingMatchOf } from './workspace-report';
import { cellKey, originalId, type Variant, type WorkspaceState } from '../workspace/workspace-store';
import { originalFacts } from '../recipe/original-facts';

/** `null` without a model. */
export function advisorFacts(state: WorkspaceState): AdvisorFacts | null {
  const { original, variants } = state;
  if (original === null) return null;
  const variant = selectSelectedVariant(state);
  const unfinished = unfinishedSearch(state);
  return {
    model: originalFacts(original),
    data: dataFacts(state),
    ...(state.search !== null && targetOf(state.search.goal.limits)),
    ...(unfinished !== null && { unfinished }),
    originalMs: medianMsOf(state, originalId),
    ...compiledRatioOf(state),
    ...(variant !== null && { variant: variantFacts(state, variant) }),
    made: variants.map(({ optimization }) => optimization.passes),
  };
}

/** `null` without data that fits the inputs. */
function dataFacts(state: WorkspaceState): AdvisorFacts['data'] {
  const { data } = state;
  if (data === null || !isDataFed(state)) return null;
  return isDataDoubted(state) ? { isLabeled: false, isDoubted: true } : { isLabeled: data.mapping.labels !== null };
}

/** True if the labels contradict nearly all outputs of the original: accuracy has no meaning then. */
export function isDataDoubted(state: WorkspaceState): boolean {
  if (currentSearch(state)?.doubt !== undefined) return true;
  return Object.values(state.evaluations).some(
    ({ evaluation }) =>
      evaluation.variant === originalId &&
      doubtOf(evaluation) !== undefined &&
      !isEvaluationStale(state, cellKey(originalId, evaluation.ep)),
  );
}

function targetOf({ sizeBytes, latencyMs }: SearchLimits): Pick<AdvisorFacts, 'target'> {
  return sizeBytes === undefined && latencyMs === undefined ? {} : { target: { sizeBytes, latencyMs } };
}

function compiledRatioOf(state: WorkspaceState): Pick<AdvisorFacts, 'compiledRatio'> {
  const key = cellKey(state.selected, 'compiled');
  const comparison = isCellStale(state, key) ? undefined : state.comparisons[key];
  return comparison?.verdict === 'faster' ? { compiledRatio: comparison.ratio } : {};
}

/** The time on the provider of the search, because the limits of a search apply to it. */
function medianMsOf(state: WorkspaceState, row: string): number | undefined {
  const key = cellKey(row, timedOn(state.search?.goal ?? usualGoal));
  return isCellStale(state, key) ? undefined : state.cells[key]?.steady.medianMs;
}

export function variantFacts(state: WorkspaceState, variant: Variant): VariantFacts {
  const { id, optimization } = variant;
  const cells = Object.values(state.cells).filter(
    ({ variant: row, ep }) => row === id && !isCellStale(state, cellKey(id, ep)),
  );
  const known = knownLoss(state, variant);
  return factsOf({
    sizeBytes: optimization.sizeBytes.variant,
    namesBytes: optimization.variant.namesBytes,
    passes: optimization.passes,
    isFromFile: variant.fromFile !== undefined,
    isSearched: searchedCandidate(state, variant) !== undefined,
    isWrong: isFoundWrong(state, id),
    medianMs: medianMsOf(state, id),
    match: standingMatchOf(state, id),
    // The advice on a compiled module has its own fact.
    comparisons: cells.flatMap(({ ep }) => (ep === 'compiled' ? [] : (state.comparisons[cellKey(id, ep)] ?? []))),
    known,
  });
}

/**
 * The loss of a variant against the limit: of the report of the work, or else of an earlier search. An evaluation whose data
 * contradicts the original shows none.
 */
function knownLoss(state: WorkspaceState, variant: Variant): KnownVerdict | undefined {
  const report = reportOfWorkspace(state);
  const known = report === null ? undefined : knownVerdict(report, variant.id);
  if (known?.from === 'evaluation' && isDataDoubted(state)) return undefined;
  const found = known === undefined || known.from === 'outputs' ? searchedCandidate(state, variant) : undefined;
  const loss = found && reportedLoss(found);
  if (report === null || found === undefined || loss === undefined) return known;
  return { loss, verdict: verdictOfCandidate(found, limitsOf(report), { selects: true })!, from: 'search' };
}

/** What decides on the filled button. */
export function standingOf(state: WorkspaceState, variant: Variant): VariantStanding {
  const { original, variant: sizeBytes } = variant.optimization.sizeBytes;
  const facts = variantFacts(state, variant);
  return {
    isStale: isRecipeStale(state),
    isUnchanged: isUnchanged(variant),
    gains: isNotablySmaller(original, sizeBytes) || isFasterSomewhere(state, variant.id),
    isWrong: facts.isWrong,
    word: facts.known?.verdict.word ?? null,
    lacksEvaluation: lacksEvaluation(facts, dataFacts(state)),
    isMeasured: selectMeasuredProviders(state, variant.id).length > 0 && !hasStaleCells(state),
  };
}

function isFasterSomewhere(state: WorkspaceState, id: string): boolean {
  // A compiled module is fast without the variant.
  return executionProviders.some((ep) => ep !== 'compiled' && state.comparisons[cellKey(id, ep)]?.verdict === 'faster');
}
