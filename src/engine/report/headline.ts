/** The one sentence that sums a variant up. It opens the studio, the report and the link's title, and it never claims more than was measured. */
import type { CellFailure, Comparison, OutputMatch } from '../metrics/cell';
import { hasTooFewPairs } from '../metrics/paired-comparison';
import { furthestMatch, matchGrade, type MatchGrade } from '../metrics/match-grade';
import {
  accuracyName,
  accuracyVerdict,
  describeDifference,
  formatMetric,
  formatMetricInterval,
  leadingEstimate,
} from '../metrics/describe-accuracy';
import { explainFigure, matchPredicate } from './describe-match';
import type { ReportEvaluation } from './evaluation-schema';
import { leadingMatch, withMatchOnData, type MatchOnProvider } from './standing-match';
import {
  capitalize,
  endSentence,
  formatBytes,
  formatChange,
  formatCounted,
  formatList,
  formatPercent,
  formatProvider,
} from '../format';

interface MatchedCell extends MatchOnProvider {
  readonly flags?: readonly string[];
}

export interface HeadlineFacts {
  /** `null`: there is no variant yet. */
  readonly variant: {
    readonly name: string;
    /** Against the original re-encoded without change, so that lost metadata never counts as compression. */
    readonly sizeBytes: { readonly reencoded: number; readonly variant: number };
    /** Things that the recipe changed, over all passes. */
    readonly changes: number;
    /** Things that the passes left alone, each with a reason. */
    readonly refusals: number;
    /** What came of each pass, where its changes do not say it. */
    readonly sentences?: readonly string[];
    /** Sizes after gzip, when they are known. */
    readonly gzipBytes?: { readonly original: number; readonly variant: number };
  } | null;
  /** Cells, comparisons and failures of this variant only. */
  readonly cells: readonly MatchedCell[];
  readonly comparisons: readonly Pick<Comparison, 'ep' | 'ratio' | 'verdict' | 'pairs'>[];
  readonly failures: readonly Pick<CellFailure, 'ep' | 'message'>[];
  /** On real data; absent: accuracy is unknown, or not evaluated yet. */
  readonly evaluation?: Pick<ReportEvaluation, 'ep' | 'samples' | 'task' | 'metrics' | 'difference' | 'match'>;
  /** Whether the data behind `evaluation`, or that waits to be evaluated, has labels; absent: there is no data. */
  readonly hasLabels?: boolean;
  /** What a search said of its accuracy, where there is no evaluation: a sentence. */
  readonly searched?: string;
  /** Why nothing judges its accuracy, though there are labels: sentences. */
  readonly doubt?: string;
  /**
   * An accuracy is known, but no longer holds, and `evaluation` is absent. `split`: it is of other samples of the same data. `more`: of
   * another model, data or mapping.
   */
  readonly outdatedAccuracy?: 'split' | 'more';
}

type Variant = NonNullable<HeadlineFacts['variant']>;

/**
 * Sentences, in this order: doubts of the data, outputs that cannot be compared, wrong outputs, outputs that differ strongly, size and speed,
 * accuracy where it is known (else the match), what passes say, the size after gzip, what failed, what is not known yet.
 */
export function headline(given: HeadlineFacts): string {
  const facts = {
    ...given,
    cells: withMatchOnData(given.cells, given.evaluation),
    comparisons: given.comparisons.filter((comparison) => !ranInSoftware(given, comparison)),
    isMeasured: given.comparisons.length > 0 || given.failures.length > 0 || given.cells.length > 0,
  };
  const { variant } = facts;
  if (variant === null) return 'No variant yet: add a pass to the recipe and run it.';
  if (variant.changes === 0) {
    const why = variant.refusals > 0 ? 'The reasons are listed with the pass.' : 'The recipe found nothing to work on.';
    return `${variant.name} changed nothing: the model is as it was. ${why}`;
  }
  const accuracy = accuracySentence(facts) ?? facts.searched;
  return [
    facts.doubt,
    unusableOutputs(facts, 'not-comparable', 'Outputs cannot be compared'),
    unusableOutputs(facts, 'wrong', 'Outputs are wrong'),
    strongDifference(facts),
    ...resultSentences(variant, facts, accuracy),
    ...(variant.sentences ?? []),
    gzipSentence(variant),
    failureSentence(facts),
    accuracy === undefined && !isNothingKnown(facts) ? unknownAccuracy(facts) : undefined,
  ]
    .filter((sentence) => sentence !== undefined)
    .join(' ');
}

/** `claim`: what is said of outputs of that grade, with the reason. */
function unusableOutputs({ cells }: HeadlineFacts, grade: MatchGrade, claim: string): string | undefined {
  const unusable = cells.filter(({ outputMatch }) => matchGrade(outputMatch) === grade);
  if (unusable.length === 0) return undefined;
  const problem = unusable.find((cell) => cell.outputMatch.problem !== undefined)?.outputMatch.problem;
  const where = formatList(unusable.map((cell) => formatProvider(cell.ep)));
  return `${claim} on ${where}${problem === undefined ? '.' : `: ${endSentence(problem)}`}`;
}

