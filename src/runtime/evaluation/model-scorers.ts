/** Decides the task of an evaluation, and scores the outputs of each model. */
import type { DatasetDescription } from '../../engine/data/dataset';
import type { Feeds } from '../../engine/data/feeds';
import { answeringOutputs } from '../../engine/data/mapping/answering-outputs';
import type { SampleFeeder } from '../../engine/data/mapping/fed-sample';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { LabelValues, warnOfClassOrder } from '../../engine/metrics/accuracy-warnings';
import { checkClassCount } from '../../engine/metrics/class-names';
import { detectTask, type DetectedTask, type KnownLabels } from '../../engine/data/mapping/detect-task';
import type { Accuracy, AccuracyWarning, PairedDifference } from '../../engine/metrics/evaluation';
import { EvenOddsScorer } from '../../engine/metrics/even-odds';
import { createScorer, pairedDifference, type LabeledTask } from '../../engine/metrics/create-scorer';
import { scoredClasses } from '../../engine/metrics/detection/decode-boxes';
import { DetectionScorer, type DetectionSpec } from '../../engine/metrics/detection/detection-scorer';
import { findBoxes } from '../../engine/metrics/detection/find-boxes';
import { evidenceOfData, type OutputEvidence } from '../../engine/metrics/output-kind';
import { findLabelField } from '../../engine/data/mapping/find-field';
import { preprocessingOfPictures } from '../../engine/data/pictures/place-boxes';
import type { Scorer, Label } from '../../engine/metrics/scorer';
import { labelProblem } from '../../engine/metrics/label-problem';
import { RegressionScorer } from '../../engine/metrics/regression';
import { RightOrWrongScorer } from '../../engine/metrics/right-or-wrong';
import { warnOfTrainingData } from '../../engine/metrics/training-data';
import { LabelFit } from '../../engine/metrics/label-fit';
import type { EvaluatedModel } from './evaluated-model';
import type { ReadSample } from './read-samples';
import type { SkippedSamples } from './skipped-samples';
import { ParetoError } from '../../engine/errors';
import { ownValue } from '../../engine/own-value';
import { tensorNumbers } from '../../engine/data/tensor-numbers';

export interface ScorersSpec {
  readonly mapping: DataMapping;
  /** The facts of the first labels about the task, if the mapping does not state it. */
  readonly labels: KnownLabels | null;
  /** The most samples that will be scored. */
  readonly capacity: number;
  /** The feeder of the original. */
  readonly feeder: SampleFeeder;
  /** Outputs of the original for one sample: their shapes decide an unknown task. */
  readonly outputs: Feeds;
  readonly data: DatasetDescription;
  /** The ways in which the original's graph computes its outputs. */
  readonly endings?: OutputEvidence['endings'];
}

/**
 * Shapes and labels decide the task before the first sample is scored. Decisions that depend on values follow after the
 * last sample, so the number of samples per run changes no figure.
 */
export class ModelScorers {
  readonly task: LabeledTask | Extract<DetectedTask, { readonly kind: 'match' }>;
  readonly #spec: ScorersSpec;
  readonly #byModel = new Map<EvaluatedModel, Scorer>();
  readonly #labelValues = new LabelValues();
  readonly #labelFit = new LabelFit();
  /** A warning that the given order of classes is shorter than the output. */
  readonly #shortOrder: AccuracyWarning | undefined;
  /** The way to read boxes. Absent if the labels are no boxes, or no output looks like boxes. */
  readonly #detection: DetectionSpec | undefined;

