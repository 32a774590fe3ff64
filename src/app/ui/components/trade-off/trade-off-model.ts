/**
 * A trade-off on two axes as points and a table. The chart draws the points, and screen readers read the table. Pure:
 * result in, figures out.
 */
import { formatCount, formatCounted, formatList } from '../../../../engine/format';
import { nameRecipe } from '../../../../engine/recipe/recipe-name';
import type { Candidate } from '../../../../engine/search/candidate';
import type { Loss } from '../../../../engine/verdict/loss';
import { describeStanding } from '../../../../engine/search/describe-search';
import { mayDominate, measurablyLess, undominated } from '../../../../engine/verdict/dominance';
import { isBeyond, lossWord, type LossWord } from '../../../../engine/verdict/loss-verdict';
import type { SearchLimits } from '../../../../engine/search/search-goal';
import { originalPointId, type SearchResult } from '../../../../engine/search/search-journal';
import { lowerCased } from '../../../node-facts/lower-cased';
import { originalColor } from '../../theme/variant-color';
import type { ChartTableData } from '../charts/chart-table';
import { anyLoss, madeCandidates, type Axis, type Figure } from './trade-off-axes';

export interface TradeOffPoint {
  readonly id: string;
  readonly name: string;
  /** The color of its row of the work; `null` if the candidate was tried but not made. */
  readonly color: string | null;
  readonly isBest: boolean;
  /** Its loss against the limit. Absent: nobody measured it. A point above the limit dominates no other. */
  readonly word?: LossWord;
  /** Descriptions of its passes, one after the other; empty for the original. */
  readonly steps: readonly string[];
  /** Its result, in words. */
  readonly standing: string;
}

export interface TradeOffMark extends TradeOffPoint {
  readonly x: Figure;
  readonly y: Figure;
  /**
   * Standing on the shown axes. `alike`: no point dominates it, and the line does not need it. `dominated`: a point
   * dominates it.
   */
  readonly role: 'original' | 'best' | 'frontier' | 'alike' | 'dominated';
}

const namedRoles = ['best', 'original', 'frontier'] as const;

/**
 * The place of a point among those that have a name in the chart: the best first, made variants that others dominate last. `null`: the
 * point has no name.
 */
export function nameRank({ role, color }: Pick<TradeOffMark, 'role' | 'color'>): number | null {
  const rank = namedRoles.findIndex((named) => named === role);
  if (rank >= 0) return rank;
  return color === null ? null : namedRoles.length;
}

/** The color of the variant that was made from a candidate; `undefined` if there is none. */
export type ColorOfCandidate = (candidate: Pick<Candidate, 'id' | 'recipe'>) => string | undefined;

export interface ShownAxes {
  readonly x: Axis;
  readonly y: Axis;
}

export interface TradeOff {
  readonly title: string;
  readonly marks: readonly TradeOffMark[];
  /** Points that have no figure on one of the axes. */
  readonly missing: number;
  /** Corners of the step line, from the left to the right. */
  readonly frontier: readonly TradeOffMark[];
}

export function pointsOf(result: SearchResult, colorOf: ColorOfCandidate = () => undefined): readonly TradeOffPoint[] {
  const original: TradeOffPoint = {
    id: originalPointId,
    name: 'original',
    color: originalColor,
    isBest: false,
    word: 'within',
    steps: [],
    standing: '',
  };
  return [
    original,
    ...madeCandidates(result).map((candidate): TradeOffPoint => {
      const { id, name, recipe } = candidate;
      const steps = recipe.steps.filter(({ enabled }) => enabled);
      return {
        id,
        name,
        color: colorOf(candidate) ?? null,
        isBest: id === result.best,
        ...(candidate.lossVerdict && { word: candidate.lossVerdict.word }),
        steps: steps.map((step) => nameRecipe({ ...recipe, steps: [step] })),
        standing: describeStanding(candidate, result),
      };
    }),
  ];
}

