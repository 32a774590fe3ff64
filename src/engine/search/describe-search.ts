/** What a search found, in sentences. */
import {
  formatBytes,
  formatCosine,
  formatCounted,
  formatDecibels,
  formatDuration,
  formatNumber,
  formatPercent,
  formatProvider,
  formatRatio,
} from '../format';
import type { OutputKind } from '../data/output-kind';
import type { GlossaryTerm } from '../glossary';
import { kindNames } from '../metrics/output-kind';
import { toldLoss, type Candidate, type Confirmation, type Loss } from './candidate';
import { rankForGoal } from './recommend';
import { timedOn, type SearchGoal, type SearchLimits } from './search-goal';
import type { SearchResult } from './search-journal';

interface SearchTelling {
  /** Whether what the recommended one won and lost stands beside it: then no more than its name is said. */
  readonly isBestTold?: boolean;
  /** How whoever reads it gives a search more time: a sentence. */
  readonly moreTime?: string;
}

/**
 * `4-bit weights: 6.1× smaller. 0.2 points of accuracy lost, on 800 held-out samples.` Of a search that is
 * over: one that nothing ended was stopped.
 */
export function describeSearch(result: SearchResult, telling: SearchTelling = {}): string {
  const isWhole = result.stopReason === 'finished' || result.stopReason === 'time';
  const told = describeFound(result, telling);
  const found = isWhole ? told : `Search stopped. Results so far are kept. ${told}`;
  return result.doubt === undefined ? found : `${describeDoubt(result.doubt)} By equal answers alone: ${found}`;
}

/** Before all else, where labels belie the original itself. */
export function describeDoubt(doubt: string): string {
  return `Check the data first: ${doubt} Until then accuracy is unknown.`;
}

function describeFound(result: SearchResult, { isBestTold, moreTime = 'Give it more time.' }: SearchTelling): string {
  const { best, candidates, nearestMiss } = result;
  const found = candidates.find(({ id }) => id === best);
  if (found !== undefined) {
    const told =
      isBestTold === true && result.doubt === undefined
        ? `${bestOf(candidates)}: ${found.name}.`
        : `${found.name}: ${gainsOf(found, result)}. ${describeToldLoss(found, result)}`;
    return `${told}${describeSmaller(found, result)}`;
  }
  const near = candidates.find(({ id }) => id === nearestMiss?.id);
  if (near !== undefined && nearestMiss !== null) {
    const { limit, value, allowed } = nearestMiss;
    const miss = `${describeLimited(limit, value, result.goal)}, and the limit is ${describeLimited(limit, allowed, result.goal)}`;
    return `No evaluated recipe keeps the limits. The nearest is ${near.name}: ${miss}.`;
  }
  return nothingFound(result, moreTime);
}

/** What would have been recommended, had other samples been enough to be sure of it. */
function describeSmaller(best: Candidate, result: SearchResult): string {
  const { goal, limits, candidates, originalBytes } = result;
  if (best.confirmed?.word !== 'confirmed' || goal.objective !== 'size') return '';
  const ranked = rankForGoal(candidates, { objective: goal.objective, limits }, originalBytes);
  const isSmaller = ({ sizeBytes }: Candidate) => sizeBytes! < best.sizeBytes!;
  const likely = ranked.find((candidate) => isSmaller(candidate) && candidate.confirmed?.word === 'consistent');
  return likely === undefined
    ? ''
    : ` Smaller, and probably within the limit: ${likely.name} (${gainsOf(likely, result)}).`;
}

/** `Compared as: embeddings, an embedding (its vectors have length 1).` Nothing where no search has looked at the outputs. */
export function describeComparedAs({ outputs = [] }: Pick<SearchResult, 'outputs'>): string | undefined {
  if (outputs.length === 0) return undefined;
  const told = outputs.slice(0, mostTold).map(({ name, kind, reason }) => `${name}, ${kindNames[kind]} (${reason})`);
  const others = outputs.length - told.length;
  return `Compared as: ${[...told, ...(others > 0 ? [`${others} more`] : [])].join('; ')}.`;
}

/** Of outputs, in a sentence. */
const mostTold = 4;

