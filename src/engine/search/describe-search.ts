/** Describes the result of a search in sentences. */
import {
  capitalize,
  formatBytes,
  formatCosine,
  formatCounted,
  formatDecibels,
  formatDuration,
  formatList,
  formatNumber,
  formatPercent,
  formatProvider,
  formatRatio,
  formatRatioInterval,
  formatSizeChange,
} from '../format';
import type { OutputKind } from '../data/output-kind';
import type { GlossaryTerm } from '../glossary';
import { kindNames } from '../metrics/output-kind';
import { hasTooFewPairs } from '../metrics/paired-comparison';
import {
  isLeft,
  ownTiming,
  reportedLoss,
  type Candidate,
  type Confirmation,
  type Loss,
  type Timing,
} from './candidate';
import { describeSafestLeft, nothingFound, safestLeft } from './describe-nothing';
import { rankForGoal } from './recommend';
import { timedOn, type SearchGoal, type SearchLimits } from './search-goal';
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
  const described = describeFound(result, wording);
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
    return `No evaluated recipe is within the limits. The closest is ${near.name}: ${miss}.${describeSafestLeft(result, moreTime)}`;
  }
  return nothingFound(result, moreTime);
}

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

/** `Best of 4 evaluated recipes; 13 not evaluated yet.` */
function bestOf(candidates: readonly Candidate[]): string {
  const evaluated = candidates.filter(({ loss }) => loss !== undefined).length;
  const left = candidates.filter(isLeft).length;
  const best = `Best of ${formatCounted(evaluated, 'evaluated recipe')}`;
  return left === 0 ? `${best}.` : `${best}; ${left} not evaluated yet.`;
}

function heldOut(samples: number): string {
  return formatCounted(samples, 'held-out sample');
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
  const where = `on ${formatProvider(timedOn(goal))}`;
  if (timing.verdict === 'no-difference') return `${size}, ${undecidedSpeed(timing)} ${where}`;
  const factor = timing.ratio >= 1 ? timing.ratio : 1 / timing.ratio;
  return `${size}, ${formatRatio(factor)} ${timing.ratio >= 1 ? 'faster' : 'slower'} ${where}`;
}

/** `; 8-bit integers in 38 of 53 Conv` */
function describeIntegers({ integers }: Candidate): string {
  return integers === undefined ? '' : `; 8-bit integers in ${integers.changed} of ${integers.all} ${integers.op}`;
}

function undecidedSpeed({ pairs = Infinity }: Timing): string {
  return hasTooFewPairs({ pairs }) ? 'speed undecided' : 'no measurable speed difference';
}

/** `No measurable accuracy loss, on 800 held-out samples.` The candidate must have been evaluated. */
export function describeReportedLoss(
  candidate: Candidate,
  { samples, doubt }: Pick<SearchResult, 'samples' | 'doubt'>,
): string {
  const loss = reportedLoss(candidate)!;
  const amount = describeLoss(loss);
  if (loss.inputs === 'synthetic') {
    return `${amount}, on random inputs. Accuracy is unknown without data.`;
  }
  const on = formatCounted(loss.samples, 'sample');
  // Agreement on inputs that the model may never have learned confirms nothing.
  if (doubt !== undefined) return `${amount}, on ${on}.`;
  if (candidate.confirmed?.isPlanned === true) {
    const { word } = candidate.confirmed;
    return `${amount}, ${word === 'confirmed' ? 'confirmed ' : ''}on ${on}${checkEndings[word]}`;
  }
  if (candidate.confirmed !== undefined)
    return `${amount}, on ${heldOut(loss.samples)}${checkEndings[candidate.confirmed.word]}`;
  const why = samples.confirm === 0 ? `that takes ${fewestToConfirm} samples` : 'time ran out';
  return `${amount}, on the ${on} that selected it. Not verified on held-out samples: ${why}.`;
}

const checkEndings: Readonly<Record<Confirmation, string>> = {
  confirmed: '.',
  consistent: ': probably within the limit. Add samples to confirm.',
  contradicted: ': above the limit.',
};

/** The verdict of the held-out samples. */
export const confirmationWords: Readonly<Record<Confirmation, string>> = {
  confirmed: 'confirmed',
  consistent: 'probably within the limit',
  contradicted: 'above the limit on held-out samples',
};

/** The glossary explains it. */
export const frontierStanding = 'On the frontier' satisfies GlossaryTerm;

/** Describes the outcome of a candidate, in a few words or with the sentence that is its reason. */
export function describeStanding(
  candidate: SearchResult['candidates'][number],
  { best, candidates, doubt }: SearchResult,
): string {
  const { id, stage, reason, standing, confirmed } = candidate;
  if (id === best) {
    if (doubt !== undefined) return 'Best by agreement with the original, accuracy unknown';
    return `Recommended, ${confirmed === undefined ? 'not verified on held-out samples' : confirmationWords[confirmed.word]}`;
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
    case 'not-measured':
      return stage === 'made' || stage === 'screened' ? 'Built, not evaluated yet' : '';
  }
}

