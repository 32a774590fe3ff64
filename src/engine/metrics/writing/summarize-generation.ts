import type { GenerationPoint, GenerationTimes } from './generation';
import { intervalOfMedian } from '../median-interval';
import { median } from '../quantile';

/**
 * Speeds from medians of raw times, with 95 % intervals over turns. `original` has its times at the same cache
 * length, turn by turn. The ratio is the median over turns of its time ÷ that of the model, through logarithms.
 */
export function summarizeGeneration(
  { cacheLength, promptTokens, promptMs, tokenMs }: GenerationTimes,
  original: GenerationTimes | undefined,
): GenerationPoint {
  const firstTokenMs = median(promptMs);
  const [low, high] = intervalOfMedian(inGroups(tokenMs));
  return {
    cacheLength,
    firstTokenMs,
    prefillTokensPerSecond: (1000 * promptTokens) / firstTokenMs,
    decodeTokensPerSecond: 1000 / median(tokenMs),
    interval: [1000 / high, 1000 / low],
    ...(original && { ratio: ratioOf(original.tokenMs, tokenMs) }),
  };
}

function ratioOf(original: readonly number[], own: readonly number[]) {
  const turns = Math.min(original.length, own.length);
  const ratios = Array.from({ length: turns }, (_, turn) => original[turn]! / own[turn]!);
  return { value: Math.exp(median(ratios.map(Math.log))), interval: intervalOfMedian(inGroups(ratios)) };
}

function inGroups(values: readonly number[]): readonly (readonly number[])[] {
  return values.map((value) => [value]);
}