export function tradeOffOf(points: readonly TradeOffPoint[], { x, y }: ShownAxes): TradeOff {
  const placed = points.flatMap((point) => {
    const [onX, onY] = [x.figures.get(point.id), y.figures.get(point.id)];
    return onX === undefined || onY === undefined ? [] : [{ ...point, x: onX, y: onY }];
  });
  // A point without a measurable loss may lose some, so the line extends to the point that loses none.
  const left = undominated(
    placed.filter(({ word }) => word === undefined || !isBeyond(word)),
    (a, b) =>
      b.id !== originalPointId &&
      mayDominate(losing(a, { x, y }), losing(b, { x, y })) &&
      measurablyBeats(a, b, { x, y }),
  );
  const corners = cornersOf(left);
  const marks = placed.map((point): TradeOffMark => {
    const role = point.id === originalPointId ? 'original' : point.isBest ? 'best' : undefined;
    const own = corners.includes(point) ? 'frontier' : left.includes(point) ? 'alike' : 'dominated';
    return { ...point, role: role ?? own };
  });
  const unit = y.unit === null ? '' : `, in ${y.unit}`;
  return {
    title: `${x.title} against ${lowerCased(y.title)}${unit}`,
    marks,
    missing: points.length - placed.length,
    frontier: corners.map(({ id }) => marks.find((mark) => mark.id === id)!),
  };
}

type Placed = Pick<TradeOffMark, 'x' | 'y'>;

/** The estimated loss counts only if it is on an axis. */
function losing(point: TradeOffPoint & Placed, { x, y }: ShownAxes): Parameters<typeof mayDominate>[0] {
  const loss = y.id === 'lost' ? point.y : x.id === 'lost' ? point.x : null;
  return { ...(point.word && { word: point.word }), loss };
}

/** Dominance on the shown axes: measurably less on one, and measurably more on none. */
function measurablyBeats(a: Placed, b: Placed, { x, y }: ShownAxes): boolean {
  const axes = [[a.x, b.x, x] as const, [a.y, b.y, y] as const];
  return (
    axes.some(([own, other, { clearlySmaller }]) => measurablyLess(own, other, clearlySmaller)) &&
    !axes.some(([own, other, { clearlySmaller }]) => measurablyLess(other, own, clearlySmaller))
  );
}

/** The line only goes down. */
function cornersOf<Point extends Placed>(left: readonly Point[]): readonly Point[] {
  const corners: Point[] = [];
  for (const point of left.toSorted((a, b) => a.x.value - b.x.value || a.y.value - b.y.value)) {
    if (point.y.value < (corners.at(-1)?.y.value ?? Infinity)) corners.push(point);
  }
  return corners;
}

/**
 * Tells if a point is within the limits of the axes. `maybe` means that its figures are within, but its intervals are
 * not.
 */
function withinLimits(point: Pick<TradeOffPoint, 'id' | 'word'>, axes: readonly Axis[], limits: SearchLimits): Within {
  const bounds = axes.flatMap(({ figures, limit }) => {
    const most = limit?.of(limits) ?? null;
    return most === null ? [] : [{ figure: figures.get(point.id), most }];
  });
  const words = bounds.map(({ figure, most }) =>
    figure === undefined ? 'outside' : lossWord(figure.value, figure.interval, most),
  );
  if (point.word !== undefined) words.push(point.word);
  if (words.some(isBeyond)) return 'no';
  if (words.includes('too-few-samples')) return 'open';
  if (words.includes('unknown')) return 'unknown';
  return words.every((word) => word === 'within') ? 'yes' : 'maybe';
}

/** `2 of 9 variants are within 1 point and 200 kB, 2 more probably.`, `The variant exceeds the limit of 1 point.` */
export function describeWithin(points: readonly TradeOffPoint[], axes: readonly Axis[], limits: SearchLimits): string {
  const bounds = axes.flatMap(({ limit, format }) => {
    const most = limit?.of(limits) ?? null;
    return most === null ? [] : [format(most)];
  });
  const variants = points.filter(({ id }) => id !== originalPointId);
  if (bounds.length === 0 || variants.length === 0) return '';
  const words = variants.map((point) => withinLimits(point, axes, limits));
  if (words.length === 1) return describeOneWithin(words[0]!, formatList(bounds));
  if (words.includes('unknown')) return `Random inputs do not show which variants are within ${formatList(bounds)}.`;
  const [within, likely] = (['yes', 'maybe'] as const).map((wanted) => words.filter((word) => word === wanted).length);
  const isLikelyOnly = within === 0 && likely! > 0;
  const stated = isLikelyOnly ? likely! : within!;
  const claim = `${stated === 1 ? 'is' : 'are'} ${isLikelyOnly ? 'probably ' : ''}within ${formatList(bounds)}`;
  const others = isLikelyOnly || likely === 0 ? '' : `, ${likely} more probably`;
  const share = stated === variants.length ? '' : `${stated} of `;
  return `${share}${formatCounted(variants.length, 'variant')} ${claim}${others}.${tooFew(words)}`;
}

