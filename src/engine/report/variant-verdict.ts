/** The verdict on a variant of a report, by the best that is known of it. Every screen and document reads it here. */
import { originalId } from '../metrics/cell';
import { leadingEstimate } from '../metrics/describe-accuracy';
import { reportedLoss } from '../search/candidate';
import { verdictOfCandidate, verdictOfLoss, verdictOfMatch } from '../search/candidate-verdict';
import { usualGoal, type SearchLimits } from '../search/search-goal';
import { lossOfDifference, type Loss } from '../verdict/loss';
import type { LossVerdict } from '../verdict/loss-verdict';
import { findEvaluation, findSearched } from './find-in-report';
import type { Report } from './report-schema';
import { standingMatch } from './standing-match';

export interface KnownVerdict {
  readonly loss: Loss;
  readonly verdict: LossVerdict;
  /** `evaluation`: of the task, on data. `search`: as the search measured it. `outputs`: the error of the outputs alone. */
  readonly from: 'evaluation' | 'search' | 'outputs';
  /** What it was measured on. Absent: samples. */
  readonly basis?: 'held-out sample';
}

/** The limits of the search of a report, or the default ones. */
export function limitsOf({ search }: Pick<Report, 'search'>): SearchLimits {
  return search?.goal.limits ?? usualGoal.limits;
}

/**
 * The loss of a variant and its verdict: of an evaluation with labels, else of the search that evaluated it, else of its
 * outputs. `undefined` if nothing was compared, or the outputs are wrong or not comparable.
 */
export function knownVerdict(report: Report, variantId: string): KnownVerdict | undefined {
  return evaluatedVerdict(report, variantId) ?? searchedVerdict(report, variantId) ?? matchVerdict(report, variantId);
}

/** The verdict of an evaluation with labels. */
export function evaluatedVerdict(report: Report, variantId: string): KnownVerdict | undefined {
  const evaluation = findEvaluation(report, variantId);
  if (evaluation?.difference === undefined) return undefined;
  const { difference, samples } = evaluation;
  const original = findEvaluation(report, originalId);
  const before = original && leadingEstimate(original);
  const loss = lossOfDifference(
    difference,
    samples,
    before?.metric === difference.metric ? before.estimate.value : undefined,
  );
  if (loss === undefined) return undefined;
  // A search selects with at least three tenths of these samples (split-evaluation.ts).
  const found = findSearched(report, variantId);
  const isSelected = found !== undefined && report.search!.samples.search > 0 && found.confirmed?.word !== 'confirmed';
  const context = { available: availableOf(report), ...(isSelected && { unconfirmed: 'selected' as const }) };
  return { loss, verdict: verdictOfLoss(loss, limitsOf(report), context), from: 'evaluation' };
}

function searchedVerdict(report: Report, variantId: string): KnownVerdict | undefined {
  const found = findSearched(report, variantId);
  const loss = found && reportedLoss(found);
  if (found === undefined || loss === undefined) return undefined;
  const context = { selects: report.search!.samples.search > 0, available: availableOf(report) };
  const isHeldOut = found.confirmed !== undefined && found.confirmed.isPlanned !== true;
  const verdict = verdictOfCandidate(found, limitsOf(report), context)!;
  return { loss, verdict, from: 'search', ...(isHeldOut && { basis: 'held-out sample' }) };
}

function matchVerdict(report: Report, variantId: string): KnownVerdict | undefined {
  const match = standingMatch(report, variantId)?.outputMatch;
  const known = match && verdictOfMatch(match, limitsOf(report));
  return known && { ...known, from: 'outputs' };
}

function availableOf({ evaluationData }: Report): number | undefined {
  return evaluationData && evaluationData.samples - Math.min(evaluationData.split.calibration, evaluationData.samples);
}
