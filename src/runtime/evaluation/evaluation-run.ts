/** The course of one evaluation, from its first sample to its results. */
import type { ReadContext } from '../../engine/data/dataset';
import type { Feeds } from '../../engine/data/feeds';
import { answeringOutputs } from '../../engine/data/mapping/answering-outputs';
import type { EvaluationTask } from '../../engine/data/mapping/mapping';
import { recordedFields, recordedOutputs, type RecordedField } from '../../engine/data/mapping/recorded-outputs';
import { ParetoError } from '../../engine/errors';
import { LabelValues, warnOfClassOrder } from '../../engine/metrics/accuracy-warnings';
import { detectTask, type JudgingLabels } from '../../engine/metrics/detect-task';
import type { Accuracy, AccuracyWarning, Evaluation, SkippedSample } from '../../engine/metrics/evaluation';
import { createJudge, pairedDifference, type Judge, type Label } from '../../engine/metrics/judge';
import { RegressionJudge } from '../../engine/metrics/regression';
import { RightOrWrongJudge } from '../../engine/metrics/right-or-wrong';
import { labelProblem } from '../../engine/metrics/label-problem';
import { formatList } from '../../engine/report/format';
import { chooseBatch } from './choose-batch';
import type { EvaluatedModel } from './evaluated-model';
import { asOriginalFailure, type OpenedModels } from './open-models';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import { groupSamples, readAhead, readSamples, type ReadSample, type SampleGroup } from './read-samples';
import { judgedOutputs, peekLabels } from './peek-labels';
import { describeFailure } from '../failure';

/** Of the skipped samples so many are named; all are counted. */
const mostNamed = 20;
/** Of all work: half a percent. */
const smallestProgress = 0.005;

export class EvaluationRun {
  readonly #context: ReadContext;
  readonly #request: EvaluateModelsRequest;
  readonly #opened: OpenedModels;
  readonly #onProgress: (done: number) => void;
  readonly #named: SkippedSample[] = [];
  readonly #recorded: readonly RecordedField[];
  #skipped = 0;
  #evaluated = 0;
  /** Samples that are done with, in every model. */
  #passed = 0;
  /** What was told last. */
  #reported = 0;
  #batch = 1;
  #task: EvaluationTask | undefined;
  /** What tells the task, where the mapping does not. */
  #labels: JudgingLabels | null = null;
  readonly #labelValues = new LabelValues();

  constructor(
    context: ReadContext,
    request: EvaluateModelsRequest,
    opened: OpenedModels,
    onProgress: (done: number) => void,
  ) {
    this.#context = context;
    this.#request = request;
    this.#opened = opened;
    this.#onProgress = onProgress;
    this.#recorded = recordedFields(request.dataset.description);
  }

