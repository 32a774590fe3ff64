/** The trade-off as points and a table: what the chart draws and what is read instead of it. Pure: result in, figures out. */
import { formatBytes, formatCount, formatCounted } from '../../../../engine/format';
import { toldLoss, type Candidate, type Loss } from '../../../../engine/search/candidate';
import { formatLoss, nameOfLoss } from '../../../../engine/search/describe-search';
import { limitOf } from '../../../../engine/search/loss';
import { originalPointId, type SearchResult } from '../../../../engine/search/search-journal';
import { originalColour } from '../../theme/variant-colour';
import type { ChartTableData } from '../charts/chart-table';

type SearchedCandidate = SearchResult['candidates'][number];

export interface TradeOffMark {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** In percent or points. */
  readonly lost: number;
  readonly interval: readonly [number, number] | null;
  readonly role: 'original' | 'best' | 'frontier' | 'other';
  /** Of the row of the work that it is; `null`: it was tried, and not made. */
  readonly colour: string | null;
}

/** The colour of the variant that was made of a candidate; `undefined` where none was. */
export type ColourOfCandidate = (candidate: Pick<Candidate, 'recipe'>) => string | undefined;

export interface TradeOff {
  readonly title: string;
  readonly subtitle: string;
  readonly marks: readonly TradeOffMark[];
  /** Corners of the step line, from the smallest to the largest. */
  readonly frontier: readonly { readonly sizeBytes: number; readonly lost: number }[];
  /** In percent or points. */
  readonly limit: number;
  readonly lossTitle: string;
  readonly table: ChartTableData;
}

export function tradeOffOf(result: SearchResult, colourOf: ColourOfCandidate = () => undefined): TradeOff {
  const tried = result.candidates.flatMap((candidate) => markOf(candidate, result, colourOf) ?? []);
  const marks = [originalMark(result), ...tried];
  const loss = anyLoss(result);
  return {
    title: `Size against ${lossTitle(result).toLowerCase()}, in ${(loss?.of ?? 'accuracy') === 'accuracy' ? 'points' : '%'}`,
    subtitle: subtitleOf(result, loss),
    marks,
    frontier: cornersOf(
      marks.filter(({ role, id }) => role === 'frontier' || role === 'best' || result.frontier.includes(id)),
    ),
    limit: 100 * limitOf(loss ?? { of: 'accuracy' }, result.limits),
    lossTitle: lossTitle(result),
    table: tableOf(marks, loss),
  };
}

/** One that stands by its speed alone is marked, but no corner: the line only goes down. */
function cornersOf(marks: readonly TradeOffMark[]): TradeOff['frontier'] {
  const corners: TradeOff['frontier'][number][] = [];
  for (const { sizeBytes, lost } of marks.toSorted((a, b) => a.sizeBytes - b.sizeBytes || a.lost - b.lost)) {
    if (lost < (corners.at(-1)?.lost ?? Infinity)) corners.push({ sizeBytes, lost });
  }
  return corners;
}

/** The head of the column of losses: never accuracy where there are no labels. */
export function lossTitle(result: SearchResult): string {
  return nameOfLoss(anyLoss(result) ?? { of: 'accuracy', inputs: 'data' });
}

function anyLoss({ candidates }: SearchResult): Loss | undefined {
  return candidates.map(({ loss }) => loss).find((loss) => loss !== undefined);
}

function originalMark({ originalBytes }: SearchResult): TradeOffMark {
  const zero = { sizeBytes: originalBytes, lost: 0, interval: null };
  return { id: originalPointId, name: 'original', ...zero, role: 'original', colour: originalColour };
}

function markOf(
  candidate: SearchedCandidate,
  { best }: SearchResult,
  colourOf: ColourOfCandidate,
): TradeOffMark | undefined {
  const { id, name, sizeBytes, standing, stage } = candidate;
  const loss = toldLoss(candidate);
  if (loss === undefined || sizeBytes === undefined || stage === 'failed') return undefined;
  const interval = loss.interval && ([100 * loss.interval[0], 100 * loss.interval[1]] as const);
  const role = id === best ? 'best' : standing.kind === 'frontier' ? 'frontier' : 'other';
  return { id, name, sizeBytes, lost: 100 * loss.value, interval, role, colour: colourOf(candidate) ?? null };
}

function subtitleOf({ candidates, samples }: SearchResult, loss: Loss | undefined): string {
  if (loss === undefined) return '';
  if (loss.inputs === 'synthetic') return `${formatCounted(loss.samples, 'input')} that are made up, WASM`;
  // Variants that a person made: no search chose by these samples.
  if (samples.search === 0) return `${formatCounted(loss.samples, 'sample')}; WASM, 95 % intervals`;
  const checked = candidates.flatMap(({ confirmed }) => confirmed ?? []);
  const most = formatCount(Math.max(...checked.map((each) => each.samples)));
  const isOfAll = checked.some(({ isPlanned = false }) => isPlanned);
  const confirmed = checked.length === 0 ? '' : `, checked on ${isOfAll ? `up to ${most}` : `${most} others`}`;
  return `Chosen by ${formatCounted(loss.samples, 'sample')}${confirmed}; WASM, 95 % intervals`;
}

function tableOf(marks: readonly TradeOffMark[], loss: Loss | undefined): ChartTableData {
  const of = loss ?? { of: 'accuracy' as const };
  return {
    columns: [
      { title: 'Variant', csvName: 'variant' },
      { title: 'Size', csvName: 'size_bytes' },
      { title: 'Lost', csvName: 'lost_percent' },
      { title: 'Interval', csvName: 'interval_percent' },
    ],
    rows: marks.map(({ name, sizeBytes, lost, interval }) => [
      { text: name },
      { text: formatBytes(sizeBytes), value: sizeBytes },
      { text: formatLoss(of, lost / 100), value: lost },
      { text: interval === null ? '' : interval.map((end) => formatLoss(of, end / 100)).join(' to ') },
    ]),
  };
}
