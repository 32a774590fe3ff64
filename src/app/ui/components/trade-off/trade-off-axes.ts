/** The axes of a trade-off, and the figures of each point on them. Less is better on every axis. Pure. */
import { formatBytes, formatNumber, formatPercent, formatProvider } from '../../../../engine/format';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { levelOf, matchGrade, relativeError } from '../../../../engine/metrics/match-grade';
import { median } from '../../../../engine/metrics/quantile';
import { findMade } from '../../../../engine/recipe/same-recipe';
import { findCell, findComparison, measuredProviders } from '../../../../engine/report/find-in-report';
import { timesOn } from '../../../../engine/report/paired-times';
import type { Report } from '../../../../engine/report/report-schema';
import { standingMatch } from '../../../../engine/report/standing-match';
import { ownTiming, reportedLoss, type Candidate, type Timing } from '../../../../engine/search/candidate';
import { type Loss, formatLoss, lossShownAs, nameOfLoss, shownLoss } from '../../../../engine/verdict/loss';
import { clearlySmallerError, clearlySmallerSize } from '../../../../engine/verdict/dominance';
import { limitOf } from '../../../../engine/search/candidate-verdict';
import { timedOn, withLimit, type SearchLimits } from '../../../../engine/search/search-goal';
import { originalPointId, type SearchResult } from '../../../../engine/search/search-journal';

export type AxisId = 'size' | 'gzip' | 'lost' | 'match' | `latency-${ExecutionProvider}`;

export interface Figure {
  /** Bytes, or percent and points. */
  readonly value: number;
  /** 95 %; `null`: it is exact, or nobody knows. */
  readonly interval: readonly [number, number] | null;
}

/** The limit of a search, in the unit of the axis. */
export interface AxisLimit {
  /** `null`: none. */
  readonly of: (limits: SearchLimits) => number | null;
  readonly change: (limits: SearchLimits, value: number | null) => SearchLimits;
  /** The name of the choice without a limit; `null` if there is always one. */
  readonly none: string | null;
}

export interface Axis {
  readonly id: AxisId;
  readonly title: string;
  /** The unit, if the figures do not contain it. */
  readonly unit: 'points' | '%' | null;
  /** The name of the column in a file, with its unit. */
  readonly csvName: string;
  readonly format: (value: number) => string;
  readonly tick: (value: number) => string;
  /** `loss`: about zero, and far losses are cut off. `amount`: from zero up. */
  readonly scale: 'loss' | 'amount';
  /** The smaller of two figures without intervals is surely less if it is below this share of the other. */
  readonly clearlySmaller: number;
  readonly figures: ReadonlyMap<string, Figure>;
  readonly limit: AxisLimit | null;
}

/** The text of the grip of a limit. */
export function gripText({ limit: of, format }: Pick<Axis, 'limit' | 'format'>, limit: number | null): string {
  return limit === null ? (of?.none ?? '') : `≤ ${format(limit)}`;
}

/**
 * Size and what was lost always, everything else where it is known of a variant.
 * @param report of the same work: what was measured of its variants.
 */
export function axesOf(result: SearchResult, report: Report | null): readonly Axis[] {
  const made = madeCandidates(result);
  const known = { made, report, idOf: variantIds(report) };
  const others = [
    gzipAxis(known),
    ...latencyAxes(known, timedOn(result.goal)),
    anyLoss(result)?.of === 'outputs' ? null : matchAxis(known),
  ].filter((axis) => axis !== null && [...axis.figures.keys()].some((id) => id !== originalPointId));
  return [sizeAxis(result, made), ...(others as readonly Axis[]), lossAxis(result, made)];
}

/** The candidates that have a place in the trade-off. */
export function madeCandidates({ candidates }: SearchResult): SearchResult['candidates'] {
  return candidates.filter(({ stage, sizeBytes }) => stage !== 'failed' && sizeBytes !== undefined);
}

export function anyLoss({ candidates }: SearchResult): Loss | undefined {
  return candidates.map(({ loss }) => loss).find((loss) => loss !== undefined);
}

