/** The headline of a variant: its verdict in one or two sentences. Studio, report and link title show it. It claims only measured facts. */
import type { CellFailure, Comparison, OutputMatch } from '../metrics/cell';
import type { KnownVerdict } from './variant-verdict';
import { describeClaim, describeSettling } from '../verdict/loss-verdict';
import { isNotablySmaller } from '../verdict/size-verdict';
import { furthestMatch, matchGrade, type MatchGrade } from '../metrics/match-grade';
import { accuracyName, formatMetric, formatMetricInterval, leadingEstimate } from '../metrics/describe-accuracy';
import { errorFigure, matchPredicate } from './describe-match';
import type { ReportEvaluation } from './evaluation-schema';
import { leadingMatch, withMatchOnData, type MatchOnProvider } from './standing-match';
import {
  endSentence,
  formatBytes,
  formatCounted,
  formatList,
  formatProvider,
  formatRatio,
  formatSizeChange,
} from '../format';

/** A file may shrink although no pass finds anything to change, such as one that stores its lists number by number. */
export const storedInFewerBytes = 'No pass changed anything: the same model is stored in fewer bytes';

interface MatchedCell extends MatchOnProvider {
  readonly flags?: readonly string[];
}

export interface HeadlineFacts {
  /** `null`: there is no variant yet. */
  readonly variant: {
    readonly name: string;
    readonly sizeBytes: { readonly original: number; readonly variant: number };
    /** The number of changes by all passes. `null`: it was opened from a file, and no pass of ours made it. */
    readonly changes: number | null;
    /** The number of refusals by all passes. */
    readonly refusals: number;
    /** Sentences about passes that changed nothing. */
    readonly sentences?: readonly string[];
    /** Sizes after gzip, when they are known. */
    readonly gzipBytes?: { readonly original: number; readonly variant: number };
  } | null;
  /** Cells, comparisons and failures of this variant only. */
  readonly cells: readonly MatchedCell[];
  readonly comparisons: readonly Pick<Comparison, 'ep' | 'ratio' | 'interval' | 'verdict'>[];
  readonly failures: readonly Pick<CellFailure, 'ep' | 'message'>[];
  /** The evaluation on real data. If absent, accuracy is unknown or not evaluated yet. */
  readonly evaluation?: Pick<ReportEvaluation, 'ep' | 'samples' | 'task' | 'metrics' | 'match' | 'unchecked'>;
  /** True if the data of `evaluation`, or the data to evaluate on, has labels. Absent if there is no data. */
  readonly hasLabels?: boolean;
  /** Its loss against the limit, if an evaluation or a search found one. */
  readonly known?: KnownVerdict;
  /** The reasons why its accuracy is unknown although the data has labels, as sentences. */
  readonly doubt?: string;
  /**
   * An earlier accuracy no longer holds, and `evaluation` is absent. `split`: it was measured on other samples of the same data. `more`:
   * with another model, data or mapping.
   */
  readonly outdatedAccuracy?: 'split' | 'more';
}

type Variant = NonNullable<HeadlineFacts['variant']>;

/**
 * The order of the sentences. Problems come first: contradicting data, outputs that cannot be compared, wrong outputs,
 * outputs that differ strongly. Size, speed and accuracy follow (or the output match if accuracy is unknown). Idle
 * passes, the size after gzip, failures and missing figures come last.
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
  const isSmaller = isNotablySmaller(variant.sizeBytes.original, variant.sizeBytes.variant);
  if (variant.changes === 0 && !isSmaller) {
    const why =
      variant.refusals > 0 ? 'The details of the pass list the reasons.' : 'No pass found anything to change.';
    return `${variant.name} changed nothing, so it equals the original. ${why}`;
  }
  const isAccuracyKnown = accuracyPhrase(facts) !== undefined || searchedPhrase(facts) !== undefined;
  return [
    facts.doubt,
    unusableOutputs(facts, 'not-comparable', 'Outputs cannot be compared'),
    unusableOutputs(facts, 'wrong', 'Outputs are wrong'),
    strongDifference(facts),
    ...resultSentences(variant, facts),
    ...(variant.changes === 0 ? [`${storedInFewerBytes}.`] : (variant.sentences ?? [])),
    gzipSentence(variant),
    failureSentence(facts),
    !isAccuracyKnown && !isNothingKnown(facts) ? unknownAccuracy(facts) : undefined,
  ]
    .filter((sentence) => sentence !== undefined)
    .join(' ');
}

/** The sentence about outputs of one grade, with its reason. `claim` is its beginning. */
function unusableOutputs({ cells }: HeadlineFacts, grade: MatchGrade, claim: string): string | undefined {
  const unusable = cells.filter(({ outputMatch }) => matchGrade(outputMatch) === grade);
  if (unusable.length === 0) return undefined;
  const problem = unusable.find((cell) => cell.outputMatch.problem !== undefined)?.outputMatch.problem;
  const where = formatList(unusable.map((cell) => formatProvider(cell.ep)));
  return `${claim} on ${where}${problem === undefined ? '.' : `: ${endSentence(problem)}`}`;
}

