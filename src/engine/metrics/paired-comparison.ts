import type { SeededRandom } from '../seeded-random';
import { atLeastAsWide, bootstrapMedianInterval } from './bootstrap';
import type { PairedOriginal, Verdict } from './cell';
import { evenQuantiles, median, quantileOfSorted } from './quantile';

/** One ABBA block: two runs of each side, in ms per run, in the order measured. Pair i is (original[i], variant[i]). */
export interface Block {
  readonly original: readonly [number, number];
  readonly variant: readonly [number, number];
}

export interface PairedComparison {
  /** Original time ÷ variant time: above 1 the variant is faster. */
  readonly ratio: number;
  readonly interval: readonly [number, number];
  readonly noiseFloor: number;
  readonly verdict: Exclude<Verdict, 'invalid'>;
  readonly pairs: number;
  /** Median time of the original in these blocks, with its 95 % bootstrap interval. */
  readonly original: PairedOriginal;
}

/** A difference smaller than this is never called one, however quiet the device. */
export const smallestDifference = 0.03;

/**
 * The bootstrap interval of fewer blocks is too narrow. Without a difference, five blocks are all on the same side in 2
 * × 2⁻⁵ = 6 % of the cases.
 */
const fewestBlocks = 6;

/** True if time sufficed for too few pairs to confirm any difference. */
export function hasTooFewPairs({ pairs }: { readonly pairs: number }): boolean {
  return pairs < 2 * fewestBlocks;
}

/**
 * Compares by the median of per-pair log ratios ln(original ÷ variant), with a 95 % bootstrap interval over blocks.
 * Faster or slower only when the whole interval lies beyond ±ln(1 + max(noise floor, 3 %)).
 * `selfTestNoise`: the noise floor of the original against itself on the same provider, when that was measured.
 * `resolutionMs`: of the clock, for one run of the original; its interval is no narrower.
 */
export function comparePaired(
  blocks: readonly Block[],
  random: SeededRandom,
  selfTestNoise = 0,
  resolutionMs = 0,
): PairedComparison {
  const logRatios = blocks.map(pairLogRatios);
  const [low, high] = bootstrapMedianInterval(logRatios, random);
  const noiseFloor = Math.max(selfTestNoise, noiseWithinBlocks(blocks, random));
  const threshold = Math.log1p(Math.max(noiseFloor, smallestDifference));
  return {
    ratio: Math.exp(median(logRatios.flat())),
    interval: [Math.exp(low), Math.exp(high)],
    noiseFloor,
    verdict: hasTooFewPairs({ pairs: 2 * blocks.length }) ? 'no-difference' : verdictOf(low, high, threshold),
    pairs: blocks.length * 2,
    original: summarizeOriginal(
      blocks.map(({ original }) => [...original]),
      random,
      resolutionMs,
    ),
  };
}

/** Measures `blocks` blocks, with `runs` runs in each turn, and compares them with `comparePaired`. Both sides return the ms of one run. */
export async function compareInTurns(
  original: (runs: number) => Promise<number>,
  variant: (runs: number) => Promise<number>,
  { blocks, runs }: { readonly blocks: number; readonly runs: number },
  random: SeededRandom,
): Promise<PairedComparison> {
  const taken: Block[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const first = await original(runs);
    const both: [number, number] = [await variant(runs), await variant(runs)];
    taken.push({ original: [first, await original(runs)], variant: both });
  }
  return comparePaired(taken, random);
}

function summarizeOriginal(
  blocksMs: readonly (readonly number[])[],
  random: SeededRandom,
  resolutionMs: number,
): PairedOriginal {
  const sorted = Float64Array.from(blocksMs.flat()).sort();
  return {
    medianMs: quantileOfSorted(sorted, 0.5),
    intervalMs: atLeastAsWide(bootstrapMedianInterval(blocksMs, random), resolutionMs),
    spread: {
      minMs: quantileOfSorted(sorted, 0),
      p95Ms: quantileOfSorted(sorted, 0.95),
      p99Ms: quantileOfSorted(sorted, 0.99),
      quantilesMs: evenQuantiles(sorted),
    },
  };
}

/**
 * Noise floor of an A/A self-test: blocks of one model in two sessions, compared as if they were two models. The
 * largest relative difference that the 95 % interval allows, as a fraction: 0.03 is 3 %.
 */
export function selfTestNoiseFloor(blocks: readonly Block[], random: SeededRandom): number {
  return largestDifference(bootstrapMedianInterval(blocks.map(pairLogRatios), random));
}

/** The same from the two runs of the original in each block: the effect of the order of runs alone in one session. */
function noiseWithinBlocks(blocks: readonly Block[], random: SeededRandom): number {
  const groups = blocks.map(({ original: [first, second] }) => [Math.log(first / second)]);
  return largestDifference(bootstrapMedianInterval(groups, random));
}

function pairLogRatios({ original, variant }: Block): number[] {
  return [Math.log(original[0] / variant[0]), Math.log(original[1] / variant[1])];
}

function largestDifference([low, high]: readonly [number, number]): number {
  const difference = Math.expm1(Math.max(Math.abs(low), Math.abs(high)));
  return Number.isFinite(difference) ? difference : 0;
}

function verdictOf(low: number, high: number, threshold: number): PairedComparison['verdict'] {
  if (low > threshold) return 'faster';
  if (high < -threshold) return 'slower';
  return 'no-difference';
}
