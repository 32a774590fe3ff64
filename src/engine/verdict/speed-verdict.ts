/** The only rule that turns times taken in turns into a word about speed (docs/design/measuring.md). */
import type { Comparison, PairedOriginal, Verdict } from '../metrics/cell';
import { studentInterval } from '../metrics/mean-interval';
import { intervalOfMedian, orAtLeastAsWide } from '../metrics/median-interval';
import { evenQuantiles, quantileOfSorted } from '../metrics/quantile';
import { formatRatio, formatRatioInterval } from '../format';

/** One ABBA block: two runs of each side, in ms per run, in the order measured. Pair i is (original[i], variant[i]). */
export interface Block {
  readonly original: readonly [number, number];
  readonly variant: readonly [number, number];
}

/** What is known of a speed. `same`: the interval lies within 3 % or the noise. `undecided`: more runs would settle it. */
export type SpeedWord = Exclude<Verdict, 'invalid'>;

export interface PairedComparison extends Pick<Comparison, 'ratio' | 'interval' | 'noiseFloor' | 'pairs'> {
  readonly verdict: SpeedWord;
  /** Median time of the original in these blocks, with its 95 % interval. */
  readonly original: PairedOriginal;
  /** The ratio is not that of the two medians, which are of different moments: no times may stand beside it. */
  readonly isOfPairs: boolean;
}

/** A difference smaller than this is never called one, however quiet the device. */
export const smallestDifference = 0.03;
/** A device with more noise than this shows no two speeds to be the same. */
const mostNoiseOfSame = 0.1;
/** A verdict needs this many pairs: three blocks, because the spread of two is chance. */
export const fewestPairs = 6;

/**
 * Blocks are added while the speed is not known, at most twice, and each time the interval is computed again. The levels
 * of these looks make all three intervals hold together in 95 of 100 comparisons. Most of the level is for the first
 * look, which has the fewest blocks (Jennison and Turnbull, "Group Sequential Methods", 2000, §9.2).
 */
export const levelsOfLooks = [0.04, 0.0075, 0.0075] as const;
const levelWithoutLooks = 0.05;

/** No timer resolves less than this share of a time, so an interval reaches so far on either side of its ratio. */
const leastWidth = 5e-4;

interface Measuring {
  /** The noise floor of the original against itself on the same provider, when that was measured. */
  readonly selfTestNoise?: number | undefined;
  /** Of the clock, for one run of the original; intervals are no narrower. */
  readonly resolutionMs?: number;
  /** The place of this look, if blocks are added while the speed is not known. Absent: their number was set before. */
  readonly look?: number;
}

/**
 * The speed of a variant from blocks. The ratio is the original's median time ÷ the variant's, so that it agrees with the
 * times beside it. Its interval is Student's, of the means of the blocks' log ratios, and holds the ratio. A ratio of
 * medians beyond interval and noise mixes times of different moments, so the mean of the log ratios replaces it.
 */
export function comparePaired(
  blocks: readonly Block[],
  { selfTestNoise, resolutionMs = 0, look }: Measuring = {},
): PairedComparison {
  const [original, variant] = [sideOf(blocks, 'original'), sideOf(blocks, 'variant')];
  const [ownMs, otherMs] = [quantileOfSorted(variant, 0.5), quantileOfSorted(original, 0.5)];
  const level = look === undefined ? levelWithoutLooks : levelsOfLooks[Math.min(look, levelsOfLooks.length - 1)]!;
  const [low, high] = orAtLeastAsWide(intervalOfBlocks(blocks, level), 2 * leastWidth + resolutionMs / otherMs);
  const noiseFloor = selfTestNoise ?? noiseOf(blocks.map(({ original: [first, second] }) => Math.log(first / second)));
  const ofMedians = Math.log(otherMs / ownMs);
  const reach = barOf(noiseFloor);
  const isOfPairs = !(ofMedians >= low - reach && ofMedians <= high + reach);
  const log = isOfPairs ? (low + high) / 2 : ofMedians;
  const measured = {
    ratio: Math.exp(log),
    interval: [Math.exp(Math.min(low, log - leastWidth)), Math.exp(Math.max(high, log + leastWidth))],
    noiseFloor,
    pairs: blocks.length * 2,
  } as const;
  const verdict = speedWord(measured);
  return { ...measured, verdict, original: summarizeOriginal(blocks, original, resolutionMs), isOfPairs };
}

/** The word that figures of a comparison support. */
export function speedWord({
  interval: [low, high],
  noiseFloor,
  pairs,
}: Pick<Comparison, 'interval' | 'noiseFloor' | 'pairs'>): SpeedWord {
  if (pairs < fewestPairs) return 'undecided';
  const bar = Math.exp(barOf(noiseFloor));
  if (low > bar) return 'faster';
  if (high < 1 / bar) return 'slower';
  const near = Math.min(bar, 1 + mostNoiseOfSame);
  return low >= 1 / near && high <= near ? 'same' : 'undecided';
}

/** The logarithm of the least ratio that counts as a difference. */
function barOf(noiseFloor: number): number {
  return Math.log1p(Math.max(noiseFloor, smallestDifference));
}

