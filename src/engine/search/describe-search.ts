/** Describes the result of a search in sentences. */
import {
  capitalize,
  formatBytes,
  formatCounted,
  formatDuration,
  formatList,
  formatPercent,
  formatProvider,
  formatSizeChange,
} from '../format';
import type { GlossaryTerm } from '../glossary';
import { kindNames } from '../metrics/output-kind';
import { formatRelativeError } from '../metrics/match-grade';
import { describeAmount, formatLoss } from '../verdict/loss';
import { describeClaim, describeSettling, nameOfBest, shortWords, type LossWord } from '../verdict/loss-verdict';
import { describeVerdict } from '../verdict/speed-verdict';
import { verdictOfCandidate } from './candidate-verdict';
import type { Loss } from '../verdict/loss';
import { isLeft, ownTiming, reportedLoss, type Candidate } from './candidate';
import {
  describeLimitOfSpeed,
  describeSafestLeft,
  describeSettings,
  nothingFound,
  safestLeft,
} from './describe-nothing';
import { rankForGoal } from './recommend';
import { timedOn, type SearchGoal, type SearchLimits, type SearchObjective } from './search-goal';
import { resultOf, type SearchResult, type SearchState } from './search-journal';
import { fewestToConfirm } from './split-evaluation';

interface SearchWording {
  /** True if gains and losses of the recommended candidate are shown beside the sentence, which then only counts recipes. */
  readonly isBestShown?: boolean;
  /** Tells the reader how to give a search more time: a sentence. */
  readonly moreTime?: string;
}

/**
 * Describes a search in sentences: `4-bit weights: 6.1× smaller. 0.2 points of accuracy lost, on 800 held-out samples.`
 * The search must be over. A result without a reason to stop is described as stopped.
 */
export function describeSearch(result: SearchResult, wording: SearchWording = {}): string {
  const isWhole = result.stopReason === 'finished' || result.stopReason === 'time';
  const described = `${describeFound(result, wording)}${describeSettings(result)}`;
  const found = isWhole ? described : `Search stopped. Results so far are kept. ${described}`;
  return result.doubt === undefined
    ? found
    : `${describeDoubt(result.doubt)} By agreement with the original alone: ${found}`;
}

/** The result as a document for other programs: with the reason, if the search is over and recommends none. */
export function documentOf(state: SearchState): SearchResult {
  const result = resultOf(state);
  return result.best === null && result.stopReason !== null ? { ...result, reason: describeSearch(result) } : result;
}

/** The sentence that comes first if the labels contradict the original itself. */
export function describeDoubt(doubt: string): string {
  return `Check the data first: ${doubt} Until then, accuracy is unknown.`;
}

function describeFound(result: SearchResult, { isBestShown, moreTime = 'Give it more time.' }: SearchWording): string {
  const { best, candidates, nearestMiss } = result;
  const found = candidates.find(({ id }) => id === best);
  if (found !== undefined) {
    const sentence =
      isBestShown === true && result.doubt === undefined
        ? bestOf(candidates)
        : `${found.name}: ${gainsOf(found, result)}${describeIntegers(found)}. ${describeReportedLoss(found, result)}`;
    return `${sentence}${describeSmaller(found, result, isBestShown)}${describeRefuted(found, result)}`;
  }
  const near = candidates.find(({ id }) => id === nearestMiss?.id);
  if (near !== undefined && nearestMiss !== null) {
    const { limit, value, allowed } = nearestMiss;
    const miss = `${describeLimited(limit, value, result.goal)}, and the limit is ${describeLimited(limit, allowed, result.goal)}`;
    return `No evaluated recipe is ${gainWords[result.goal.objective]} within the limits. The closest is ${near.name}: ${miss}.${describeLimitOfSpeed(result)}${describeSafestLeft(result, moreTime)}`;
  }
  return nothingFound(result, moreTime);
}

/** Recipes without a gain may be within the limits. */
const gainWords: Readonly<Record<SearchObjective, string>> = {
  size: 'smaller and',
  latency: 'faster and',
  accuracy: 'better and',
};

/** The candidates that `describeSearch` names. Empty if it only counts them. */
export function namedCandidates(result: SearchResult): readonly Candidate[] {
  const { best, candidates, nearestMiss } = result;
  const found = candidates.find(({ id }) => id === best);
  const near = candidates.find(({ id }) => id === nearestMiss?.id);
  const named = found ? [found, findSmaller(found, result), findRefuted(found, result)] : [near];
  const left = found === undefined && near !== undefined ? safestLeft(candidates) : [];
  return [...named.filter((candidate) => candidate !== undefined), ...left];
}

