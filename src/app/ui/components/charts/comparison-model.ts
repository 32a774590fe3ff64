/**
 * The content of the comparison chart, before it has a size. Rows are the original and its variants. Columns are size,
 * latency per execution provider and output match. It is pure. The live view and the page of a link share it.
 */
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { levelOf, matchGrade, relativeError } from '../../../../engine/metrics/match-grade';
import { describeRatio, describeVerdict } from '../../../../engine/verdict/speed-verdict';
import { errorFigure, gradeWords, matchWords, unusableWords } from '../../../../engine/report/describe-match';
import {
  capitalize,
  formatBytes,
  formatChange,
  formatCounted,
  formatExactBytes,
  formatList,
  formatProvider,
  formatPercent,
} from '../../../../engine/format';
import type { Report, ReportCell, ReportVariant } from '../../../../engine/report/report-schema';
import { originalId } from '../../../state/workspace/workspace-store';
import { colorOfIndex, originalColor } from '../../theme/variant-color';
import { toneOfMatch, toneOfSizes, toneOfVerdict, type Tone } from '../verdict-tone';
import { describeDevice, latencyEvidence, sizeEvidence, type CellEvidence } from './cell-evidence';
import { accuracyColumn } from './accuracy-column';
import type { ComparisonColumn, ComparisonMark, ComparisonRow } from './comparison-column';
import { standingEvidence } from './match-evidence';
import {
  findCell,
  findComparison,
  findFailure,
  measuredInputs,
  measuredProviders,
} from '../../../../engine/report/find-in-report';
import { inputsPhrase } from '../../../../engine/report/headline';
import { isPartnerElsewhere, partnerName, timesOn } from '../../../../engine/report/paired-times';
import { standingMatch } from '../../../../engine/report/standing-match';

export interface ComparisonModel {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly ComparisonRow[];
  readonly columns: readonly ComparisonColumn[];
}

export interface ComparisonOptions {
  /** Position of a variant in the color sequence; its place in the report when absent. */
  readonly colorOf?: (variantId: string) => string | undefined;
  /** Cells measured with other settings than those of now. */
  readonly isStale?: (variantId: string, ep: ExecutionProvider) => boolean;
}

const missing: ComparisonMark = {
  state: 'missing',
  value: null,
  interval: null,
  label: '–',
  detail: 'not measured',
  tone: null,
  stale: false,
  exact: 'not measured',
  evidence: null,
};

export function buildComparisonModel(report: Report, options: ComparisonOptions = {}): ComparisonModel {
  const rows: readonly ComparisonRow[] = [
    { id: originalId, name: 'original', color: originalColor },
    ...report.variants.map(({ id, name }, index) => ({
      id,
      name,
      color: options.colorOf?.(id) ?? colorOfIndex(index),
    })),
  ];
  const columns = [
    sizeColumn(report),
    gzipColumn(report),
    ...measuredProviders(report).map((ep) => latencyColumn(report, rows, ep, options)),
    matchColumn(report, rows, options),
    accuracyColumn(report, rows),
  ].filter((column) => column !== null);
  return { title: comparisonTitle(report, columns), subtitle: comparisonSubtitle(report), rows, columns };
}

function comparisonTitle(report: Report, columns: readonly ComparisonColumn[]): string {
  const measured = columns.some((column) => column.id.startsWith('latency-'));
  const evaluated = columns.some((column) => column.id === 'accuracy');
  const shown = ['size', ...(measured ? ['latency', 'output error'] : []), ...(evaluated ? ['accuracy'] : [])];
  return `${capitalize(formatList(shown))} of ${report.model.name}`;
}

function comparisonSubtitle(report: Report): string {
  if (report.cells.length === 0) {
    const lines = report.evaluations === undefined ? '' : '; lines: 95 % intervals';
    return `Original and variants${lines}.`;
  }
  const measured = measuredInputs(report);
  const inputs = measured === undefined ? '' : `; ${measured}`;
  const threads = report.cells.find((cell) => cell.ep === 'wasm')?.threads;
  const wasm = threads === undefined ? '' : `, ${formatCounted(threads, 'WASM thread')}`;
  return `${capitalize(describeDevice(report.device))}${wasm}${inputs}. Medians, 95 % intervals.`;
}

