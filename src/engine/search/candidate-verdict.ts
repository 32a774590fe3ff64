/** Holds candidates and evaluated variants against the limits of a search, or the default ones. */
import type { OutputMatch } from '../metrics/cell';
import type { Evaluation } from '../metrics/evaluation';
import { levelOf, matchGrade, relativeError, type GradedMatch } from '../metrics/match-grade';
import type { Loss, OutputLimit } from '../verdict/loss';
import { lossVerdict, worstVerdict, type LossContext, type LossVerdict } from '../verdict/loss-verdict';
import type { Candidate } from './candidate';
import { lossOf, ownLimitOf, requirementsOf } from './loss';

export { limitOf } from './loss';
import { usualGoal, type SearchLimits } from './search-goal';

interface LossWithVerdict {
  readonly loss: Loss;
  readonly verdict: LossVerdict;
}

/**
 * Holds a loss against every limit that applies to it; the worst outcome counts.
 * @param context what is known of the samples.
 */
export function verdictOfLoss(
  loss: Loss,
  limits: SearchLimits,
  context: Omit<LossContext, 'limit' | 'isDefaultLimit'> = {},
): LossVerdict {
  const verdicts = requirementsOf(loss, limits).flatMap(({ limit: name, allowed }) => {
    const own = lossAt(loss, name);
    const limit = name === 'sqnrDb' ? relativeError(allowed) : allowed;
    if (own === undefined || limit === Infinity) return [];
    const isDefaultLimit =
      name === 'accuracyLoss' ? limit === usualGoal.limits.accuracyLoss : limits[name] === undefined;
    return [lossVerdict(own, { ...context, limit, isDefaultLimit })];
  });
  return worstVerdict(verdicts) ?? lossVerdict(loss, { ...context, limit: loss.value });
}

/** The loss in the unit of a limit. */
function lossAt(loss: Loss, name: keyof SearchLimits): Loss | undefined {
  if (name === ownLimitOf(loss)) return loss;
  const figure = loss.figures?.[name as OutputLimit];
  const shared = { samples: loss.samples, inputs: loss.inputs };
  if (figure === undefined) return undefined;
  if (name === 'sqnrDb') return { of: 'outputs', value: relativeError(figure.value), interval: null, ...shared };
  return { of: name === 'cosineLoss' ? 'cosine' : 'answers', ...figure, ...shared };
}

/**
 * The verdict on a candidate. It is within the limit only if samples that did not select it confirm that: the best of
 * many seems better than it is. `undefined`: nobody evaluated it.
 * @param selects whether the samples of the search select candidates. A person's own variants are not selected.
 */
export function verdictOfCandidate(
  candidate: Pick<Candidate, 'loss' | 'confirmed'>,
  limits: SearchLimits,
  { selects, ...context }: Pick<LossContext, 'available' | 'msPerSample'> & { readonly selects: boolean },
): LossVerdict | undefined {
  const { confirmed, loss = confirmed } = candidate;
  if (loss === undefined) return undefined;
  const unconfirmed = confirmed === undefined ? 'selected' : 'tested';
  const isOpen = selects && confirmed?.word !== 'confirmed';
  return verdictOfLoss(confirmed ?? loss, limits, { ...context, ...(isOpen && { unconfirmed }) });
}

/**
 * The verdict on an evaluated variant. `undefined` without the original on the same samples, and if the outputs cannot be
 * compared.
 */
export function verdictOfEvaluation(
  original: Evaluation | undefined,
  evaluation: Evaluation,
  limits: SearchLimits,
  context: Omit<LossContext, 'limit' | 'isDefaultLimit'> = {},
): LossWithVerdict | undefined {
  const loss = original === undefined ? undefined : lossOf(original, evaluation);
  if (original === undefined || loss === undefined) return undefined;
  const msPerSample = evaluation.ms / Math.max(1, evaluation.samples);
  return { loss, verdict: verdictOfLoss(loss, limits, { msPerSample, ...context }) };
}

/** The verdict on outputs alone. `undefined` if they are wrong or cannot be compared. */
export function verdictOfMatch(
  match: GradedMatch & Pick<OutputMatch, 'samples' | 'inputs'>,
  limits: SearchLimits,
): LossWithVerdict | undefined {
  if (['wrong', 'not-comparable'].includes(matchGrade(match))) return undefined;
  const value = match.identical ? 0 : relativeError(levelOf(match));
  const { samples, inputs } = match;
  const loss: Loss = { of: 'outputs', value, interval: null, samples, inputs };
  return { loss, verdict: verdictOfLoss(loss, limits) };
}