/** Precedes all claims of speed and size: a model that computes something else is not a better model. */
function strongDifference({ cells, evaluation }: HeadlineFacts): string | undefined {
  const strong = cells.filter(differsStrongly);
  const furthest = furthestMatch(strong.map((cell) => cell.outputMatch));
  if (furthest === undefined) return undefined;
  const where = formatList(strong.map((cell) => formatProvider(cell.ep)));
  const figures = `error ${errorFigure(furthest)}, on ${inputsPhrase(furthest)}`;
  const advice =
    evaluation === undefined || leadingEstimate(evaluation) === null ? ': evaluate the accuracy before you use it' : '';
  return `Outputs differ strongly on ${where} (${figures})${advice}.`;
}

function differsStrongly({ outputMatch }: HeadlineFacts['cells'][number]): boolean {
  return matchGrade(outputMatch) === 'strong';
}

function resultSentences(variant: Variant, facts: MeasuredFacts): (string | undefined)[] {
  const size = sizePhrase(variant.sizeBytes.original, variant.sizeBytes.variant);
  const claims = formatList([size, ...speedPhrases(facts)]);
  const result = `${variant.name}: ${claims}${evenPhrase(facts)}`;
  const evaluated = accuracyPhrase(facts) ?? searchedPhrase(facts) ?? matchPhrase(facts);
  const settling = facts.known === undefined ? '' : describeSettling(facts.known.verdict);
  return [
    `${[result, evaluated].filter((clause) => clause !== undefined).join('; ')}.`,
    settling === '' ? undefined : settling,
    facts.isMeasured ? undefined : missingSentence(facts),
  ];
}

type MeasuredFacts = HeadlineFacts & { readonly isMeasured: boolean };

/** Nothing was measured and there is no data, so the headline need not mention the missing accuracy by itself. */
function isNothingKnown({ isMeasured, evaluation, hasLabels, outdatedAccuracy, known }: MeasuredFacts): boolean {
  const hasData = evaluation !== undefined || hasLabels !== undefined || outdatedAccuracy !== undefined;
  return !isMeasured && !hasData && known === undefined;
}

function missingSentence(facts: MeasuredFacts): string {
  if (isNothingKnown(facts)) return 'Speed, outputs and accuracy not measured yet.';
  // A search compared outputs or accuracy.
  const isCompared = facts.cells.length > 0 || facts.known !== undefined;
  return isCompared ? 'Speed not measured yet.' : 'Speed and outputs not measured yet.';
}

/** Times of a software adapter support no claim about a graphics card. */
function ranInSoftware({ cells }: HeadlineFacts, { ep }: { readonly ep: Comparison['ep'] }): boolean {
  return cells.some((cell) => cell.ep === ep && cell.flags?.includes('software-adapter') === true);
}

function sizePhrase(before: number, after: number): string {
  const change = formatSizeChange(before, after);
  return change === 'same size' ? `same size (${formatBytes(after)})` : change;
}

/** Describes only comparisons whose interval exceeds the noise. */
function speedPhrases({ comparisons, cells }: HeadlineFacts): string[] {
  const phrases: string[] = [];
  for (const comparison of comparisons) {
    const differs = cells.some((cell) => cell.ep === comparison.ep && differsStrongly(cell));
    const where = `on ${formatProvider(comparison.ep)}${differs ? ' (with outputs that differ strongly)' : ''}`;
    if (comparison.verdict === 'faster') phrases.push(`${formatRatio(comparison.ratio)} faster ${where}`);
    if (comparison.verdict === 'slower') phrases.push(`${formatRatio(1 / comparison.ratio)} slower ${where}`);
  }
  return phrases;
}

/** `, about the same speed on WASM and speed not yet known on WebGPU`. The tiles and tables hold the intervals. */
function evenPhrase({ comparisons }: HeadlineFacts): string {
  const on = (wanted: Comparison['verdict']): string =>
    formatList(comparisons.filter(({ verdict }) => verdict === wanted).map(({ ep }) => formatProvider(ep)));
  const phrases = [
    on('same') && `about the same speed on ${on('same')}`,
    on('undecided') && `speed not yet known on ${on('undecided')}`,
  ].filter((phrase) => phrase !== '');
  return phrases.length === 0 ? '' : `, ${formatList(phrases)}`;
}