function bytesMark(before: number, after: number, evidence: CellEvidence, isOriginal: boolean): ComparisonMark {
  return {
    ...missing,
    state: isOriginal ? 'reference' : 'value',
    value: after,
    label: formatBytes(after),
    detail: isOriginal ? 'as opened' : formatChange(before, after),
    tone: isOriginal ? null : toneOfSizes(before, after),
    exact: isOriginal ? formatExactBytes(after) : `${formatExactBytes(after)} (${formatChange(before, after)})`,
    evidence,
  };
}

function sizeColumn(report: Report): ComparisonColumn {
  const { sizeBytes } = report.model;
  const marks = [
    bytesMark(sizeBytes, sizeBytes, sizeEvidence(report, null), true),
    ...report.variants.map((variant) => {
      const evidence = sizeEvidence(report, variant);
      return bytesMark(variant.sizeBytes.original, variant.sizeBytes.variant, evidence, false);
    }),
  ];
  return finishColumn({ id: 'size', title: 'Size', longTitle: 'Size', note: 'model file' }, marks);
}

function gzipColumn(report: Report): ComparisonColumn | null {
  const known = report.variants.find((variant) => variant.gzipBytes !== null)?.gzipBytes;
  if (known == null) return null;
  const mark = (variant: ReportVariant): ComparisonMark => {
    if (variant.gzipBytes === null) return missing;
    const evidence = sizeEvidence(report, variant);
    return bytesMark(variant.gzipBytes.original, variant.gzipBytes.variant, evidence, false);
  };
  const original = bytesMark(known.original, known.original, sizeEvidence(report, null), true);
  const marks = [{ ...original, detail: '' }, ...report.variants.map(mark)];
  return finishColumn({ id: 'gzip', title: 'After gzip', longTitle: 'Size after gzip', note: 'download size' }, marks);
}

function latencyColumn(
  report: Report,
  rows: readonly ComparisonRow[],
  ep: ExecutionProvider,
  { isStale }: ComparisonOptions,
): ComparisonColumn {
  const marks = rows.map(({ id }) => latencyMark(report, id, ep, isStale?.(id, ep) ?? false));
  const times = timesOn(report, ep);
  const runs = rows.flatMap(({ id }) => (id === originalId ? times.original : times.variants.get(id))?.samples ?? []);
  const [fewest, most] = [Math.min(...runs), Math.max(...runs)];
  const samples = fewest === most ? `n = ${most}` : `n = ${fewest}–${most}`;
  const note = runs.length === 0 ? 'latency' : `latency, ${samples}`;
  return finishColumn(
    { id: `latency-${ep}`, title: formatProvider(ep), longTitle: `Latency on ${formatProvider(ep)}`, note },
    marks,
  );
}

function latencyMark(report: Report, variantId: string, ep: ExecutionProvider, stale: boolean): ComparisonMark {
  const failure = findFailure(report, variantId, ep);
  if (failure !== undefined) {
    return { ...missing, state: 'failed', detail: 'failed', tone: 'invalid', exact: failure.message };
  }
  const cell = findCell(report, variantId, ep);
  if (cell === undefined) return variantId === originalId ? onlyInTurns(report, ep) : missing;
  const isOriginal = variantId === originalId;
  const times = timesOn(report, ep);
  const time = isOriginal ? times.original : times.variants.get(variantId)?.own;
  const turns = times.variants.get(variantId)?.original;
  const claim = speedClaim(report, cell);
  // If the row of the original does not show it, the time beside a variant stands with that variant.
  const beside =
    turns !== undefined && times.isWithEach && !isPartnerElsewhere(ep) ? `original ${turns.text}` : undefined;
  const range = times.original?.isSpan === true && isOriginal ? 'over several runs' : time?.range;
  const facts = [
    time && `${time.text} (${range})`,
    claim?.full,
    turns && `${partnerName(ep)} ${turns.text} in the same run`,
    stale ? 'settings changed since' : undefined,
  ];
  return {
    state: isOriginal ? 'reference' : 'value',
    value: time?.medianMs ?? null,
    ...(turns !== undefined && { original: turns.medianMs }),
    interval: time?.intervalMs ?? null,
    label: time?.text ?? 'ratio only',
    ...(beside !== undefined && { beside }),
    detail: stale ? 'measure again' : (claim?.short ?? range ?? ''),
    tone: stale ? null : (claim?.tone ?? null),
    stale,
    exact: facts.filter((part) => part !== undefined).join(', '),
    evidence: latencyEvidence(report, cell),
  };
}