/** Before any claim of speed or size: a model that computes something else is not a better model. */
function strongDifference({ cells, evaluation }: HeadlineFacts): string | undefined {
  const strong = cells.filter(differsStrongly);
  const furthest = furthestMatch(strong.map((cell) => cell.outputMatch));
  if (furthest === undefined) return undefined;
  const where = formatList(strong.map((cell) => formatProvider(cell.ep)));
  const figures = `${explainFigure(furthest)}, on ${inputsPhrase(furthest)}`;
  const advice =
    evaluation === undefined || leadingEstimate(evaluation) === null ? ': check the accuracy before you use it' : '';
  return `Outputs differ strongly on ${where} (${figures})${advice}.`;
}

function differsStrongly({ outputMatch }: HeadlineFacts['cells'][number]): boolean {
  return matchGrade(outputMatch) === 'strong';
}

function resultSentences(variant: Variant, facts: MeasuredFacts, accuracy: string | undefined): (string | undefined)[] {
  const size = sizePhrase(variant.sizeBytes.reencoded, variant.sizeBytes.variant);
  const claims = formatList([size, ...speedPhrases(facts)]);
  const result = `${variant.name}: ${claims}${evenPhrase(facts)}`;
  const match = matchPhrase(facts);
  return [
    ...(accuracy === undefined
      ? [`${[result, match].filter((clause) => clause !== undefined).join('; ')}.`]
      : [`${result}.`, accuracy, match === undefined ? undefined : `${capitalize(match)}.`]),
    facts.isMeasured ? undefined : missingSentence(facts),
  ];
}

type MeasuredFacts = HeadlineFacts & { readonly isMeasured: boolean };

/** Nobody measured it or gave data to judge it by: no figure is there that accuracy could be missed beside. */
function isNothingKnown({ isMeasured, evaluation, hasLabels, outdatedAccuracy, searched }: MeasuredFacts): boolean {
  const isJudged = evaluation !== undefined || hasLabels !== undefined || outdatedAccuracy !== undefined;
  return !isMeasured && !isJudged && searched === undefined;
}

function missingSentence(facts: MeasuredFacts): string {
  if (isNothingKnown(facts)) return 'Speed, outputs and accuracy not measured yet.';
  return facts.cells.length > 0 ? 'Speed not measured yet.' : 'Speed and outputs not measured yet.';
}

/** Times of a software adapter say nothing about a graphics card: they are no ground for a claim. */
function ranInSoftware({ cells }: HeadlineFacts, { ep }: { readonly ep: Comparison['ep'] }): boolean {
  return cells.some((cell) => cell.ep === ep && cell.flags?.includes('software-adapter') === true);
}

/** From this ratio on `3.7× smaller` reads better than a percentage. */
const ratioFrom = 1.5;
/** Relative differences below this are called the same size. */
const sameSize = 0.005;

function sizePhrase(before: number, after: number): string {
  const change = formatChange(before, after).replace(/^[+\u2212±]/, '');
  if (before === 0 || Math.abs(after / before - 1) < sameSize) return `the same size (${formatBytes(after)})`;
  if (after > before) return `${change} larger`;
  return after > 0 && before / after >= ratioFrom ? `${shortRatio(before / after)} smaller` : `${change} smaller`;
}

/** Only what the comparison calls faster or slower: its interval has cleared the noise floor. */
function speedPhrases({ comparisons, cells }: HeadlineFacts): string[] {
  const phrases: string[] = [];
  for (const comparison of comparisons) {
    const differs = cells.some((cell) => cell.ep === comparison.ep && differsStrongly(cell));
    const where = `on ${formatProvider(comparison.ep)}${differs ? ' (with outputs that differ strongly)' : ''}`;
    if (comparison.verdict === 'faster') phrases.push(`${speedRatio(comparison.ratio)} faster ${where}`);
    if (comparison.verdict === 'slower') phrases.push(`${speedRatio(1 / comparison.ratio)} slower ${where}`);
  }
  return phrases;
}

/** `, with no measurable difference in speed on WASM and too few runs to tell on WebGPU` */
function evenPhrase({ comparisons }: HeadlineFacts): string {
  const undecided = comparisons.filter(({ verdict }) => verdict === 'no-difference');
  const on = (few: boolean): string =>
    formatList(undecided.filter((one) => hasTooFewPairs(one) === few).map(({ ep }) => formatProvider(ep)));
  const phrases = [
    on(false) && `no measurable difference in speed on ${on(false)}`,
    on(true) && `too few runs to tell on ${on(true)}`,
  ].filter((phrase) => phrase !== '');
  return phrases.length === 0 ? '' : `, with ${formatList(phrases)}`;
}