/** `Best of 4 evaluated recipes; 13 not evaluated yet` */
function bestOf(candidates: readonly Candidate[]): string {
  const evaluated = candidates.filter(({ loss }) => loss !== undefined).length;
  const left = candidates.filter(isLeft).length;
  const best = `Best of ${formatCounted(evaluated, 'evaluated recipe')}`;
  return left === 0 ? best : `${best}; ${left} not evaluated yet`;
}

function isLeft({ stage }: Candidate): boolean {
  return /^(planned|made|screened|held)$/.test(stage);
}

function heldOut(samples: number): string {
  return formatCounted(samples, 'held-out sample');
}

/** `12 of 17 recipes are not evaluated yet.` What more time would tell. */
export function describeLeft({ candidates }: { readonly candidates: readonly Candidate[] }): string {
  const left = candidates.filter(isLeft).length;
  if (left === 0) return 'More time may find a better one.';
  return `${left} of ${formatCounted(candidates.length, 'recipe')} ${left === 1 ? 'is' : 'are'} not evaluated yet.`;
}

function nothingFound({ goal, candidates, leftOut, stopReason }: SearchResult, moreTime: string): string {
  if (candidates.length === 0 && leftOut.length > 0) {
    return `Nothing was tried. ${[...new Set(leftOut.map(({ reason }) => reason))].join(' ')}`;
  }
  const judged = candidates.filter(({ loss }) => loss !== undefined).length;
  if (judged === 0) {
    if (stopReason !== 'time' && stopReason !== 'finished') return 'No recipe was evaluated before that.';
    return allOut(candidates) ?? `No recipe was evaluated: time ran out. ${moreTime}`;
  }
  const wish = {
    size: 'smaller',
    latency: `measurably faster on ${formatProvider(timedOn(goal))}`,
    accuracy: 'smaller with the same answers',
  };
  return `${judged === 1 ? 'The evaluated recipe is not' : `None of the ${judged} evaluated recipes is`} ${wish[goal.objective]}.`;
}

/** Of candidates none of which more time would help; `undefined` where it would. */
function allOut(candidates: readonly Candidate[]): string | undefined {
  if (!candidates.every(({ stage }) => stage === 'failed' || stage === 'eliminated')) return undefined;
  const told = candidates.find(({ stage }) => stage === 'failed') ?? candidates[0];
  return told?.reason && `Nothing that was tried can be used. ${told.name}: ${told.reason}`;
}

function gainsOf({ sizeBytes, timing }: Candidate, { originalBytes, goal }: SearchResult): string {
  const ratio = originalBytes / sizeBytes!;
  const size = ratio > 1.005 ? `${formatRatio(ratio)} smaller` : 'as large';
  if (timing === undefined) return `${size}, speed not measured`;
  const where = `on ${formatProvider(timedOn(goal))}`;
  if (timing.verdict === 'no-difference') return `${size}, no measurable difference in speed ${where}`;
  const factor = timing.ratio >= 1 ? timing.ratio : 1 / timing.ratio;
  return `${size}, ${formatRatio(factor)} ${timing.ratio >= 1 ? 'faster' : 'slower'} ${where}`;
}

/** `No measurable loss of accuracy, on 800 held-out samples.` Of one that was judged. */
export function describeToldLoss(
  candidate: Candidate,
  { samples, doubt }: Pick<SearchResult, 'samples' | 'doubt'>,
): string {
  const loss = toldLoss(candidate)!;
  const amount = describeLoss(loss);
  if (loss.inputs === 'synthetic') {
    return `${amount}, on random inputs. Accuracy is unknown without data.`;
  }
  const on = formatCounted(loss.samples, 'sample');
  // Equal answers to inputs that the model may never have learned confirm nothing.
  if (doubt !== undefined) return `${amount}, on ${on}.`;
  if (candidate.confirmed?.isPlanned === true) {
    const { word } = candidate.confirmed;
    return `${amount}, ${word === 'confirmed' ? 'confirmed ' : ''}on ${on}${checkEndings[word]}`;
  }
  if (candidate.confirmed !== undefined)
    return `${amount}, on ${heldOut(loss.samples)}${checkEndings[candidate.confirmed.word]}`;
  const why = samples.confirm === 0 ? 'there are too few samples to hold some out' : 'time ran out';
  return `${amount}, on the ${on} that selected it. Not verified on held-out samples: ${why}.`;
}

