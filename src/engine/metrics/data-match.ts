/** Output match on data. Many samples show more than signal and noise, in the unit of the kind of each output. */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { BoxLayout } from '../data/mapping/mapping';
import type { OutputKind } from '../data/output-kind';
import { ownValue } from '../own-value';
import { BoxTally } from './detection/box-tally';
import { decideKinds } from './detection/find-boxes';
import { DistributionTally } from './distribution-tally';
import { EmbeddingTally } from './embedding/embedding-tally';
import type { DataMatch, TalliedFigures } from './evaluation';
import { type KindDecision, observedOutputs, type OutputEvidence } from './output-kind';
import { type ComparedWith, OutputComparison } from './output-match';
import { type OutputTally, TextTally } from './output-tally';
import { tensorNumbers } from '../data/tensor-numbers';
import { meanEstimate } from './mean-interval';

/** A mask says yes above it. */
const threshold = 0.5;
/** A float16 sigmoid may lie this far outside its range through rounding. */
const roundingRoom = 1e-3;

interface Places {
  both: number;
  either: number;
}

/**
 * Intersection over union of the places above one half, the mean over samples. A sample in which neither model finds
 * anything counts as 1. No figure if an original's value leaves [0, 1], or if it finds nothing in any sample.
 */
class MaskTally implements OutputTally {
  readonly #samples: Places[] = [];
  #isMask = true;
  #findsAny = false;

  add(expected: FeedTensor, actual: FeedTensor | undefined, samples: number, continues: boolean): void {
    if (!this.#isMask) return;
    const x = tensorNumbers(expected)!;
    const found = actual && tensorNumbers(actual);
    const y = found?.length === x.length ? found : undefined;
    const width = x.length / samples;
    for (let sample = 0; sample < samples; sample++) {
      if (!continues) this.#samples.push({ both: 0, either: 0 });
      const places = this.#samples.at(-1)!;
      for (let index = sample * width; index < (sample + 1) * width; index++) {
        const value = x[index]!;
        if (!(value >= -roundingRoom && value <= 1 + roundingRoom)) this.#isMask = false;
        const [isHere, isThere] = [value > threshold, (y?.[index] ?? 0) > threshold];
        if (isHere) this.#findsAny = true;
        if (isHere && isThere) places.both++;
        if (isHere || isThere) places.either++;
      }
    }
  }

  get figures(): TalliedFigures {
    const none = { klDivergence: null, agreement: null };
    if (!this.#isMask || !this.#findsAny) return none;
    const shares = this.#samples.map(({ both, either }) => (either === 0 ? 1 : both / either));
    return { ...none, overlap: meanEstimate(Float64Array.from(shares)) };
  }
}

interface TalliedOutput extends KindDecision {
  /** Absent for numbers, for which signal and noise are enough. */
  readonly tally: OutputTally | undefined;
}

/** The kinds of a model's outputs, and how boxes are held, if it has any. */
export interface KindsOfOutputs {
  readonly byName: ReadonlyMap<string, OutputKind>;
  readonly boxes?: BoxLayout;
}

interface ComparisonOptions {
  readonly comparedWith?: ComparedWith;
  /** Known facts about the outputs. If absent, their values and shapes decide. */
  readonly evidence?: OutputEvidence;
}

/**
 * Compares a variant's outputs with the original's on samples. `OutputComparison` finds signal and noise of all
 * outputs. In addition, each output is compared by its kind, which `decideKinds` finds from the first batch.
 * Distributions have a divergence and equal answers, embeddings their direction and neighbors. Masks have their
 * overlap, boxes those that both find, and texts the share that is the same.
 */
export class DataComparison {
  readonly #comparison: OutputComparison;
  readonly #evidence: OutputEvidence | undefined;
  readonly #outputs = new Map<string, TalliedOutput>();
  #layout: BoxLayout | undefined;
  /** Compares boxes, which several outputs may hold together. Its figures stand with the output of this name. */
  #boxes: { readonly output: string; readonly tally: BoxTally } | undefined;
  #samples = 0;

  constructor({ comparedWith, evidence }: ComparisonOptions = {}) {
    this.#comparison = new OutputComparison(comparedWith);
    this.#evidence = evidence;
  }

  /**
   * Adds the outputs of `samples` samples. `continues`: they are a further step of the one sample added last. `kind`: the
   * kind of the inputs, as in `OutputComparison`.
   */
  add(original: Feeds, variant: Feeds, samples: number, { continues = false, kind = 0 } = {}): void {
    this.#comparison.add(original, variant, kind);
    if (!continues) this.#samples += samples;
    if (this.#outputs.size === 0) this.#decide(original, samples);
    for (const [name, expected] of Object.entries(original)) {
      this.#outputs.get(name)?.tally?.add(expected, ownValue(variant, name), samples, continues);
    }
    this.#boxes?.tally.add(original, variant, samples);
  }

  /** The kinds that the first batch decided; empty before it. */
  get kinds(): KindsOfOutputs {
    const byName = new Map([...this.#outputs].map(([name, { kind }]) => [name, kind]));
    return { byName, ...(this.#layout && { boxes: this.#layout }) };
  }

  #decide(original: Feeds, samples: number): void {
    const outputs = observedOutputs(original);
    const { kinds, boxes } = decideKinds(outputs, this.#evidence, samples);
    outputs.forEach(({ name }, index) => {
      const decision = kinds[index]!;
      this.#outputs.set(name, { ...decision, tally: tallyOf(decision, ownValue(original, name)!) });
    });
    this.#layout = boxes?.layout;
    if (boxes !== undefined) this.#boxes = { output: boxes.layout.output, tally: new BoxTally(boxes.layout) };
  }

  /** `unchanged`: see `OutputComparison`. */
  result({
    unchanged = false,
    inputs = 'data',
  }: { readonly unchanged?: boolean; readonly inputs?: DataMatch['inputs'] } = {}): DataMatch {
    const perOutput = [...this.#outputs].map(([name, { kind, reason, tally }]) => ({
      name,
      kind,
      reason,
      ...((name === this.#boxes?.output ? this.#boxes.tally : tally)?.figures ?? noFigures),
    }));
    const match = this.#comparison.result(inputs, { unchanged });
    // Random inputs show no objects.
    const lost = inputs === 'data' ? this.#boxes?.tally.problem : undefined;
    const problem = match.problem ?? lost;
    return {
      ...match,
      valid: match.valid && lost === undefined,
      ...(problem !== undefined && { problem }),
      samples: this.#samples,
      perOutput,
    };
  }
}

const noFigures: TalliedFigures = { klDivergence: null, agreement: null };

function tallyOf({ kind }: KindDecision, { dims, data }: FeedTensor): OutputTally | undefined {
  if (kind === 'texts') return new TextTally();
  if (kind === 'map') return new MaskTally();
  // A row that is empty, or is a single number, is no distribution and has no direction.
  const hasPlaces = dims.length === 4 && dims[2] === 1 && dims[3] === 1;
  if (data.length === 0 || ((hasPlaces ? dims[1] : dims.at(-1)) ?? 0) < 2) return undefined;
  switch (kind) {
    case 'probabilities':
    case 'scores':
      return new DistributionTally(false);
    case 'sequence':
      return new DistributionTally(true);
    case 'embedding':
      return new EmbeddingTally();
    case 'regression':
    case 'boxes':
      return undefined;
  }
}