  async run(): Promise<void> {
    const { dataset, indices, mapping } = this.#request;
    if (mapping.task === undefined) this.#labels = await peekLabels(this.#context, dataset, indices, mapping);
    const samples = readSamples(this.#context, dataset, indices, this.#opened.feeders);
    try {
      const first = await this.#findFirst(samples);
      this.#batch = await this.#warmUp(first);
      const groups = readAhead(groupSamples(startingWith(first, samples), this.#batch));
      for await (const group of groups) await this.#evaluate(group);
    } finally {
      await samples.return();
    }
    if (this.#evaluated === 0) throw this.#noSamples();
  }

  /** One per model of the request. */
  results(ms: number): readonly Evaluation[] {
    return this.#request.models.map(({ id }) => this.#result(id, ms));
  }

  get #original(): EvaluatedModel {
    return this.#opened.models[0]!;
  }

  async #findFirst(samples: AsyncGenerator<ReadSample | SkippedSample, void>): Promise<ReadSample> {
    for (;;) {
      const { done, value } = await samples.next();
      if (done) throw this.#noSamples();
      if ('fed' in value) return value;
      this.#skip(value);
    }
  }

  /** Runs the first sample in every model and chooses how many are run together from then on. */
  async #warmUp(first: ReadSample): Promise<number> {
    let outputs: Feeds = {};
    for (const model of this.#opened.models) {
      const warm = await this.#attempt(model, () => model.warmUp(first));
      if (model === this.#original) outputs = warm!;
    }
    const { batch } = this.#request;
    const fixed = this.#opened.feeders.map(({ samplesPerRun }) => samplesPerRun).filter((size) => size !== null);
    if (fixed.length > 0) return Math.min(...fixed);
    return batch ?? chooseBatch(first.fed[0]!.steps[0]!, outputs);
  }

  async #evaluate({ samples, skipped }: SampleGroup): Promise<void> {
    for (const one of skipped) this.#skip(one);
    const steps = samples[0]?.fed[0]?.steps.length ?? 0;
    for (let step = 0; step < steps; step++) {
      const outputs = await this.#runStep(samples, step, steps);
      const expected = outputs.get(this.#original)!;
      for (const [model, actual] of outputs) {
        if (model === this.#original) continue;
        expected.forEach((one, index) => model.comparison.add(one, actual[index]!, 1, { continues: step > 0 }));
      }
      if (step < steps - 1) continue;
      if (this.#recorded.length > 0) this.#compareWithRecorded(samples, outputs);
      this.#judge(samples, outputs);
    }
    this.#passed += samples.length;
  }

  async #runStep(
    samples: readonly ReadSample[],
    step: number,
    steps: number,
  ): Promise<Map<EvaluatedModel, readonly Feeds[]>> {
    const outputs = new Map<EvaluatedModel, readonly Feeds[]>();
    const modelCount = this.#request.models.length;
    for (const [index, model] of this.#opened.models.entries()) {
      const ran = await this.#attempt(model, () => model.run(samples, step));
      if (ran !== undefined) outputs.set(model, ran);
      const share = (step + (index + 1) / this.#opened.models.length) / steps;
      this.#report((this.#passed + samples.length * share) * modelCount);
    }
    return outputs;
  }

  /** Runs may take less than a millisecond: nobody needs to hear of each. */
  #report(done: number): void {
    const total = this.#request.indices.length * this.#request.models.length;
    if (done < total && done - this.#reported < total * smallestProgress) return;
    this.#reported = done;
    this.#onProgress(done);
  }

  #judge(samples: readonly ReadSample[], outputs: ReadonlyMap<EvaluatedModel, readonly Feeds[]>): void {
    const ofOriginal = outputs.get(this.#original)!;
    const task = (this.#task ??= this.#taskFor(ofOriginal));
    if (task.kind === 'match') {
      this.#refuseToSayNothing(ofOriginal[0]!);
      this.#evaluated += samples.length;
      return;
    }
    const labels = samples.map((sample, index) => this.#usableLabel(task, sample, ofOriginal[index]!));
    for (const [model, rows] of outputs) {
      const judge = (model.judge ??= createJudge(
        task,
        this.#request.indices.length,
        this.#opened.feeders[0]!.classNames,
      ));
      this.#guard(model, () => rows.forEach((row, index) => judge.add(row, [labels[index]!])));
    }
    this.#evaluated += labels.filter((label) => label !== null).length;
  }

  /** Recorded are the outputs of the original: a variant is compared by the same names. */
  #compareWithRecorded(samples: readonly ReadSample[], outputs: ReadonlyMap<EvaluatedModel, readonly Feeds[]>): void {
    const names = Object.keys(outputs.get(this.#original)![0]!);
    for (const [index, { recorded }] of samples.entries()) {
      const expected = recordedOutputs(this.#recorded, recorded, names);
      for (const [model, rows] of outputs) model.recorded.add(expected, rows[index]!, 1);
    }
  }

  #taskFor(outputs: readonly Feeds[]): EvaluationTask {
    const { mapping } = this.#request;
    return mapping.task ?? detectTask(answeringOutputs(judgedOutputs(outputs), mapping), this.#labels);
  }

  /** Alone, and with labels that fit none of its outputs, a model has nothing to be judged by. */
  #refuseToSayNothing(outputs: Feeds): void {
    if (this.#request.models.length > 1 || this.#recorded.length > 0) return;
    const { dataset, models } = this.#request;
    const shapes = Object.entries(outputs).map(
      ([name, { dtype, dims }]) => `"${name}" (${dtype} [${dims.join(', ')}])`,
    );
    throw new ParetoError(
      'evaluate/nothing',
      `${dataset.description.name} has labels that fit no output of the model, so ${models[0]!.id} alone cannot be judged. Its outputs: ${formatList(shapes)}. Choose the task and the labels, or compare with another model.`,
    );
  }

  /** `null`, and counted as skipped, for a label that cannot judge this output. */
  #usableLabel(task: Exclude<EvaluationTask, { kind: 'match' }>, { label, place }: ReadSample, outputs: Feeds): Label {
    if (label === null) return null;
    const problem = labelProblem(task, label, outputs[task.output]?.data.length ?? label.length);
    if (task.kind === 'classification') this.#labelValues.add(label, problem === undefined);
    if (problem === undefined) return label;
    this.#skip({ place, reason: problem }, 0);
    return null;
  }

  #skip(sample: SkippedSample, passed = 1): void {
    this.#skipped++;
    this.#passed += passed;
    if (this.#named.length < mostNamed) this.#named.push(sample);
  }

  /** A variant that fails is given up; the original's failure ends the evaluation. */
  async #attempt<Value>(model: EvaluatedModel, work: () => Promise<Value>): Promise<Value | undefined> {
    if (model.failure !== undefined) return undefined;
    try {
      return await work();
    } catch (error) {
      this.#giveUp(model, error);
      return undefined;
    }
  }

  #guard(model: EvaluatedModel, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#giveUp(model, error);
    }
  }

  #giveUp(model: EvaluatedModel, error: unknown): void {
    const { signal } = this.#context;
    signal.throwIfAborted();
    const { ep, models } = this.#request;
    if (model === this.#original) throw asOriginalFailure(error, models[0]!, ep);
    model.failure = describeFailure(error, `The variant “${model.id}”`, ep);
    model.close();
  }

  #noSamples(): ParetoError {
    const { dataset, indices } = this.#request;
    const [first] = this.#named;
    const why = first === undefined ? 'There are none.' : `The first: ${first.place}: ${first.reason}`;
    return new ParetoError(
      'evaluate/no-samples',
      `None of the ${indices.length} samples of ${dataset.description.name} can be used. ${why}`,
    );
  }

  /** With what makes it doubtful. */
  #accuracyOf(judge: Judge): Accuracy {
    const accuracy = judge.accuracy();
    const warning = judge instanceof RegressionJudge ? this.#doubtTask(judge) : this.#doubtClasses(judge, accuracy);
    return warning === undefined ? accuracy : { ...accuracy, warnings: [warning] };
  }

  /** A task that a person chose is not questioned. */
  #doubtTask(judge: RegressionJudge): AccuracyWarning | undefined {
    return this.#request.mapping.task === undefined ? judge.twoValuesWarning() : undefined;
  }

  #doubtClasses(judge: Judge, { task, metrics }: Accuracy): AccuracyWarning | undefined {
    if (!(judge instanceof RightOrWrongJudge)) return undefined;
    const { orderNames } = this.#opened.feeders[0]!;
    const { leadingMetric: metric, samples, classCount } = judge;
    const isOrdered = task.kind !== 'binary' || task.positive === undefined;
    // Labels that are off by one make any order look wrong: what they are comes first.
    const ofValues = orderNames === undefined ? this.#labelValues.warning(classCount) : undefined;
    const counts = judge.answers();
    return ofValues ?? warnOfClassOrder({ metric, metrics, samples, counts, classCount, names: orderNames, isOrdered });
  }

