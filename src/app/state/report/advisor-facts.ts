/** The facts of the work for the advisor: results that are still valid, never estimates. Pure. */
import type { AdvisorFacts, VariantFacts } from '../../../engine/advisor/advice';
import { lossOfDifference, variantFacts as factsOf } from '../../../engine/advisor/variant-facts';
import { doubtOf } from '../../../engine/metrics/accuracy-warnings';
import type { Evaluation } from '../../../engine/metrics/evaluation';
import { reportedLoss } from '../../../engine/search/candidate';
import { timedOn, usualGoal, type SearchLimits } from '../../../engine/search/search-goal';
import { currentSearch, searchedCandidate, unfinishedSearch } from '../search/searched-candidate';
import { isDataFed, isEvaluationStale } from '../data/data-selectors';
import { isCellStale, isFoundWrong, selectSelectedVariant } from '../workspace/selectors';
import { standingMatchOf } from './workspace-report';
import { cellKey, originalId, type Variant, type WorkData, type WorkspaceState } from '../workspace/workspace-store';
import { originalFacts } from '../recipe/original-facts';

/** `null` without a model. */
export function advisorFacts(state: WorkspaceState): AdvisorFacts | null {
  const { original, data, variants } = state;
  if (original === null) return null;
  const variant = selectSelectedVariant(state);
  const unfinished = unfinishedSearch(state);
  return {
    model: originalFacts(original),
    data: data !== null && isDataFed(state) ? dataFacts(state, data) : null,
    ...(state.search !== null && askedFor(state.search.goal.limits)),
    ...(unfinished !== null && { unfinished }),
    originalMs: medianMsOf(state, originalId),
    ...(variant !== null && { variant: variantFacts(state, variant) }),
    made: variants.map(({ optimization }) => optimization.passes),
  };
}

function dataFacts(state: WorkspaceState, { mapping }: WorkData): AdvisorFacts['data'] {
  return isDataDoubted(state) ? { isLabeled: false, isDoubted: true } : { isLabeled: mapping.labels !== null };
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

function askedFor({ accuracyLoss, sizeBytes, latencyMs }: SearchLimits): Pick<AdvisorFacts, 'acceptedLoss' | 'target'> {
  const isMore = sizeBytes !== undefined || latencyMs !== undefined;
  return { acceptedLoss: accuracyLoss, ...(isMore && { target: { sizeBytes, latencyMs } }) };
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
  const loss = lossOf(state, variant);
  return factsOf({
    sizeBytes: optimization.sizeBytes.variant,
    namesBytes: optimization.variant.namesBytes,
    passes: optimization.passes,
    isFromFile: variant.fromFile !== undefined,
    isSearched: searchedCandidate(state, variant) !== undefined,
    isWrong: isFoundWrong(state, id),
    medianMs: medianMsOf(state, id),
    match: standingMatchOf(state, id),
    comparisons: cells.flatMap(({ ep }) => state.comparisons[cellKey(id, ep)] ?? []),
    loss,
    doubt: loss && doubtOfLoss(state, variant),
  });
}

function doubtOfLoss(state: WorkspaceState, variant: Variant): VariantFacts['doubt'] {
  const found = searchedCandidate(state, variant);
  if (found === undefined || standingEvaluation(state, variant.id) !== undefined) return undefined;
  // No other samples exist if all of them served the choice.
  if (found.confirmed === undefined) return currentSearch(state)!.samples.confirm > 0 ? 'unchecked' : undefined;
  return found.confirmed.word === 'contradicted' ? 'refuted' : undefined;
}

/** The accuracy loss of a variant: from an evaluation that is still valid, else from the search that evaluated it. */
export function lossOf(
  state: WorkspaceState,
  variant: Pick<Variant, 'id' | 'recipe' | 'fromFile'>,
): VariantFacts['loss'] {
  const evaluation = standingEvaluation(state, variant.id);
  const difference = evaluation?.difference;
  if (difference === undefined) return searchedLossOf(state, variant);
  if (isDataDoubted(state)) return undefined;
  return lossOfDifference(difference, evaluation!.samples);
}

function standingEvaluation(state: WorkspaceState, row: string): Evaluation | undefined {
  const all = Object.values(state.evaluations).map(({ evaluation }) => evaluation);
  return all.find(({ variant, ep }) => variant === row && !isEvaluationStale(state, cellKey(row, ep)));
}

function searchedLossOf(state: WorkspaceState, variant: Pick<Variant, 'recipe' | 'fromFile'>): VariantFacts['loss'] {
  const found = searchedCandidate(state, variant);
  const lost = found === undefined ? undefined : reportedLoss(found);
  if (lost?.of !== 'accuracy' || lost.interval === null) return undefined;
  return { value: lost.value, least: lost.interval[0], most: lost.interval[1], samples: lost.samples };
}
