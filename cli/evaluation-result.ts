import type { DatasetDescription } from '../src/engine/data/dataset';
import type { DataMapping, EvaluationTask } from '../src/engine/data/mapping/mapping';
import type { DataSplit } from '../src/engine/data/split';
import type { AccuracyWarning, ClassResults, Evaluation } from '../src/engine/metrics/evaluation';

/** The JSON document: a contract, so from the first release on keys are only ever added. */
export interface EvaluationResult extends ModelEvaluation {
  readonly ep: Evaluation['ep'];
  readonly batch: number;
  readonly threads: number;
  readonly skippedSamples: Evaluation['skippedSamples'];
  readonly against?: ModelEvaluation & { readonly difference?: Evaluation['difference'] };
  readonly outputMatch?: Evaluation['outputMatch'];
  readonly data: Pick<DatasetDescription, 'name' | 'format' | 'samples' | 'sizeBytes' | 'notes'> & {
    /** SHA-256 over paths and contents of all files. */
    readonly fingerprint: string;
  };
  /** Which samples were asked for. `seed` is null where nothing is drawn: the first ones, in the order of the data. */
  readonly split: { readonly seed: number | null } & Pick<DataSplit, 'calibration' | 'evaluation'>;
  /** With the task that was found, where none was given. */
  readonly mapping: DataMapping;
  /** Why the mapping is what it is, when it was worked out. */
  readonly mappingReasons: readonly string[];
  /** Of the model's runs alone. */
  readonly throughput: { readonly samplesPerSecond: number; readonly runMs: number };
  readonly ms: number;
}

export interface ModelIdentity {
  readonly name: string;
  /** Of the model file. */
  readonly sha256: string;
}

export interface ModelEvaluation {
  readonly model: ModelIdentity;
  readonly samples: number;
  readonly skipped: number;
  readonly task: EvaluationTask;
  readonly metrics: NonNullable<Evaluation['accuracy']>['metrics'];
  readonly classes?: ClassResults;
  readonly undecided?: number;
  /** Why the figures are doubtful, such as labels and outputs that do not mean the same classes. Empty where nothing is. */
  readonly warnings: readonly AccuracyWarning[];
  /** Against the outputs that the data records; absent where it records none. */
  readonly recorded?: Evaluation['recorded'];
}