/** A smaller candidate that more samples might have confirmed. */
function findSmaller(best: Candidate, result: SearchResult): Candidate | undefined {
  const { goal, limits, candidates, originalBytes } = result;
  if (best.confirmed?.word !== 'confirmed' || goal.objective !== 'size') return undefined;
  const ranked = rankForGoal(candidates, { objective: goal.objective, limits }, originalBytes);
  const isSmaller = ({ sizeBytes }: Candidate) => sizeBytes! < best.sizeBytes!;
  return ranked.find((candidate) => isSmaller(candidate) && candidate.confirmed?.word === 'consistent');
}

function describeSmaller(best: Candidate, result: SearchResult, isBestShown = false): string {
  const likely = findSmaller(best, result);
  if (likely === undefined) return '';
  return ` Smaller, and probably within the limit: ${likely.name}${isBestShown ? '' : ` (${gainsOf(likely, result)})`}.`;
}

/** The best candidate that would surpass the recommended one, if other samples had not refuted it. */
function findRefuted(best: Candidate, result: SearchResult): Candidate | undefined {
  const { goal, limits, candidates, originalBytes, doubt } = result;
  if (doubt !== undefined) return undefined;
  const refuted = candidates.filter(({ standing }) => standing.kind === 'refuted');
  const asSelected = refuted.map(({ confirmed: _confirmed, ...candidate }) => candidate);
  const isBetter = ({ timing, sizeBytes }: Candidate): boolean =>
    goal.objective === 'latency' ? timing!.ratio > best.timing!.ratio : sizeBytes! < best.sizeBytes!;
  const better = rankForGoal(asSelected, { objective: goal.objective, limits }, originalBytes).find(isBetter);
  return refuted.find(({ id }) => id === better?.id);
}

function describeRefuted(best: Candidate, result: SearchResult): string {
  const found = findRefuted(best, result);
  if (found === undefined) return '';
  return ` ${result.goal.objective === 'latency' ? 'Faster' : 'Smaller'}, but above the limit on ${refutingSamples(found)}: ${found.name}.`;
}

function refutingSamples({ confirmed }: Candidate): string {
  return `${confirmed?.isPlanned === true ? 'all' : 'held-out'} samples`;
}

/**
 * `Compared as: embeddings, an embedding (its vectors have length 1).` `undefined` if no search compared outputs, or if losses are those
 * of the task itself.
 */
export function describeComparedAs({
  outputs = [],
  candidates,
}: Pick<SearchResult, 'outputs'> & { readonly candidates: readonly Candidate[] }): string | undefined {
  const isOfTask = candidates.some(({ loss }) => loss !== undefined && taskLosses.has(loss.of));
  if (outputs.length === 0 || isOfTask) return undefined;
  const groups = new Map<string, string[]>();
  for (const { name, kind, reason } of outputs.slice(0, mostListed)) {
    const kindAndReason = `${kindNames[kind]} (${reason})`;
    groups.set(kindAndReason, [...(groups.get(kindAndReason) ?? []), name]);
  }
  const listed = Array.from(groups, ([what, names]) => `${formatList(names)}${names.length > 1 ? ':' : ','} ${what}`);
  const others = outputs.length - mostListed;
  return `Compared as: ${[...listed, ...(others > 0 ? [`${others} more`] : [])].join('; ')}.`;
}

/** Losses of the task itself. Beside them, the comparison of outputs only orders candidates. */
const taskLosses: ReadonlySet<Loss['of']> = new Set(['accuracy', 'error', 'perplexity']);

/** The most outputs that a sentence lists. */
const mostListed = 4;

/** `Best of 4 evaluated recipes; 13 not yet.` */
function bestOf(candidates: readonly Candidate[]): string {
  const evaluated = candidates.filter(({ loss }) => loss !== undefined).length;
  const left = candidates.filter(isLeft).length;
  const best = `Best of ${formatCounted(evaluated, 'evaluated recipe')}`;
  return left === 0 ? `${best}.` : `${best}; ${left} not yet.`;
}

/** `12 of 17 recipes are not evaluated yet.` */
export function describeLeft({ candidates }: { readonly candidates: readonly Candidate[] }): string {
  const left = candidates.filter(isLeft).length;
  if (left === 0) return 'More time may find a better one.';
  return `${left} of ${formatCounted(candidates.length, 'recipe')} ${left === 1 ? 'is' : 'are'} not evaluated yet.`;
}

function gainsOf(candidate: Candidate, { originalBytes, goal }: SearchResult): string {
  const { sizeBytes } = candidate;
  const timing = ownTiming(candidate);
  const size = formatSizeChange(originalBytes, sizeBytes!);
  if (timing === undefined) return `${size}, speed not measured`;
  return `${size}, ${describeVerdict(timing)} on ${formatProvider(timedOn(goal))}`;
}