const checkEndings: Readonly<Record<Confirmation, string>> = {
  confirmed: '.',
  consistent: ': probably within the limit. Add samples to confirm.',
  contradicted: ': more than the limit.',
};

/** What other samples said of it, in a word. */
export const confirmationWords: Readonly<Record<Confirmation, string>> = {
  confirmed: 'confirmed',
  consistent: 'probably within the limit',
  contradicted: 'refuted on held-out samples',
};

/** The glossary explains it. */
export const unbeatenStanding = 'Nothing surely beats it' satisfies GlossaryTerm;

/** What became of a candidate, in a few words or the sentence that is its reason. */
export function describeStanding(
  candidate: SearchResult['candidates'][number],
  { best, candidates, doubt }: SearchResult,
): string {
  const { id, stage, reason, standing, confirmed } = candidate;
  if (id === best) {
    if (doubt !== undefined) return 'Best by equal answers, accuracy unknown';
    return `Recommended, ${confirmed === undefined ? 'not verified on held-out samples' : confirmationWords[confirmed.word]}`;
  }
  if (standing.kind === 'refuted')
    return `Loses too much on ${confirmed?.isPlanned === true ? 'all' : 'other'} samples`;
  if (reason !== undefined) return reason;
  if (stage === 'planned') return 'Not evaluated yet';
  const nameOf = (other: string) => candidates.find((each) => each.id === other)?.name ?? other;
  switch (standing.kind) {
    case 'frontier':
      return unbeatenStanding;
    case 'dominated':
      return `${nameOf(standing.by)} beats it`;
    case 'not-told-apart':
      return `As good as ${nameOf(standing.from)}`;
    case 'not-measured':
      return stage === 'made' || stage === 'screened' ? 'Made, not evaluated yet' : '';
  }
}

/** `No loss of accuracy`, `0.20 points of accuracy lost`, `1.2 % of the answers changed`. */
export function describeLoss({ of, value, interval, kind, figures }: Loss): string {
  if (of === 'outputs') {
    return value === 0 ? 'Its outputs are identical' : `Its outputs differ by ${formatPercent(value)} of their size`;
  }
  if (of === 'answers') {
    const [one, all] = answerWords[kind ?? 'scores'] ?? answerWords.scores!;
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
    return of === 'accuracy' ? 'No measurable loss of accuracy' : 'No measurable growth of the error';
  }
  if (of === 'accuracy') {
    return `${formatNumber(100 * Math.abs(value), 2)} points of accuracy ${value > 0 ? 'lost' : 'gained'}`;
  }
  return `The error is ${formatPercent(Math.abs(value))} ${value > 0 ? 'larger' : 'smaller'}`;
}

/** One and all of what an output answers with. */
const answerWords: Partial<Readonly<Record<OutputKind, readonly [string, string]>>> = {
  scores: ['answer', 'answers'],
  sequence: ['step', 'steps'],
  texts: ['text', 'texts'],
};

/** What the figure is called in a head of a table: never accuracy where there are no labels. */
export function nameOfLoss({ of, inputs, kind }: Pick<Loss, 'of' | 'inputs' | 'kind'>): string {
  if (inputs === 'synthetic') return 'Output error, random inputs';
  return {
    accuracy: 'Accuracy lost',
    error: 'Growth of the error',
    answers: kind === 'sequence' ? 'Steps changed' : kind === 'texts' ? 'Texts changed' : 'Answers changed',
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

/** `0.20 points (−0.10 to 0.50)`; without the interval where there is none. */
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
      return `a loss of ${formatNumber(value, 2)} of cosine`;
    case 'neighborLoss':
      return `${formatPercent(value)} of the nearest neighbors changed`;
    case 'overlapLoss':
      return `a loss of ${formatPercent(value)} of overlap`;
    case 'stepLoss':
      return `${formatPercent(value)} of the steps changed`;
    case 'sqnrDb':
      return `outputs at ${formatDecibels(value)}`;
    case 'sizeBytes':
      return formatBytes(value);
    case 'latencyMs':
      return `${formatDuration(value)} on ${formatProvider(timedOn(goal))}`;
  }
}