/** The original that was measured in turns with variants, and never alone. */
function onlyInTurns(report: Report, ep: ExecutionProvider): ComparisonMark {
  const time = timesOn(report, ep).original;
  if (time === undefined) return missing;
  const detail = time.isSpan ? 'over several runs' : 'beside variants';
  const shown = { label: time.text, detail, exact: `${time.text} (${time.range})` };
  return { ...missing, ...shown, state: 'reference', value: time.medianMs, interval: time.intervalMs };
}

/** The permitted claim about the speed of a cell. Wrong outputs hide it, and without a comparison there is none. */
export function speedClaim(
  report: Report,
  cell: ReportCell,
): { readonly tone: Tone; readonly short: string; readonly full: string } | null {
  const unusable = unusableWords(cell.outputMatch);
  if (unusable !== undefined) {
    const short = unusable.replace(/^outputs (?=not)/, '');
    return { tone: toneOfMatch(cell.outputMatch) ?? 'invalid', short, full: `${unusable}, so no speed is claimed` };
  }
  const comparison = findComparison(report, cell);
  if (comparison === undefined) return null;
  const tone = toneOfVerdict(comparison.verdict, cell.outputMatch);
  const caveat = matchGrade(cell.outputMatch) === 'strong' ? '; outputs differ strongly' : '';
  // Chips and columns are narrow.
  const short = describeVerdict(comparison).replace(/ to tell$| measurable(?= difference)/, '');
  const full =
    comparison.verdict === 'invalid'
      ? describeVerdict(comparison)
      : `${describeVerdict(comparison)}, ${describeRatio(comparison)}${caveat}`;
  return { tone, short, full };
}

/** The axis ends at this error, the least that an output match calls noticeable. Longer bars are cut. */
const longestError = 0.1;

function matchColumn(
  report: Report,
  rows: readonly ComparisonRow[],
  { isStale }: ComparisonOptions,
): ComparisonColumn | null {
  if (report.cells.length === 0) return null;
  const marks = rows.map(({ id }) => matchMark(report, id, isStale));
  return {
    id: 'match',
    title: 'Output error',
    longTitle: 'Output error',
    note: `axis to ${formatPercent(longestError, 0)}`,
    maximum: longestError,
    marks,
  };
}

function matchMark(report: Report, variantId: string, isStale: ComparisonOptions['isStale']): ComparisonMark {
  const standing = standingMatch(report, variantId);
  if (standing === undefined) return missing;
  const { outputMatch, ep, cell } = standing;
  const stale = cell !== undefined && (isStale?.(variantId, ep) ?? false);
  const where = cell === undefined ? `on ${inputsPhrase(outputMatch)}` : `on ${formatProvider(ep)}`;
  const isReference = variantId === originalId && outputMatch.identical;
  const label = errorFigure(outputMatch);
  const matchTone = toneOfMatch(outputMatch);
  const base = {
    interval: null,
    stale,
    evidence: standingEvidence(report, variantId, standing),
    exact: `${matchWords(outputMatch)} ${where}${outputMatch.problem === undefined ? '' : `: ${outputMatch.problem}`}`,
  };
  if (!outputMatch.valid) {
    return { ...base, state: 'value', value: null, label: gradeWords(outputMatch), detail: where, tone: matchTone };
  }
  return {
    ...base,
    state: isReference ? 'reference' : 'value',
    value: outputMatch.identical ? 0 : Math.min(longestError, relativeError(levelOf(outputMatch))),
    label: isReference ? 'reference' : label,
    detail: matchTone === null ? where : gradeWords(outputMatch),
    tone: matchTone,
  };
}

function finishColumn(
  column: Pick<ComparisonColumn, 'id' | 'title' | 'longTitle' | 'note'>,
  marks: readonly ComparisonMark[],
): ComparisonColumn {
  const ends = marks.flatMap((mark) => [mark.value ?? 0, mark.interval?.[1] ?? 0]);
  return { ...column, maximum: Math.max(...ends), marks };
}