/** `; 8-bit integers in 38 of 53 Conv` */
function describeIntegers({ integers }: Candidate): string {
  return integers === undefined ? '' : `; 8-bit integers in ${integers.changed} of ${integers.all} ${integers.op}`;
}

/** `No measurable accuracy loss on 800 held-out samples.` The candidate must have been evaluated. */
export function describeReportedLoss(
  candidate: Candidate,
  { samples, doubt, limits }: Pick<SearchResult, 'samples' | 'doubt' | 'limits'>,
): string {
  const loss = reportedLoss(candidate)!;
  const verdict = verdictOfCandidate(candidate, limits, { selects: samples.search > 0 })!;
  // Agreement on inputs that the model may never have learned confirms nothing.
  if (doubt !== undefined) return `${capitalize(describeAmount(loss))} on ${formatCounted(loss.samples, 'sample')}.`;
  const isHeldOut = candidate.confirmed !== undefined && candidate.confirmed.isPlanned !== true;
  const claim = `${capitalize(describeClaim(loss, verdict, isHeldOut ? 'held-out sample' : 'sample'))}.`;
  if (loss.inputs === 'synthetic') return claim;
  if (candidate.confirmed !== undefined) return [claim, describeSettling(verdict)].join(' ').trim();
  const why = samples.confirm === 0 ? `that takes ${fewestToConfirm} samples` : 'time ran out';
  return `${claim} These samples also selected it. Not verified on held-out samples: ${why}.`;
}

/** The glossary explains it. */
export const frontierStanding = 'On the frontier' satisfies GlossaryTerm;

/** Describes the outcome of a candidate, in a few words or with the sentence that is its reason. */
export function describeStanding(
  candidate: SearchResult['candidates'][number],
  { best, candidates, doubt, samples, limits }: SearchResult,
): string {
  const { id, stage, reason, standing } = candidate;
  const selects = samples.search > 0;
  if (id === best) {
    if (doubt !== undefined) return 'Best by agreement with the original, accuracy unknown';
    const { word } = verdictOfCandidate(candidate, limits, { selects })!;
    return `${capitalize(nameOfBest(word))}, ${describeOutcome(candidate, word)}`;
  }
  if (standing.kind === 'refuted') return `Above the limit on ${refutingSamples(candidate)}`;
  if (reason !== undefined) return reason;
  if (stage === 'planned') return 'Not evaluated yet';
  const nameOf = (other: string) => candidates.find((each) => each.id === other)?.name ?? other;
  switch (standing.kind) {
    case 'frontier':
      return frontierStanding;
    case 'dominated':
      return `Dominated by ${nameOf(standing.by)}`;
    case 'indistinguishable':
      return `No measurable difference to ${nameOf(standing.from)}`;
    case 'outside':
      return capitalize(describeOutcome(candidate, verdictOfCandidate(candidate, limits, { selects })!.word));
    case 'not-measured':
      return stage === 'made' || stage === 'screened' ? 'Built, not evaluated yet' : '';
  }
}

/** `within the limit`, `probably within the limit, not verified on held-out samples` */
function describeOutcome({ confirmed }: Candidate, word: LossWord): string {
  const isVerified = confirmed !== undefined || ['unknown', 'too-few-samples', 'outside'].includes(word);
  return `${longWords[word]}${isVerified ? '' : ', not verified on held-out samples'}`;
}

const longWords: Readonly<Record<LossWord, string>> = {
  ...shortWords,
  'probably-within': 'probably within the limit',
  unknown: 'accuracy unknown without data',
  'too-few-samples': 'too few samples to tell',
  'probably-outside': 'probably above the limit',
  outside: 'above the limit',
};

/** Heads the column of speeds: `Speed, WASM`. */
export function nameOfSpeed(goal: Pick<SearchGoal, 'ep'>): string {
  return `Speed, ${formatProvider(timedOn(goal))}`;
}

function describeLimited(limit: keyof SearchLimits, value: number, goal: Pick<SearchGoal, 'ep'>): string {
  if (!Number.isFinite(value)) return 'not measured';
  switch (limit) {
    case 'accuracyLoss':
      return `a loss of ${formatPercent(value)}`;
    case 'cosineLoss':
      return `an embedding error of ${formatLoss({ of: 'cosine' }, value)}`;
    case 'neighborLoss':
      return `${formatPercent(value)} of the nearest neighbors changed`;
    case 'overlapLoss':
      return `an overlap loss of ${formatPercent(value)}`;
    case 'stepLoss':
      return `${formatPercent(value)} of the steps changed`;
    case 'sqnrDb':
      return `an output error of ${formatRelativeError(value)}`;
    case 'sizeBytes':
      return formatBytes(value);
    case 'latencyMs':
      return `${formatDuration(value)} on ${formatProvider(timedOn(goal))}`;
  }
}