/** The verdicts that documents hold. */
export const writtenVerdicts = [
  'faster',
  'slower',
  'same',
  'undecided',
  'invalid',
] as const satisfies readonly Verdict[];

/** Measures `blocks` blocks, with `runs` runs in each turn, and compares them with `comparePaired`. Both sides return the ms of one run. */
export async function compareInTurns(
  original: (runs: number) => Promise<number>,
  variant: (runs: number) => Promise<number>,
  { blocks, runs }: { readonly blocks: number; readonly runs: number },
): Promise<PairedComparison> {
  const taken: Block[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const first = await original(runs);
    const both: [number, number] = [await variant(runs), await variant(runs)];
    taken.push({ original: [first, await original(runs)], variant: both });
  }
  return comparePaired(taken);
}

/**
 * Noise floor of an A/A self-test: blocks of one model in two sessions, compared as if they were two models. It is the
 * difference that they show, as a fraction: 0.03 is 3 %. The interval of each comparison holds what is random.
 */
export function selfTestNoiseFloor(blocks: readonly Block[]): number {
  return noiseOf(blocks.map(logRatioOf));
}

/** A few words: `1.52× faster`, `2.00× slower`, `about the same speed`, `speed not yet known`, `output wrong`. */
export function describeVerdict({ verdict, ratio }: Pick<Comparison, 'verdict' | 'ratio'>): string {
  switch (verdict) {
    case 'faster':
      return `${formatRatio(ratio)} faster`;
    case 'slower':
      return `${formatRatio(1 / ratio)} slower`;
    case 'same':
      return 'about the same speed';
    case 'undecided':
      return 'speed not yet known';
    case 'invalid':
      return 'output wrong';
  }
}

/** The ratio with its interval, turned so that it agrees with the word before it (a slowdown is above 1 too). */
export function describeRatio({
  ratio,
  interval,
  verdict,
}: Pick<Comparison, 'verdict' | 'ratio' | 'interval'>): string {
  if (verdict !== 'slower') return formatRatioInterval(ratio, interval);
  return formatRatioInterval(1 / ratio, [1 / interval[1], 1 / interval[0]]);
}

/** The verdict with its interval: `1.52× faster (1.48–1.57)`, `about the same speed (0.98–1.03)`; of a stand-in `about 1.52×`. */
export function describeSpeed(
  comparison: Pick<Comparison, 'verdict' | 'ratio' | 'interval'> & { readonly isStandIn?: boolean | undefined },
): string {
  if (comparison.isStandIn === true) return `about ${formatRatio(comparison.ratio)}`;
  if (comparison.verdict === 'invalid') return describeVerdict(comparison);
  return `${describeVerdict(comparison)} ${describeRatio(comparison).split(' ').slice(1).join(' ')}`;
}

/** A run that is not warm takes this much longer at least than a steady run of the same session. */
const surelyBusy = 0.8;
/** Less than this many timed runs are what a busy machine left. */
const fewRuns = 12;

/** A sentence if the times show that the machine did other work. */
export function describeBusy({
  firstRunMs,
  steady,
  flags,
}: {
  readonly firstRunMs: number;
  readonly steady: { readonly medianMs: number; readonly runs: number };
  readonly flags: readonly string[];
}): string | undefined {
  const isSlowed = firstRunMs < steady.medianMs * surelyBusy;
  const isCut = flags.includes('time-capped') && steady.runs < fewRuns;
  if (!isSlowed && !isCut) return undefined;
  const left = isCut ? `, and there was time for ${steady.runs} timed runs only` : '';
  return isSlowed
    ? `The machine was busy: the first run was faster than the later ones${left}. Measure again when it is idle.`
    : `The machine was slow or busy: there was time for ${steady.runs} timed runs only.`;
}

function sideOf(blocks: readonly Block[], side: keyof Block): Float64Array {
  return Float64Array.from(blocks.flatMap((block) => block[side])).sort();
}

function intervalOfBlocks(blocks: readonly Block[], level: number): readonly [number, number] {
  const logs = blocks.length > 1 ? blocks.map(logRatioOf) : blocks.flatMap(pairLogRatios);
  return studentInterval(Float64Array.from(logs), level);
}

function logRatioOf(block: Block): number {
  const [first, second] = pairLogRatios(block);
  return (first + second) / 2;
}

function pairLogRatios({ original, variant }: Block): readonly [number, number] {
  return [Math.log(original[0] / variant[0]), Math.log(original[1] / variant[1])];
}

function noiseOf(logs: readonly number[]): number {
  const difference = Math.expm1(Math.abs(logs.reduce((sum, log) => sum + log, 0) / logs.length));
  return Number.isFinite(difference) ? difference : 0;
}

function summarizeOriginal(blocks: readonly Block[], sorted: Float64Array, resolutionMs: number): PairedOriginal {
  return {
    medianMs: quantileOfSorted(sorted, 0.5),
    intervalMs: intervalOfMedian(
      blocks.map(({ original }) => original),
      resolutionMs,
    ),
    spread: {
      minMs: quantileOfSorted(sorted, 0),
      p95Ms: quantileOfSorted(sorted, 0.95),
      p99Ms: quantileOfSorted(sorted, 0.99),
      quantilesMs: evenQuantiles(sorted),
    },
  };
}
