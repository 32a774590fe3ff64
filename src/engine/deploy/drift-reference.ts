/** What inputs looked like before deployment: what a server compares the inputs of production with. No sample is kept. */
import type { Feeds, FeedTensor } from '../data/feeds';
import { evenQuantiles } from '../metrics/quantile';

/** One number of each sample of an input. */
export interface InputFeature {
  readonly input: string;
  readonly feature: 'mean' | 'std';
  /** Deciles without repetitions, upwards. A value belongs to the bin after all edges that are below it. */
  readonly edges: readonly number[];
  /** Of each bin: one more than edges. */
  readonly shares: readonly number[];
  /** 0, 5, … 100 %. */
  readonly quantiles: readonly number[];
  /** 99.9 % of χ² with as many degrees of freedom as edges: PSI ÷ (1/n + 1/m) stays below it where nothing drifted. */
  readonly chiSquared: number;
}

export interface DriftReference {
  readonly schema: 'pareto/drift-reference/1';
  readonly samples: number;
  readonly data: string;
  readonly features: readonly InputFeature[];
}

/** More say little more, and each takes a read of the data. */
const mostSamples = 1_000;
/** Fewer make no deciles. */
const fewestSamples = 20;

/** 99.9 % quantiles of χ² with 1 to 9 degrees of freedom (NIST/SEMATECH e-Handbook, table 1.3.6.7.4). */
const chiSquared = [10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322, 26.124, 27.877];

/**
 * Mean and standard deviation of each sample of each numeric input, as distributions. `feeds` are single samples. `null` where
 * fewer than 20 samples, or no number, came. `checkpoint` is called between samples.
 */
export async function referenceOf(
  feeds: AsyncIterable<Feeds>,
  data: string,
  checkpoint: () => Promise<void>,
): Promise<DriftReference | null> {
  const values = new Map<string, { means: number[]; stds: number[] }>();
  let samples = 0;
  for await (const sample of feeds) {
    for (const [input, tensor] of Object.entries(sample)) {
      const found = meanAndStd(tensor);
      if (found === null) continue;
      const of = values.get(input) ?? { means: [], stds: [] };
      of.means.push(found.mean);
      of.stds.push(found.std);
      values.set(input, of);
    }
    if (++samples === mostSamples) break;
    await checkpoint();
  }
  const features = [...values].flatMap(([input, { means, stds }]) => [
    ...featureOf(input, 'mean', means),
    ...featureOf(input, 'std', stds),
  ]);
  if (samples < fewestSamples || features.length === 0) return null;
  return { schema: 'pareto/drift-reference/1', samples, data, features };
}

/** None of what is always the same: every other value would be drift. */
function featureOf(
  input: string,
  feature: InputFeature['feature'],
  values: readonly number[],
): readonly InputFeature[] {
  const quantiles = evenQuantiles(values);
  const edges = [...new Set(quantiles.filter((_, step) => step % 2 === 0).slice(1, -1))];
  if (values.length === 0 || quantiles[0] === quantiles.at(-1)) return [];
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of values) counts[edges.filter((edge) => edge < value).length]!++;
  const shares = counts.map((count) => count / values.length);
  return [{ input, feature, edges, shares, quantiles, chiSquared: chiSquared[edges.length - 1]! }];
}

/** `null` for texts, and for half floats, which come as bits. */
function meanAndStd({ dtype, data }: FeedTensor): { readonly mean: number; readonly std: number } | null {
  if (!ArrayBuffer.isView(data) || dtype === 'float16' || dtype === 'bfloat16') return null;
  const numbers = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  if (numbers.length === 0) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  return Number.isFinite(mean) && Number.isFinite(variance) ? { mean, std: Math.sqrt(variance) } : null;
}