/** The head of the column of losses. Only a loss tells whether it is one of accuracy. */
export function lossTitle(result: SearchResult): string {
  const loss = anyLoss(result);
  return loss === undefined ? 'Loss' : nameOfLoss(loss);
}

interface Known {
  readonly made: readonly Candidate[];
  readonly report: Report | null;
  /** The variant that was made of a candidate. */
  readonly idOf: (candidate: Candidate) => string | undefined;
}

function variantIds(report: Report | null): Known['idOf'] {
  return (candidate) => (report === null ? undefined : findMade(report.variants, candidate)?.id);
}

function figuresOf(
  original: Figure | undefined,
  made: readonly Candidate[],
  figureOf: (candidate: Candidate) => Figure | undefined,
): ReadonlyMap<string, Figure> {
  const own = made.flatMap((candidate) => {
    const figure = figureOf(candidate);
    return figure === undefined ? [] : [[candidate.id, figure] as const];
  });
  return new Map([...(original === undefined ? [] : [[originalPointId, original] as const]), ...own]);
}

const exactly = (value: number): Figure => ({ value, interval: null });
const inBytes = {
  unit: null,
  format: formatBytes,
  tick: formatBytes,
  scale: 'amount',
  clearlySmaller: clearlySmallerSize,
} as const;

function sizeAxis({ originalBytes }: SearchResult, made: readonly Candidate[]): Axis {
  return {
    ...inBytes,
    id: 'size',
    title: 'Size',
    csvName: 'size_bytes',
    figures: figuresOf(exactly(originalBytes), made, ({ sizeBytes }) => exactly(sizeBytes!)),
    limit: sizeLimit,
  };
}

function gzipAxis({ made, report, idOf }: Known): Axis {
  const sizeOf = (id: string | undefined) => report?.variants.find((each) => each.id === id)?.gzipBytes ?? undefined;
  const known = report?.variants.find(({ gzipBytes }) => gzipBytes !== null)?.gzipBytes;
  return {
    ...inBytes,
    id: 'gzip',
    title: 'Size after gzip',
    csvName: 'gzip_bytes',
    figures: figuresOf(known == null ? undefined : exactly(known.original), made, (candidate) => {
      const size = sizeOf(idOf(candidate));
      return size && exactly(size.variant);
    }),
    limit: null,
  };
}

/** @param searched the provider on which the search took its times. */
function latencyAxes({ made, report, idOf }: Known, searched: ExecutionProvider): readonly Axis[] {
  const measured = new Set<ExecutionProvider>([
    'wasm',
    searched,
    ...(report === null ? [] : measuredProviders(report)),
  ]);
  return [...measured].map((ep): Axis => {
    const timingOf = (candidate: Candidate) => (ep === searched ? ownTiming(candidate) : undefined);
    const ratioOf = (candidate: Candidate) => timingOf(candidate) ?? measuredRatio(report, idOf(candidate), ep);
    return {
      id: `latency-${ep}`,
      title: `Time on ${formatProvider(ep)} (% of original)`,
      unit: null,
      csvName: `time_${ep}_percent_of_original`,
      format: (percent) => formatPercent(percent / 100),
      tick: (percent) => formatPercent(percent / 100, 0),
      scale: 'amount',
      clearlySmaller: clearlySmallerSize,
      figures: figuresOf(exactly(100), made, (candidate) => {
        const ratio = ratioOf(candidate);
        return ratio && shareOfOriginal(ratio);
      }),
      limit: ep === searched ? timeLimit(originalMs(made.map(timingOf), report, ep)) : null,
    };
  });
}

/**
 * The time as a share of the original's time in the same turns, in percent. Points were measured at different moments,
 * so their milliseconds cannot be compared.
 */
function shareOfOriginal({ ratio, interval }: Pick<Timing, 'ratio' | 'interval'>): Figure {
  return { value: 100 / ratio, interval: [100 / interval[1], 100 / interval[0]] };
}

