/** Distributions of inputs and outputs before deployment, for a server that watches production. No sample is kept. */
import type { Feeds, FeedTensor } from '../data/feeds';
import { evenQuantiles } from '../metrics/quantile';

/** The distribution of one number of each sample. */
interface Distribution {
  /** Deciles without repetitions, upwards. A value belongs to the bin after all edges that are below it. */
  readonly edges: readonly number[];
  /** The share of each bin: one more than edges. */
  readonly shares: readonly number[];
  /** 0, 5, … 100 %. */
  readonly quantiles: readonly number[];
  /** 99.9 % of χ² with as many degrees of freedom as edges: PSI ÷ (1/n + 1/m) stays below it where nothing drifted. */
  readonly chiSquared: number;
}

export interface InputFeature extends Distribution {
  readonly input: string;
  readonly feature: 'mean' | 'std';
}

/** Describes an output with a score for each class: the class with the highest score, and its share. */
export interface OutputFeature extends Distribution {
  readonly output: string;
  readonly feature: 'class' | 'confidence';
}

export interface DriftReference {
  readonly schema: 'pareto/drift-reference/1';
  readonly samples: number;
  readonly data: string;
  readonly features: readonly InputFeature[];
  /** Samples that the model ran on. Absent: it ran on none, or has no output with classes. */
  readonly outputSamples?: number;
  readonly outputFeatures?: readonly OutputFeature[];
}

/** The largest number of samples. More would change little, and each takes a read of the data. */
const mostSamples = 1_000;
/** Each takes a run of the model. */
const mostRuns = 256;
/** Fewer make no deciles. */
const fewestSamples = 20;

const mostBins = 10;

/** 99.9 % quantiles of χ² with 1 to 9 degrees of freedom (NIST/SEMATECH e-Handbook, table 1.3.6.7.4). */
const chiSquared = [10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322, 26.124, 27.877];

/**
 * Computes distributions of the mean and standard deviation of each sample, for each numeric input. With `answer`,
 * which runs the model on one sample, it adds class and confidence of the outputs for the first 256 samples. `feeds`
 * must be single samples. `null` for fewer than 20 samples, or without any number. `checkpoint` is called between
 * samples.
 */
export async function referenceOf(
  feeds: AsyncIterable<Feeds>,
  data: string,
  checkpoint: () => Promise<void>,
  answer?: (sample: Feeds) => Promise<Feeds>,
): Promise<DriftReference | null> {
  const inputs = new Series();
  const outputs = new Series();
  let samples = 0;
  for await (const sample of feeds) {
    for (const [input, tensor] of Object.entries(sample)) {
      const found = meanAndStd(tensor);
      if (found === null) continue;
      inputs.add(input, 'mean', found.mean);
      inputs.add(input, 'std', found.std);
    }
    if (answer !== undefined && samples < mostRuns) addScores(outputs, await answer(sample));
    if (++samples === mostSamples) break;
    await checkpoint();
  }
  const features = inputs.map((input, feature: InputFeature['feature'], of) => ({ input, feature, ...of }));
  if (samples < fewestSamples || features.length === 0) return null;
  const outputFeatures = outputs.map((output, feature: OutputFeature['feature'], of) => ({ output, feature, ...of }));
  return {
    schema: 'pareto/drift-reference/1',
    ...{ samples, data, features },
    ...(outputFeatures.length > 0 && { outputSamples: Math.min(samples, mostRuns), outputFeatures }),
  };
}

/** Numbers of one feature. */
class Series {
  readonly #values = new Map<string, Map<string, number[]>>();

  add(name: string, feature: string, value: number): void {
    const of = this.#values.get(name) ?? new Map<string, number[]>();
    const values = of.get(feature);
    if (values === undefined) of.set(feature, [value]);
    else values.push(value);
    this.#values.set(name, of);
  }

  /** Calls `make` for each feature that has a distribution. */
  map<Feature extends string, Made>(make: (name: string, feature: Feature, of: Distribution) => Made): readonly Made[] {
    return [...this.#values].flatMap(([name, of]) =>
      [...of].flatMap(([feature, values]) => {
        const found = distributionOf(values);
        return found === null ? [] : [make(name, feature as Feature, found)];
      }),
    );
  }
}

/** Computes the same scores as `scores` of the bundle's server in `targets/server/drift.py`. */
function addScores(outputs: Series, answer: Feeds): void {
  for (const [output, { dtype, dims, data }] of Object.entries(answer)) {
    if ((dtype !== 'float32' && dtype !== 'float64') || dims.length !== 2 || dims[0] !== 1 || dims[1]! < 2) continue;
    const scores = Array.from(data as Float32Array, Number);
    if (!scores.every(Number.isFinite)) continue;
    const largest = Math.max(...scores);
    const sum = scores.reduce((total, score) => total + score, 0);
    const areShares = scores.every((score) => score >= 0) && Math.abs(sum - 1) < 1e-3;
    const raised = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
    outputs.add(output, 'class', scores.indexOf(largest));
    outputs.add(output, 'confidence', areShares ? largest : 1 / raised);
  }
}

/** Returns `null` for values that are always the same, because every other value would be drift. */
function distributionOf(values: readonly number[]): Distribution | null {
  const quantiles = evenQuantiles(values);
  const distinct = [...new Set(values)].toSorted((a, b) => a - b);
  const deciles = quantiles.filter((_, step) => step % 2 === 0);
  // A few distinct values, as of classes, have a bin each.
  const edges = distinct.length <= mostBins ? distinct.slice(0, -1) : [...new Set(deciles.slice(1, -1))];
  if (values.length === 0 || quantiles[0] === quantiles.at(-1)) return null;
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of values) counts[edges.filter((edge) => edge < value).length]!++;
  const shares = counts.map((count) => count / values.length);
  return { edges, shares, quantiles, chiSquared: chiSquared[edges.length - 1]! };
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