/** `1.52× (1.48–1.57)`; of a stand-in `about 1.52×`. A difference within the noise is `no difference`, and one of too few runs is `undecided`. */
export function describeSpeed({ verdict, ratio, interval, pairs = Infinity, isStandIn }: Timing): string {
  if (isStandIn === true) return `about ${formatRatio(ratio)}`;
  if (verdict !== 'no-difference') return formatRatioInterval(ratio, interval);
  return hasTooFewPairs({ pairs }) ? 'undecided' : 'no difference';
}

/** `No measurable accuracy loss`, `0.20 points of accuracy lost`, `1.2 % of the predictions changed`. */
function describeLoss({ of, value, interval, kind, figures }: Loss): string {
  if (of === 'outputs') {
    return value === 0 ? 'Its outputs are identical' : `Output error ${formatPercent(value)}`;
  }
  if (of === 'answers') {
    const [one, all] = answerWordsOf(kind);
    return value === 0 ? `No ${one} changed` : `${formatPercent(value)} of the ${all} changed`;
  }
  if (of === 'cosine') {
    if (value === 0) return 'Its embeddings are identical';
    const neighbors = figures?.neighborLoss;
    const moved =
      neighbors === undefined ? '' : `, and ${formatPercent(neighbors.value)} of the nearest neighbors changed`;
    return `Its embeddings have a cosine of ${formatCosine(1 - value)} to the original’s${moved}`;
  }
  if (interval !== null && interval[0] <= 0 && interval[1] >= 0) {
    return of === 'accuracy' ? 'No measurable accuracy loss' : `No measurable increase of the ${of}`;
  }
  if (of === 'accuracy') {
    return `${formatNumber(100 * Math.abs(value), 2)} points of accuracy ${value > 0 ? 'lost' : 'gained'}`;
  }
  return `The ${of} is ${formatPercent(Math.abs(value))} ${value > 0 ? 'larger' : 'smaller'}`;
}

/** The name of one decision of an output, and of several. */
const answerWords: Partial<Readonly<Record<OutputKind, readonly [string, string]>>> = {
  scores: ['prediction', 'predictions'],
  sequence: ['step', 'steps'],
  boxes: ['box', 'boxes'],
  texts: ['text', 'texts'],
};

function answerWordsOf(kind: OutputKind | undefined): readonly [string, string] {
  return answerWords[kind ?? 'scores'] ?? answerWords.scores!;
}

/** The heading of the loss column. It says accuracy only if there are labels. */
export function nameOfLoss({ of, inputs, kind }: Pick<Loss, 'of' | 'inputs' | 'kind'>): string {
  if (inputs === 'synthetic') return 'Output error, random inputs';
  return {
    accuracy: 'Accuracy lost',
    error: 'Error increase',
    perplexity: 'Perplexity increase',
    answers: `${capitalize(answerWordsOf(kind)[1])} changed`,
    cosine: 'Cosine lost',
    outputs: 'Output error',
  }[of];
}

/** `0.20 points`, `1 point`, `1.2 %`; of cosines `0.0013`. */
export function formatLoss({ of }: Pick<Loss, 'of'>, value: number): string {
  if (of === 'cosine') return formatNumber(value, 2);
  if (of !== 'accuracy') return formatPercent(value);
  const points = formatNumber(100 * value, 2);
  return `${points} ${points === '1' ? 'point' : 'points'}`;
}

/** `0.20 points (−0.10 to 0.50)`; without the interval if there is none. */
export function describeInterval(loss: Pick<Loss, 'of' | 'value' | 'interval'>): string {
  const interval = formatLossInterval(loss);
  return `${formatLoss(loss, loss.value)}${interval === null ? '' : ` (${interval})`}`;
}

/** `−0.10 to 0.50`; `null`: there is none. */
export function formatLossInterval({ of, interval }: Pick<Loss, 'of' | 'interval'>): string | null {
  const scale = of === 'cosine' ? 1 : 100;
  return interval && interval.map((end) => formatNumber(scale * end, 2)).join(' to ');
}

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
      return `a cosine loss of ${formatNumber(value, 2)}`;
    case 'neighborLoss':
      return `${formatPercent(value)} of the nearest neighbors changed`;
    case 'overlapLoss':
      return `an overlap loss of ${formatPercent(value)}`;
    case 'stepLoss':
      return `${formatPercent(value)} of the steps changed`;
    case 'sqnrDb':
      return `output SQNR ${formatDecibels(value)}`;
    case 'sizeBytes':
      return formatBytes(value);
    case 'latencyMs':
      return `${formatDuration(value)} on ${formatProvider(timedOn(goal))}`;
  }
}
