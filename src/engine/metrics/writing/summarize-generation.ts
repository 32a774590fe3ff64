import type { SeededRandom } from '../../seeded-random';
import { bootstrapMedianInterval } from '../bootstrap';
import type { GenerationPoint, GenerationTimes } from './generation';
import { median } from '../quantile';

/**
 * Speeds from medians of raw times, with bootstrap intervals over turns. `original` has its times at the same cache
 * length, turn by turn. The ratio is the median over turns of its time ÷ that of the model, through logarithms.
 */
export function summarizeGeneration(
  { cacheLength, promptTokens, promptMs, tokenMs }: GenerationTimes,
  original: GenerationTimes | undefined,
  random: SeededRandom,
): GenerationPoint {
  const firstTokenMs = median(promptMs);
  const [low, high] = bootstrapMedianInterval(inGroups(tokenMs), random);
  return {
    cacheLength,
    firstTokenMs,
    prefillTokensPerSecond: (1000 * promptTokens) / firstTokenMs,
    decodeTokensPerSecond: 1000 / median(tokenMs),
    interval: [1000 / high, 1000 / low],
    ...(original && { ratio: ratioOf(original.tokenMs, tokenMs, random) }),
  };
}

function ratioOf(original: readonly number[], own: readonly number[], random: SeededRandom) {
  const turns = Math.min(original.length, own.length);
  const logs = Array.from({ length: turns }, (_, turn) => Math.log(original[turn]! / own[turn]!));
  const [low, high] = bootstrapMedianInterval(inGroups(logs), random);
  return { value: Math.exp(median(logs)), interval: [Math.exp(low), Math.exp(high)] as const };
}

function inGroups(values: readonly number[]): readonly (readonly number[])[] {
  return values.map((value) => [value]);
}