  /** Throws `mapping/classes` for an order of classes that cannot be the output's. */
  constructor(spec: ScorersSpec) {
    this.#spec = spec;
    const { mapping, labels, outputs } = spec;
    const described = Object.entries(outputs).map(([name, { dtype, dims }]) => ({ name, dtype, shape: asBatch(dims) }));
    this.#detection = labels?.areBoxes || mapping.task?.kind === 'detection' ? detectionSpec(spec) : undefined;
    this.task =
      taskOfBoxes(labels, this.#detection) ?? mapping.task ?? detectTask(answeringOutputs(described, mapping), labels);
    const classes = mapping.labels?.classes;
    if (classes !== undefined && this.task.kind === 'classification') {
      const { output: name } = this.task;
      this.#shortOrder = checkClassCount(classes, { name, width: ownValue(outputs, name)?.data.length ?? 0 });
    }
  }

  /** `null`, and counted as skipped, for a label that does not fit the outputs of the original. */
  usableLabels(
    samples: readonly ReadSample[],
    ofOriginal: readonly Feeds[],
    skipped: SkippedSamples,
  ): readonly Label[] {
    return samples.map((sample, index) => {
      const { place } = sample;
      const label = this.task.kind === 'next-token' ? tokensOf(sample) : sample.label;
      if (label === null || this.task.kind === 'match') return null;
      const width = ownValue(ofOriginal[index]!, this.task.output)?.data.length ?? label.length;
      const problem = labelProblem(this.task, label, width, this.#spec.feeder.classNames);
      this.#labelFit.add(problem);
      if (this.task.kind === 'classification') this.#labelValues.add(label, problem === undefined);
      if (problem === undefined) return label;
      skipped.add({ place, reason: problem });
      return null;
    });
  }

  /** `outputs`: of one sample each. Throws `evaluate/…` for outputs that cannot be scored. */
  add(model: EvaluatedModel, outputs: readonly Feeds[], labels: readonly Label[]): void {
    if (this.task.kind === 'match') return;
    const { capacity, feeder } = this.#spec;
    const scorer =
      this.#byModel.get(model) ??
      (this.task.kind === 'detection'
        ? new DetectionScorer(this.task, this.#detection!)
        : createScorer(this.task, capacity, feeder.classNames));
    this.#byModel.set(model, scorer);
    outputs.forEach((each, index) => scorer.add(each, [labels[index]!]));
  }

  /**
   * Whether a model was right on each of the samples that `add` took last. `undefined` for a sample without a label, and
   * for tasks whose answers are not right or wrong, or are so only by all scores together.
   */
  lastOutcomes(model: EvaluatedModel, labels: readonly Label[]): readonly (boolean | undefined)[] {
    const scorer = this.#byModel.get(model);
    if (!(scorer instanceof RightOrWrongScorer)) return labels.map(() => undefined);
    let place = scorer.samples - labels.filter((label) => label !== null).length;
    return labels.map((label) => (label === null ? undefined : scorer.correct[place++] === 1));
  }

  /** The accuracy with the reasons to doubt it. `null` if outputs are only compared. */
  accuracyOf(model: EvaluatedModel, original: EvaluatedModel): Accuracy | null {
    const scorer = this.#settledScorer(model, original);
    if (scorer === undefined) return null;
    const accuracy = scorer.accuracy();
    const warning =
      scorer instanceof RegressionScorer
        ? this.#doubtTask(scorer)
        : scorer instanceof DetectionScorer
          ? scorer.warning()
          : this.#doubtClasses(scorer, accuracy);
    // Wrong values of labels matter more than the number of labels.
    const unfit = warning?.code === 'label-values' ? undefined : this.#labelFit.warning();
    const warnings = [warnOfTrainingData(this.#spec.data), this.#shortOrder, unfit, warning].filter(
      (one) => one !== undefined,
    );
    return warnings.length === 0 ? accuracy : { ...accuracy, warnings };
  }

  differenceOf(model: EvaluatedModel, original: EvaluatedModel): PairedDifference | undefined {
    const [before, after] = [original, model].map((each) => this.#settledScorer(each, original));
    return before && after && pairedDifference(before, after);
  }

  #settledScorer(model: EvaluatedModel, original: EvaluatedModel): Scorer | undefined {
    const [scorer, deciding] = [this.#byModel.get(model), this.#byModel.get(original)];
    return scorer instanceof EvenOddsScorer && deciding instanceof EvenOddsScorer ? scorer.settled(deciding) : scorer;
  }

  /** A task that a person chose is not questioned. */
  #doubtTask(scorer: RegressionScorer): AccuracyWarning | undefined {
    return this.#spec.mapping.task === undefined ? scorer.twoValuesWarning() : undefined;
  }

  #doubtClasses(scorer: Scorer, { task, metrics }: Accuracy): AccuracyWarning | undefined {
    if (!(scorer instanceof RightOrWrongScorer)) return undefined;
    const { orderNames } = this.#spec.feeder;
    const { leadingMetric: metric, samples, classCount } = scorer;
    const isOrdered = task.kind !== 'binary' || task.positive === undefined;
    // Labels that are off by one make any order look wrong: what they are comes first.
    const ofValues = this.#labelValues.warning(classCount, orderNames);
    const counts = scorer.answers();
    return ofValues ?? warnOfClassOrder({ metric, metrics, samples, counts, classCount, names: orderNames, isOrdered });
  }
}

/** Labels that are boxes evaluate nothing if no output looks like boxes. */
function taskOfBoxes(
  labels: KnownLabels | null,
  detection: DetectionSpec | undefined,
): Extract<DetectedTask, { readonly kind: 'detection' | 'match' }> | undefined {
  if (detection !== undefined) return { kind: 'detection', output: detection.layout.output };
  return labels?.areBoxes ? { kind: 'match' } : undefined;
}

/**
 * Finds the way in which the original holds its boxes. COCO's category ids leave numbers out. A model numbers classes by them if it has a
 * score for each number, or if its class numbers have an output of their own. `undefined` if no output looks like boxes. Throws
 * `mapping/boxes` if a person chose the task.
 */
function detectionSpec({ mapping, outputs, data, endings }: ScorersSpec): DetectionSpec | undefined {
  const observed = Object.entries(outputs).map(([name, tensor]) => ({
    name,
    dtype: tensor.dtype,
    dims: tensor.dims,
    values: tensorNumbers(tensor),
  }));
  const found = findBoxes(observed, { ...evidenceOfData(mapping, data), ...(endings && { endings }) });
  if (found === undefined) {
    if (mapping.task === undefined) return undefined;
    throw new ParetoError(
      'mapping/boxes',
      'No output of the model looks like boxes. Describe how it holds them as "boxes" in the mapping, or choose another task.',
    );
  }
  const { layout } = found;
  const numbers = findLabelField(data, mapping.labels)?.classNumbers;
  const scores = scoredClasses(outputs, layout);
  const before = layout.background === 'first' ? 1 : 0;
  const isById =
    numbers !== undefined &&
    mapping.labels?.classes === undefined &&
    (scores === undefined
      ? layout.classes !== undefined
      : scores !== numbers.length && scores + before > Math.max(...numbers));
  const input = preprocessingOfPictures(mapping);
  return { layout, ...(input && { input }), ...(isById && { classNumbers: numbers.map((id) => id - before) }) };
}

/** The tokens that the original was fed: the text predicts itself. `null` if it was fed none. */
function tokensOf({ fed }: ReadSample): Label {
  const { tokens, steps } = fed[0]!;
  const tensor = tokens === undefined ? undefined : ownValue(steps[0]!, tokens);
  const ids = tensor && tensorNumbers(tensor);
  return ids === undefined ? null : Float64Array.from(ids);
}

/** Adds the batch axis, which outputs of a model for a single sample may lack. */
function asBatch(dims: readonly number[]): readonly number[] {
  return dims[0] === 1 ? dims : [1, ...dims];
}
