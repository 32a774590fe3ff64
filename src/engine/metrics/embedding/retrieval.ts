/** Labeled recall: whether the nearest neighbors of an embedding have its label. */
import type { Feeds } from '../../data/feeds';
import type { EvaluationTask } from '../../data/mapping/mapping';
import { ownValue } from '../../own-value';
import type { Accuracy } from '../evaluation';
import { outputRows } from '../output-rows';
import { proportion } from '../proportion-interval';
import type { Label, Scorer } from '../scorer';
import { cosinesOf } from './neighbors';

type RetrievalTask = Extract<EvaluationTask, { readonly kind: 'retrieval' }>;

/** Every sample is compared with every other, so more take long. */
const mostCompared = 2048;
/** Numbers that are kept, 64 MB. */
const mostKept = 2 ** 24;

/** The numbers of nearest neighbors, by the metric. */
const depths = { recallAt1: 1, recallAt5: 5, recallAt10: 10 } as const;

/**
 * recall@k = share of samples with a sample of the same label among their k nearest others by cosine (Jégou et al. 2011; Oh Song et al.
 * 2016). A label is the number of a class or a group, such as a question and its documents. Samples whose label no other has are left
 * out. The first 2,048 samples are compared with each other. An output with several rows for a sample counts as their mean. Among equal
 * cosines the first sample is nearer. A vector without a direction finds nothing and is not found.
 */
export class RetrievalScorer implements Scorer {
  readonly #task: RetrievalTask;
  readonly #vectors: Float32Array[] = [];
  readonly #labels: number[] = [];
  #samples = 0;
  #ranks: Float64Array | undefined;

  constructor(task: RetrievalTask) {
    this.#task = task;
  }

  get samples(): number {
    return this.#samples;
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { output } = this.#task;
    const { values, width: perSample } = outputRows(outputs, output, labels.length);
    const width = ownValue(outputs, output)!.dims.at(-1) ?? 1;
    this.#ranks = undefined;
    labels.forEach((label, sample) => {
      if (label === null) return;
      this.#samples++;
      if (this.#vectors.length >= Math.min(mostCompared, mostKept / width)) return;
      const vector = new Float32Array(width);
      for (let at = 0; at < perSample; at++) vector[at % width]! += values[sample * perSample + at]!;
      this.#vectors.push(vector);
      this.#labels.push(label[0]!);
    });
  }

  accuracy(): Accuracy {
    const metrics = Object.entries(depths).map(([metric, depth]) => {
      const found = this.found(depth);
      return [
        metric,
        proportion(
          found.reduce((sum, one) => sum + one, 0),
          found.length,
        ),
      ] as const;
    });
    return { task: this.#task, metrics: Object.fromEntries(metrics) };
  }

  /** 1 for each sample with its label among the `depth` nearest others, in the order of scoring. */
  found(depth: number): Uint8Array {
    this.#ranks ??= ranksOf(this.#vectors, this.#labels);
    return Uint8Array.from(this.#ranks, (rank) => (rank < depth ? 1 : 0));
  }
}

/** Returns the number of others that are nearer than the nearest one of the same label, for each sample that has such another. */
function ranksOf(vectors: readonly Float32Array[], labels: readonly number[]): Float64Array {
  const { count, values } = cosinesOf(vectors);
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const ranks: number[] = [];
  for (let sample = 0; sample < count; sample++) {
    if (sizes.get(labels[sample]!) === 1) continue;
    const row = values.subarray(sample * count, (sample + 1) * count);
    let best = -1;
    for (let other = 0; other < count; other++) {
      const isSame = other !== sample && labels[other] === labels[sample];
      if (isSame && row[other]! > (row[best] ?? -Infinity)) best = other;
    }
    ranks.push(best < 0 ? Infinity : nearerThan(row, best));
  }
  return Float64Array.from(ranks);
}

function nearerThan(row: Float64Array, best: number): number {
  let nearer = 0;
  for (let other = 0; other < row.length; other++) {
    if (row[other]! > row[best]! || (row[other] === row[best] && other < best)) nearer++;
  }
  return nearer;
}