/** Returns no ratio of a cell that was measured with other settings, or whose outputs are wrong. */
function measuredRatio(
  report: Report | null,
  id: string | undefined,
  ep: ExecutionProvider,
): Pick<Timing, 'ratio' | 'interval'> | undefined {
  const cell = report === null || id === undefined ? undefined : findCell(report, id, ep);
  if (cell === undefined || cell.measuredWith !== undefined || matchGrade(cell.outputMatch) === 'wrong')
    return undefined;
  return findComparison(report!, cell);
}

/** The time that limits in milliseconds are a share of; `undefined` if nobody measured it. */
function originalMs(
  timings: readonly (Timing | undefined)[],
  report: Report | null,
  ep: ExecutionProvider,
): number | undefined {
  const beside = timings.flatMap((timing) => timing?.original?.medianMs ?? []);
  if (beside.length > 0) return median(beside);
  return report === null ? undefined : timesOn(report, ep).original?.medianMs;
}

function timeLimit(ofOriginal: number | undefined): AxisLimit | null {
  if (ofOriginal === undefined) return null;
  return {
    of: ({ latencyMs }) => (latencyMs === undefined ? null : (100 * latencyMs) / ofOriginal),
    change: (limits, percent) =>
      withLimit(limits, 'latencyMs', percent === null ? undefined : (percent / 100) * ofOriginal),
    none: 'any time',
  };
}

function lossAxis(result: SearchResult, made: readonly Candidate[]): Axis {
  const loss = anyLoss(result) ?? ({ of: 'accuracy' } as const);
  return {
    id: 'lost',
    title: lossTitle(result),
    unit: loss.of === 'accuracy' ? 'points' : '%',
    csvName: 'lost_percent',
    format: (value) => formatLoss(loss, lossShownAs(loss, value)),
    tick: (value) => formatNumber(value, 2),
    scale: 'loss',
    clearlySmaller: clearlySmallerError,
    figures: figuresOf({ value: 0, interval: [0, 0] }, made, (candidate) => {
      const lost = reportedLoss(candidate);
      if (lost === undefined) return undefined;
      const { value, interval } = lost;
      const shown = (amount: number): number => shownLoss(lost, amount);
      return { value: shown(value), interval: interval && [shown(interval[0]), shown(interval[1])] };
    }),
    limit: {
      // Another limit may define it.
      of: (limits) => finiteOrNull(shownLoss(loss, limitOf(loss, limits))),
      change: (limits, value) => withLossLimit(limits, loss.of, lossShownAs(loss, value ?? 0)),
      none: null,
    },
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function withLossLimit(limits: SearchLimits, of: Loss['of'], most: number): SearchLimits {
  if (of === 'outputs') return { ...limits, sqnrDb: -20 * Math.log10(most) };
  return of === 'cosine' ? { ...limits, cosineLoss: most } : { ...limits, accuracyLoss: most };
}

/** Error of the outputs: by the match that stands for a variant, else by the samples that a search first looks at. */
function matchAxis({ made, report, idOf }: Known): Axis {
  return {
    id: 'match',
    title: 'Output error',
    unit: '%',
    csvName: 'output_error_percent',
    format: (value) => formatPercent(value / 100),
    tick: (value) => formatNumber(value, 2),
    scale: 'loss',
    clearlySmaller: clearlySmallerError,
    figures: figuresOf({ value: 0, interval: null }, made, (candidate) => {
      const id = idOf(candidate);
      const match = report === null || id === undefined ? undefined : standingMatch(report, id)?.outputMatch;
      if (match?.valid === true) return exactly(match.identical ? 0 : 100 * relativeError(levelOf(match)));
      const { grade, sqnrDb = null } = candidate.screening ?? {};
      if (grade === 'identical') return exactly(0);
      return sqnrDb === null ? undefined : exactly(100 * relativeError(sqnrDb));
    }),
    limit: null,
  };
}

const sizeLimit: AxisLimit = {
  of: ({ sizeBytes }) => sizeBytes ?? null,
  change: (limits, value) => withLimit(limits, 'sizeBytes', value ?? undefined),
  none: 'any size',
};