function tooFew(words: readonly Within[]): string {
  const open = words.filter((word) => word === 'open').length;
  return open === 0 ? '' : ` ${open} ${open === 1 ? 'has' : 'have'} too few samples to know.`;
}

function describeOneWithin(word: Within, bounds: string): string {
  if (word === 'open') return `Too few samples to know whether the variant is within ${bounds}.`;
  if (word === 'unknown') return `Random inputs do not show whether the variant is within ${bounds}.`;
  if (word === 'no') return `The variant exceeds the limit of ${bounds}.`;
  return word === 'yes' ? `The variant is within ${bounds}.` : `The variant is probably within ${bounds}.`;
}

export function describeMissing({ missing }: Pick<TradeOff, 'missing'>): string {
  return missing === 0 ? '' : `${formatCounted(missing, 'variant')} not measured.`;
}

/** Names the samples of the points' evaluation and, if times are shown, the way in which they were timed. */
export function subtitleOf(result: SearchResult, { x, y }: ShownAxes): string {
  const isTimed = [x, y].some(({ id }) => id.startsWith('latency'));
  return `${evaluatedOn(result)}${isTimed ? '; latency alternating with the original' : ''}`;
}

function evaluatedOn(result: SearchResult): string {
  const loss: Loss | undefined = anyLoss(result);
  const { candidates, samples } = result;
  if (loss === undefined) return '';
  if (loss.inputs === 'synthetic') return `${formatCounted(loss.samples, 'random input')}, WASM`;
  // Variants that a person made: no search chose by these samples.
  if (samples.search === 0) return `${formatCounted(loss.samples, 'sample')}; WASM, 95 % intervals`;
  const checked = candidates.flatMap(({ confirmed }) => confirmed ?? []);
  if (checked.length === 0) return `Selected on ${formatCounted(loss.samples, 'sample')}; WASM, 95 % intervals`;
  const most = formatCount(Math.max(...checked.map((each) => each.samples)));
  const upTo = checked.some(({ isPlanned = false }) => isPlanned) ? 'up to ' : '';
  return `Selected on ${formatCount(loss.samples)}, verified on ${upTo}${most} held-out samples; WASM, 95 % intervals`;
}

const withinWords = {
  ...{ yes: 'yes', maybe: 'probably', open: 'too few samples', unknown: 'accuracy unknown', no: 'no' },
} as const;
type Within = keyof typeof withinWords;

/** A table of all points, on all axes. */
export function tableOf(points: readonly TradeOffPoint[], axes: readonly Axis[], limits: SearchLimits): ChartTableData {
  return {
    columns: [
      { title: 'Variant', csvName: 'variant' },
      ...axes.flatMap(({ id, title, csvName }) => [
        { title, csvName },
        ...(id === 'lost' ? [{ title: 'Interval', csvName: 'interval_percent' }] : []),
      ]),
      { title: 'Within the limits', csvName: 'within_limits' },
      { title: 'Recipe', csvName: 'recipe' },
    ],
    rows: points.map((point) => [
      { text: point.name },
      ...axes.flatMap(({ id, figures, format }) => {
        const figure = figures.get(point.id);
        const { value, interval = null } = figure ?? {};
        return [
          value === undefined ? { text: '–', value: null } : { text: format(value), value },
          ...(id === 'lost'
            ? [{ text: interval === null || interval[0] === interval[1] ? '' : interval.map(format).join(' to ') }]
            : []),
        ];
      }),
      { text: withinWords[withinLimits(point, axes, limits)] },
      { text: point.steps.join(', ') },
    ]),
  };
}