  #result(id: string, ms: number): Evaluation {
    const { ep, threads } = this.#request;
    const model = this.#opened.models.find((one) => one.id === id);
    const failure = model?.failure ?? this.#opened.failures.get(id);
    const common = {
      variant: id,
      ep,
      skipped: this.#skipped,
      skippedSamples: this.#named,
      batch: this.#batch,
      threads,
      ms,
    };
    if (model === undefined || failure !== undefined) {
      return { ...common, samples: 0, accuracy: null, runMs: model?.runMs ?? 0, failure };
    }
    const before = this.#original.judge;
    const isVariant = model !== this.#original;
    const difference = isVariant && before && model.judge ? pairedDifference(before, model.judge) : undefined;
    return {
      ...common,
      samples: this.#evaluated,
      accuracy: model.judge ? this.#accuracyOf(model.judge) : null,
      ...(difference && { difference }),
      ...(isVariant && { outputMatch: model.comparison.result() }),
      ...(this.#recorded.length > 0 && { recorded: model.recorded.result() }),
      runMs: model.runMs,
    };
  }
}

async function* startingWith(
  first: ReadSample,
  rest: AsyncGenerator<ReadSample | SkippedSample, void>,
): AsyncGenerator<ReadSample | SkippedSample, void> {
  yield first;
  yield* rest;
}
