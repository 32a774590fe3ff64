/** The results of evaluating a model on data, from which the page's result and the `evaluate` command's JSON are built. */
import type { DataMapping, EvaluationTask } from '../data/mapping/mapping';
import type { OutputKind } from '../data/output-kind';
import type { ChangedSamples } from './changes/changed-sample';
import type { ExecutionProvider, OutputMatch } from './cell';

/** A figure with its 95 % interval. Shares are fractions from 0 to 1. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [number, number];
  /** The number of predicted tokens, for perplexity. */
  readonly tokens?: number;
}

export interface ClassResults {
  readonly names: readonly string[];
  /** Rows are true classes, columns predicted ones. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Accuracy of the outputs. Metrics by name: top1, top5 · accuracy, precision, recall, f1 · mae, rmse, r2 · map, map50 · cer, wer · recallAt1, recallAt5, recallAt10 · perplexity, nextTokenAgreement.
 */
export interface Accuracy {
  readonly task: EvaluationTask;
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** Results by class, for a classification with at most `mostListedClasses` classes. */
  readonly classes?: ClassResults;
  /** Samples whose outputs are not numbers (NaN): they count as wrong and are in no column of the confusion. */
  readonly undecided?: number;
  /** Warnings that make the figures doubtful. Absent if there are none. */
  readonly warnings?: readonly AccuracyWarning[];
}

export interface AccuracyWarning {
  readonly code:
    | 'class-order'
    | 'class-names'
    | 'below-chance'
    | 'same-answer'
    | 'chance-level'
    | 'preprocessing'
    | 'label-values'
    | 'two-values'
    | 'training-data'
    | 'unusable-labels'
    | 'boxes'
    | 'unchecked';
  /** One or two sentences that say what to look at. */
  readonly message: string;
  /** An order of classes that fits better: a proposal for `labels.classes` of the mapping, never used unasked. */
  readonly classes?: readonly string[];
  /** A task that fits better: a proposal for `task` of the mapping, never used unasked. */
  readonly task?: EvaluationTask;
  /** Another scaling of pixels or columns that fits better: a proposal for `inputs` of the mapping, never used unasked. */
  readonly inputs?: DataMapping['inputs'];
}

/** A variant's leading metric minus the original's on the same samples. */
export interface PairedDifference {
  readonly metric: string;
  readonly value: number;
  readonly interval: readonly [number, number];
  /** Samples that only the one or only the other got right, of a classification. */
  readonly onlyOriginal?: number;
  readonly onlyVariant?: number;
}

/** A sample that could not be read, fed, run or evaluated. */
export interface SkippedSample {
  readonly place: string;
  readonly reason: string;
}

export interface Evaluation {
  /** `original` or the variant's id. */
  readonly variant: string;
  readonly ep: ExecutionProvider;
  readonly samples: number;
  readonly skipped: number;
  /** The first of them. */
  readonly skippedSamples: readonly SkippedSample[];
  /** `null` without labels. */
  readonly accuracy: Accuracy | null;
  /** Against the original; absent for the original itself and without labels. */
  readonly difference?: PairedDifference;
  /** Against the original on the same samples; absent for the original itself. */
  readonly outputMatch?: DataMatch;
  /** The samples whose answers changed most; absent for the original itself, and if nobody asked for them. */
  readonly changes?: ChangedSamples;
  /** Match with the outputs that the data records, also for the original. Absent if it records none. */
  readonly recorded?: DataMatch;
  /** A sentence with the reason why this variant could not be run. It then has no figures. */
  readonly failure?: string;
  readonly batch: number;
  readonly threads: number;
  /** Time of the runs alone, without reading data, over the whole evaluation of this model. */
  readonly runMs: number;
  readonly ms: number;
}

/** Similarity of an output in the unit of its kind. A share is of samples, from 0 to 1. */
export interface TalliedFigures {
  /** Mean Kullback–Leibler divergence of the variant's distribution from the original's, in nats. */
  readonly klDivergence: number | null;
  /** Share of samples whose largest element (of sequences: in every step), or whose text, is the same. */
  readonly agreement: Estimate | null;
  /** Share of steps with the same largest element, for sequences. */
  readonly stepAgreement?: Estimate;
  /** Mean of 1 − cosine over samples, for embeddings. */
  readonly cosineLoss?: Estimate;
  /** Share of samples whose nearest other sample is the same, for embeddings. Absent for fewer than three samples. */
  readonly neighborAgreement?: Estimate;
  /** Mean share of the ten nearest other samples that stay among the ten nearest, for embeddings. Absent for fewer than 40 samples. */
  readonly recallAt10?: Estimate;
  /** Spearman's correlation of the cosines of all pairs of samples, −1 to 1, for embeddings. */
  readonly similarityRank?: number;
  /**
   * Intersection over union of the values above one half, the mean over samples, for masks. Absent if there are none,
   * or values leave [0, 1].
   */
  readonly overlap?: Estimate;
  /** The mAP@50 of the variant's boxes against those of the original with a score above 0.25. Absent if the original finds none. */
  readonly boxAgreement?: Estimate;
}

/** An output, compared by its kind. */
export interface ComparedOutput extends TalliedFigures {
  readonly name: string;
  readonly kind: OutputKind;
  /** A clause that says why the output is of this kind. */
  readonly reason: string;
}

/** Output match on data, with the figures that need many samples. */
export interface DataMatch extends OutputMatch {
  readonly perOutput: readonly ComparedOutput[];
}

export const mostListedClasses = 100;