/** Of the providers that the warnings before have not named. */
function matchPhrase({ cells }: HeadlineFacts): string | undefined {
  const rest = cells.filter((cell) => cell.outputMatch.valid && !differsStrongly(cell));
  const leading = leadingMatch(rest)?.outputMatch;
  if (leading === undefined) return undefined;
  const elsewhere = rest.length < cells.length ? ' elsewhere' : '';
  return `outputs${elsewhere} ${matchPredicate(leading)} on ${inputsPhrase(leading)}`;
}

/** `8 synthetic inputs` */
export function inputsPhrase(match: Pick<OutputMatch, 'inputs' | 'samples'>): string {
  return formatCounted(match.samples, match.inputs === 'synthetic' ? 'synthetic input' : 'sample');
}

/** Only where it tells something else than the size on disk: zeros take no room once they are compressed. */
function gzipSentence({ sizeBytes, gzipBytes }: Variant): string | undefined {
  if (gzipBytes === undefined || !gainsByCompression(sizeBytes, gzipBytes)) return undefined;
  return `After gzip it takes ${formatBytes(gzipBytes.variant)} instead of ${formatBytes(gzipBytes.original)}.`;
}

/** Points of a hundred by which compression must save more than there is saved on disk, to be worth a word. */
const worthAWord = 0.1;

export function gainsByCompression(
  sizeBytes: Variant['sizeBytes'],
  gzipBytes: NonNullable<Variant['gzipBytes']>,
): boolean {
  const onDisk = sizeBytes.variant / Math.max(1, sizeBytes.reencoded);
  return onDisk - gzipBytes.variant / Math.max(1, gzipBytes.original) > worthAWord;
}

/** What a size is against: the original written again, which is said where the file itself had another size. */
export function formatSizeBefore({
  original,
  reencoded,
}: {
  readonly original: number;
  readonly reencoded: number;
}): string {
  const size = formatBytes(reencoded);
  return formatBytes(original) === size ? `was ${size}` : `was ${size} re-encoded`;
}

function failureSentence({ failures }: HeadlineFacts): string | undefined {
  if (failures.length === 0) return undefined;
  return `It did not run on ${formatList(failures.map((failure) => formatProvider(failure.ep)))}.`;
}

/** `Top-1 accuracy is 97.9 % (96.6–98.7 %) on 797 samples: no measurable difference to the original.` */
function accuracySentence({ evaluation }: HeadlineFacts): string | undefined {
  const leading = evaluation && leadingEstimate(evaluation);
  if (!evaluation || !leading) return undefined;
  const { metric, estimate } = leading;
  const figure = `${formatMetric(metric, estimate.value)} (${formatMetricInterval(metric, estimate.interval)})`;
  const basis = `on ${formatCounted(evaluation.samples, 'sample')}${evaluation.ep === 'wasm' ? '' : `, ${formatProvider(evaluation.ep)}`}`;
  const { difference } = evaluation;
  const claim = difference === undefined ? '' : `: ${describeDifference(difference)} ${comparedWith(difference)}`;
  return `${accuracyName(metric)} is ${figure} ${basis}${claim}.`;
}

function unknownAccuracy({ cells, evaluation, hasLabels, outdatedAccuracy }: HeadlineFacts): string {
  if (evaluation !== undefined) {
    return `Accuracy is unknown: ${hasLabels ? 'the outputs were not judged by the labels' : 'the data has no labels'}.`;
  }
  if (outdatedAccuracy === 'split') {
    return 'Accuracy was measured on other samples than are to be evaluated now: evaluate again.';
  }
  if (outdatedAccuracy === 'more') {
    return 'Accuracy was measured before the model or how it is judged changed: evaluate again.';
  }
  // A benchmark may have run on data that nothing was evaluated on, and of which a report says nothing.
  const ofData = cells.some(({ outputMatch }) => outputMatch.inputs === 'data');
  if (hasLabels === undefined && !ofData) return 'Accuracy is unknown: synthetic inputs cannot show it.';
  return hasLabels !== false ? 'Accuracy not evaluated yet.' : 'Accuracy is unknown: the data has no labels.';
}

function comparedWith(difference: NonNullable<NonNullable<HeadlineFacts['evaluation']>['difference']>): string {
  return accuracyVerdict(difference) === 'no-difference' ? 'to the original' : 'than the original';
}

/** `3 %` where `1.0×` would say that nothing differs. */
function speedRatio(ratio: number): string {
  return ratio < 1.095 ? formatPercent(ratio - 1, ratio < 1.01 ? 1 : 0) : shortRatio(ratio);
}

function shortRatio(ratio: number): string {
  return `${ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(1)}×`;
}
