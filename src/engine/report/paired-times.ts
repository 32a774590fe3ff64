/** Pairs of times on one provider: the time of a variant comes with the original's time in the same turns. */
import { baselineProvider, type Comparison, type ExecutionProvider } from '../metrics/cell';
import { formatProvider } from '../format';
import { median } from '../metrics/quantile';
import { showTimes, spanText, type MeasuredTime, type ShownTime } from '../metrics/shown-time';

/** The timed cells of a report, or of a benchmark that has just run. */
export interface TimedWork {
  readonly cells: readonly {
    readonly variant: string;
    readonly ep: ExecutionProvider;
    readonly steady: MeasuredTime & { readonly runs: number };
  }[];
  readonly comparisons: readonly Pick<
    Comparison,
    'variant' | 'ep' | 'ratio' | 'interval' | 'noiseFloor' | 'pairs' | 'original'
  >[];
}

export interface VariantTime {
  /** The time of its own. If absent, only the ratio may be shown: its parts were not kept, or contradict it. */
  readonly own?: ShownTime;
  /** The original in the same turns. Absent if it took no turns. */
  readonly original?: ShownTime;
  readonly samples?: number;
}

export interface OriginalTime extends ShownTime {
  /** Ids of the variants that it took turns with. None: it was measured alone. */
  readonly inTurnsWith: readonly string[];
  /** It took different times in turns with different variants: each variant's stands with that variant. */
  readonly isSpan: boolean;
  /** The number of samples; absent for several runs. */
  readonly samples?: number;
}

export interface TimesOnProvider {
  /** The time of the original. Absent if it was not measured, or only at another moment than the time beside it. */
  readonly original?: OriginalTime;
  /** The row of the original is one of them if the original of the turns runs on another provider. */
  readonly variants: ReadonlyMap<string, VariantTime>;
  /** The row of the original does not show the times that each variant was compared with. Each variant has its own. */
  readonly isWithEach: boolean;
}

const originalId = 'original';

type TimedCell = TimedWork['cells'][number];

interface Row {
  readonly variant: string;
  readonly own: TimedCell['steady'] | undefined;
  readonly original: MeasuredTime | undefined;
  readonly pairs: number | undefined;
}

/** Every time that may be shown of a provider, in the digits of one column. */
export function timesOn({ cells, comparisons }: TimedWork, ep: ExecutionProvider): TimesOnProvider {
  const here = cells.filter((cell) => cell.ep === ep);
  const alone = here.find(({ variant }) => variant === originalId)?.steady;
  const isElsewhere = isPartnerElsewhere(ep);
  const rows = here
    .filter(({ variant }) => isElsewhere || variant !== originalId)
    .map(({ variant, steady }): Row => {
      const comparison = comparisons.find((one) => one.variant === variant && one.ep === ep);
      if (comparison === undefined) return { variant, own: steady, original: undefined, pairs: undefined };
      // Reports of earlier versions do not hold the original's time in the same turns.
      const original = comparison.original ?? (isElsewhere ? undefined : alone);
      const isPair = original !== undefined && !contradicts(steady, original, comparison);
      return { variant, ...(isPair ? { own: steady, original } : unpaired), pairs: comparison.pairs };
    });
  const isInTurns = rows.some(({ original }) => original !== undefined);
  const shown = shownOf([
    isInTurns && !isElsewhere ? undefined : alone,
    ...rows.flatMap(({ own, original }) => [own, original]),
  ]);
  const variants = rows.map(({ variant, own, original }): [string, VariantTime] => [
    variant,
    {
      ...(own && { own: shown.get(own)!, samples: own.runs }),
      ...(original && { original: shown.get(original)! }),
    },
  ]);
  const original = originalOf(isElsewhere ? [] : rows, alone, shown);
  const isWithEach = isInTurns && (isElsewhere || alone === undefined || original?.isSpan === true);
  return { ...(original && { original }), variants: new Map(variants), isWithEach };
}

/** True if the original runs on another provider in the turns: beside a compiled module on WASM. */
export function isPartnerElsewhere(ep: ExecutionProvider): boolean {
  return baselineProvider(ep) !== ep;
}

/** `original`, or `original on WASM` */
export function partnerName(ep: ExecutionProvider): string {
  return isPartnerElsewhere(ep) ? `original on ${formatProvider(baselineProvider(ep))}` : 'original';
}

const unpaired = { own: undefined, original: undefined };

/** The time of a row; of the original that of its turns with the variants. */
export function timeOn(work: TimedWork, variant: string, ep: ExecutionProvider): ShownTime | undefined {
  const times = timesOn(work, ep);
  return variant === originalId ? times.original : times.variants.get(variant)?.own;
}

/** The ratio is shown with three digits. */
const shownRatioStep = 0.005;

/**
 * The ratio of two medians is wrong if a device changes its speed half way; then only the ratio of the pairs holds, and
 * the times do not stand beside it.
 */
function contradicts(own: MeasuredTime, original: MeasuredTime, { ratio }: Pick<Comparison, 'ratio'>): boolean {
  return !(Math.abs(original.medianMs / own.medianMs / ratio - 1) < shownRatioStep);
}

function shownOf(times: readonly (MeasuredTime | undefined)[]): ReadonlyMap<MeasuredTime, ShownTime> {
  const known = [...new Set(times.filter((time) => time !== undefined))];
  if (known.length === 0) return new Map();
  const shown = showTimes(known);
  return new Map(known.map((time, index) => [time, shown[index]!]));
}

function originalOf(
  rows: readonly Row[],
  alone: TimedCell['steady'] | undefined,
  shown: ReadonlyMap<MeasuredTime, ShownTime>,
): OriginalTime | undefined {
  const paired = rows.flatMap(({ variant, original, pairs }) =>
    original === undefined ? [] : [{ variant, pairs, time: shown.get(original)! }],
  );
  const [first] = paired;
  if (first === undefined) {
    return alone && { ...shown.get(alone)!, inTurnsWith: [], isSpan: false, samples: alone.runs };
  }
  const inTurnsWith = paired.map(({ variant }) => variant);
  const times = paired.map(({ time }) => time).toSorted((a, b) => a.medianMs - b.medianMs);
  const [least, most] = [times[0]!, times.at(-1)!];
  const isSpan = least.text !== most.text;
  const ofOne = paired.length === 1 && first.pairs !== undefined ? { samples: first.pairs } : {};
  if (!isSpan) return { ...first.time, inTurnsWith, isSpan, ...ofOne };
  const text = spanText(least, most);
  return {
    medianMs: median(times.map(({ medianMs }) => medianMs)),
    intervalMs: [least.medianMs, most.medianMs],
    text,
    range: text,
    inTurnsWith,
    isSpan,
  };
}