/** The match on providers that no earlier warning has named. */
function matchPhrase({ cells }: HeadlineFacts): string | undefined {
  const rest = cells.filter((cell) => cell.outputMatch.valid && !differsStrongly(cell));
  const leading = leadingMatch(rest)?.outputMatch;
  if (leading === undefined) return undefined;
  const elsewhere = rest.length < cells.length ? ' elsewhere' : '';
  return `outputs${elsewhere} ${matchPredicate(leading)} on ${inputsPhrase(leading)}`;
}

/** `8 synthetic inputs` */
export function inputsPhrase(match: Pick<OutputMatch, 'inputs' | 'samples'>): string {
  return formatCounted(match.samples, match.inputs === 'synthetic' ? 'random input' : 'sample');
}

/** Returns a sentence only if compression saves notably more than the size on disk shows, as with zeros. */
function gzipSentence({ sizeBytes, gzipBytes }: Variant): string | undefined {
  if (gzipBytes === undefined || !gainsByCompression(sizeBytes, gzipBytes)) return undefined;
  return `After gzip: ${formatBytes(gzipBytes.variant)} (original ${formatBytes(gzipBytes.original)}).`;
}

/** The least difference between both savings, as a share of the size, that the headline mentions. */
const leastGain = 0.1;

export function gainsByCompression(
  sizeBytes: Variant['sizeBytes'],
  gzipBytes: NonNullable<Variant['gzipBytes']>,
): boolean {
  const onDisk = sizeBytes.variant / Math.max(1, sizeBytes.original);
  return onDisk - gzipBytes.variant / Math.max(1, gzipBytes.original) > leastGain;
}

function failureSentence({ failures: all }: HeadlineFacts): string | undefined {
  // A variant that cannot be compiled runs on a runtime.
  const failures = all.filter(({ ep }) => ep !== 'compiled');
  if (failures.length === 0) return undefined;
  return `It failed to run on ${formatList(failures.map((failure) => formatProvider(failure.ep)))}.`;
}

/** `top-1 accuracy 97.9 % (96.6–98.7 %), no measurable accuracy loss on 797 samples` */
function accuracyPhrase({ evaluation, known }: HeadlineFacts): string | undefined {
  const leading = evaluation && leadingEstimate(evaluation);
  if (!evaluation || !leading) return undefined;
  const { metric, estimate } = leading;
  const figure = `${formatMetric(metric, estimate.value)} (${formatMetricInterval(metric, estimate.interval)})`;
  const isHeldAgainstLimit = known?.from === 'evaluation';
  const claim = isHeldAgainstLimit
    ? `, ${describeClaim(known.loss, known.verdict)}`
    : ` on ${formatCounted(evaluation.samples, 'sample')}`;
  const elsewhere = evaluation.ep === 'wasm' ? '' : `, ${formatProvider(evaluation.ep)}`;
  const name = accuracyName(metric).replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
  const { unchecked } = evaluation;
  return `${name} ${figure}${claim}${elsewhere}${unchecked === undefined ? '' : `, ${unchecked} not checked`}`;
}

/** `no measurable accuracy loss on 800 samples` */
function searchedPhrase({ known }: HeadlineFacts): string | undefined {
  return known?.from === 'search' ? describeClaim(known.loss, known.verdict, known.basis) : undefined;
}

function unknownAccuracy({ cells, evaluation, hasLabels, outdatedAccuracy }: HeadlineFacts): string {
  if (evaluation !== undefined) {
    return `Accuracy is unknown: ${hasLabels ? 'the outputs were not evaluated with the labels' : 'the data has no labels'}.`;
  }
  if (outdatedAccuracy === 'split') {
    return 'Accuracy was measured on other samples than you selected. Evaluate again.';
  }
  if (outdatedAccuracy === 'more') {
    return 'The model or the data settings changed since accuracy was measured. Evaluate again.';
  }
  // A benchmark may have run on data that no evaluation used, and that the report does not describe.
  const ofData = cells.some(({ outputMatch }) => outputMatch.inputs === 'data');
  if (hasLabels === undefined && !ofData) return 'Accuracy is unknown: random inputs cannot show it.';
  return hasLabels !== false ? 'Accuracy not evaluated yet.' : 'Accuracy is unknown: the data has no labels.';
}
