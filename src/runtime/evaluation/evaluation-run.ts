/** The course of one evaluation, from its first sample to its last. */
import type { ReadContext } from '../../engine/data/dataset';
import type { Feeds } from '../../engine/data/feeds';
import { recordedFields, recordedOutputs, type RecordedField } from '../../engine/data/mapping/recorded-outputs';
import { ParetoError } from '../../engine/errors';
import type { SkippedSample } from '../../engine/metrics/evaluation';
import { formatList } from '../../engine/format';
import { describeRandomness } from '../../engine/metrics/describe-randomness';
import { describeFailure, describeRefusedRun } from '../session/failure';
import { EvaluationChanges } from './collect-changes';
import { chooseBatch, mostBatchBytes } from './choose-batch';
import type { EvaluatedModel } from './evaluated-model';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import type { FinishedRun } from './evaluation-results';
import { groupSamples, type SampleGroup } from './group-samples';
import { ModelScorers } from './model-scorers';
import { asOriginalFailure, type OpenedModels } from './open-models';
import { peekLabels } from './peek-labels';
import { readSamples, type ReadSample } from './read-samples';
import { RunProgress } from './run-progress';
import { SkippedSamples } from './skipped-samples';

type Samples = AsyncGenerator<ReadSample | SkippedSample, void>;

interface WarmedUp {
  /** Outputs of the original. */
  readonly outputs: Feeds;
  readonly randomness: string | undefined;
}

/** The number of samples that are tried until the original accepts one. */
const mostRefusedAtFirst = 8;

export class EvaluationRun {
  readonly #context: ReadContext;
  readonly #request: EvaluateModelsRequest;
  readonly #opened: OpenedModels;
  readonly #progress: RunProgress;
  readonly #skipped = new SkippedSamples();
  readonly #recorded: readonly RecordedField[];
  readonly #changes: EvaluationChanges | undefined;

  constructor(
    context: ReadContext,
    request: EvaluateModelsRequest,
    opened: OpenedModels,
    onProgress: (done: number) => void,
  ) {
    this.#context = context;
    this.#request = request;
    this.#opened = opened;
    this.#progress = new RunProgress(request.indices.length, request.models.length, onProgress);
    this.#recorded = recordedFields(request.dataset.description);
    this.#changes = request.listsChanges
      ? new EvaluationChanges(request, opened.models[0]!, opened.feeders[0]!.classNames)
      : undefined;
  }

  async run(): Promise<FinishedRun> {
    const { dataset, indices, mapping } = this.#request;
    const labels =
      mapping.task === undefined ? await peekLabels(this.#context, dataset, indices, mapping.labels) : null;
    const samples = readSamples(this.#context, dataset, indices, this.#opened.feeders);
    try {
      const { first, outputs, randomness } = await this.#start(samples);
      const feeder = this.#opened.feeders[0]!;
      const scorers = new ModelScorers({
        mapping,
        labels,
        capacity: indices.length,
        feeder,
        outputs,
        data: dataset.description,
        ...(this.#request.endings && { endings: this.#request.endings }),
      });
      if (scorers.task.kind === 'match') this.#refuseToSayNothing(outputs);
      const batch = this.#batchFor(first, outputs);
      // Later samples may be longer than the first, which a batch was chosen for.
      const bytes = this.#request.batch === undefined ? mostBatchBytes : Infinity;
      let evaluated = 0;
      for await (const group of readAhead(groupSamples(startingWith(first, samples), { samples: batch, bytes }))) {
        evaluated += await this.#evaluate(group, scorers);
      }
      if (evaluated === 0) throw this.#noSamples();
      const hasRecordedOutputs = this.#recorded.length > 0;
      return {
        scorers,
        evaluated,
        skipped: this.#skipped,
        batch,
        hasRecordedOutputs,
        randomness,
        changes: this.#changes,
      };
    } finally {
      await samples.return();
    }
  }

  get #original(): EvaluatedModel {
    return this.#opened.models[0]!;
  }

  /**
   * Starts with the first sample that the original accepts. If it refuses many from the first one on, the cause is not
   * the samples.
   */
  async #start(samples: Samples): Promise<WarmedUp & { readonly first: ReadSample }> {
    for (let refused = 1; ; refused++) {
      const first = await this.#findFirst(samples);
      try {
        return { first, ...(await this.#warmUp(first)) };
      } catch (error) {
        if (refused === mostRefusedAtFirst) throw error;
        this.#skipRefused(first, error);
      }
    }
  }

  async #findFirst(samples: Samples): Promise<ReadSample> {
    for (;;) {
      const { done, value } = await samples.next();
      if (done) throw this.#noSamples();
      if ('fed' in value) return value;
      this.#skipUnread(value);
    }
  }

  /** Runs the first sample in every model, in the original twice where something is compared with it. */
  async #warmUp(first: ReadSample): Promise<WarmedUp> {
    const [outputs, ...others] = await this.#warmUpEach(this.#opened.models, first);
    const isCompared = others.length > 0 || this.#recorded.length > 0;
    const [again] = isCompared ? await this.#warmUpEach([this.#original], first) : [];
    return { outputs: outputs!, randomness: again && describeRandomness(outputs!, again) };
  }

  async #warmUpEach(models: readonly EvaluatedModel[], first: ReadSample): Promise<readonly (Feeds | undefined)[]> {
    const outputs = [];
    for (const model of models) outputs.push(await this.#attempt(model, () => model.warmUp(first)));
    return outputs;
  }

  /** The number of samples that run together. */
  #batchFor(first: ReadSample, outputs: Feeds): number {
    const fixed = this.#opened.feeders.map(({ samplesPerRun }) => samplesPerRun).filter((size) => size !== null);
    if (fixed.length > 0) return Math.min(...fixed);
    return this.#request.batch ?? chooseBatch(first.fed[0]!.steps, outputs);
  }

  /** Returns the number of scored or compared samples. */
  async #evaluate({ samples, skipped }: SampleGroup, scorers: ModelScorers): Promise<number> {
    for (const one of skipped) this.#skipUnread(one);
    return samples.length === 0 ? 0 : this.#evaluateTogether(samples, scorers);
  }

  async #evaluateTogether(samples: readonly ReadSample[], scorers: ModelScorers): Promise<number> {
    const steps = samples[0]!.fed[0]!.steps.length;
    let outputs = new Map<EvaluatedModel, readonly Feeds[]>();
    for (let step = 0; step < steps; step++) {
      try {
        outputs = await this.#runStep(samples, step, steps);
      } catch (error) {
        // The comparisons of the earlier steps cannot be undone.
        if (step > 0) throw error;
        return this.#evaluateRefused(samples, error, scorers);
      }
      this.#compareWithOriginal(outputs, step);
    }
    this.#progress.pass(samples.length);
    // The last step of a sample is scored.
    return this.#score(samples, outputs, scorers);
  }

  /** The original refused some of the samples: each is run alone, and those that it refuses alone are skipped. */
  async #evaluateRefused(samples: readonly ReadSample[], error: unknown, scorers: ModelScorers): Promise<number> {
    if (samples.length === 1) {
      this.#skipRefused(samples[0]!, error);
      return 0;
    }
    if (refusalIn(error) === undefined) throw error;
    let evaluated = 0;
    for (const sample of samples) evaluated += await this.#evaluateTogether([sample], scorers);
    return evaluated;
  }

  async #runStep(
    samples: readonly ReadSample[],
    step: number,
    steps: number,
  ): Promise<Map<EvaluatedModel, readonly Feeds[]>> {
    const outputs = new Map<EvaluatedModel, readonly Feeds[]>();
    for (const [index, model] of this.#opened.models.entries()) {
      const ran = await this.#attempt(model, () => model.run(samples, step));
      if (ran !== undefined) outputs.set(model, ran);
      this.#progress.report(samples.length, (step + (index + 1) / this.#opened.models.length) / steps);
    }
    return outputs;
  }

  #compareWithOriginal(outputs: ReadonlyMap<EvaluatedModel, readonly Feeds[]>, step: number): void {
    const expected = outputs.get(this.#original)!;
    for (const [model, actual] of outputs) {
      if (model === this.#original) continue;
      expected.forEach((one, index) => model.comparison.add(one, actual[index]!, 1, { continues: step > 0 }));
    }
  }

  #score(
    samples: readonly ReadSample[],
    outputs: ReadonlyMap<EvaluatedModel, readonly Feeds[]>,
    scorers: ModelScorers,
  ): number {
    if (this.#recorded.length > 0) this.#compareWithRecorded(samples, outputs);
    if (scorers.task.kind === 'match') {
      this.#changes?.add({ samples, outputs }, scorers);
      return samples.length;
    }
    const labels = scorers.usableLabels(samples, outputs.get(this.#original)!, this.#skipped);
    for (const [model, rows] of outputs) {
      try {
        scorers.add(model, rows, labels);
      } catch (error) {
        this.#giveUp(model, error);
      }
    }
    this.#changes?.add({ samples, outputs, labels }, scorers);
    return labels.filter((label) => label !== null).length;
  }

  /** Recorded are the outputs of the original: a variant is compared by the same names. */
  #compareWithRecorded(samples: readonly ReadSample[], outputs: ReadonlyMap<EvaluatedModel, readonly Feeds[]>): void {
    const names = Object.keys(outputs.get(this.#original)![0]!);
    for (const [index, { recorded }] of samples.entries()) {
      const expected = recordedOutputs(this.#recorded, recorded, names);
      for (const [model, rows] of outputs) model.recorded.add(expected, rows[index]!, 1);
    }
  }

  /** A model alone, without labels that fit an output, cannot be scored. */
  #refuseToSayNothing(outputs: Feeds): void {
    if (this.#request.models.length > 1 || this.#recorded.length > 0) return;
    const { dataset, models } = this.#request;
    const shapes = Object.entries(outputs).map(
      ([name, { dtype, dims }]) => `"${name}" (${dtype} [${dims.join(', ')}])`,
    );
    throw new ParetoError(
      'evaluate/nothing',
      `The labels of ${dataset.description.name} fit no output of the model, so ${models[0]!.id} alone cannot be evaluated. Its outputs: ${formatList(shapes)}. Choose the task and the labels, or compare with another model.`,
    );
  }

  #skipUnread(sample: SkippedSample): void {
    this.#skipped.add(sample);
    this.#progress.pass(1);
  }

  /** Throws the error when it is not about the sample. */
  #skipRefused({ place }: ReadSample, error: unknown): void {
    const reason = refusalIn(error);
    if (reason === undefined) throw error;
    this.#skipUnread({ place, reason });
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
    return this.#skipped.noneLeft(dataset.description, indices.length);
  }
}

/** The reason why the original refused its input. */
function refusalIn(error: unknown): string | undefined {
  return error instanceof Error ? describeRefusedRun(error.cause) : undefined;
}

async function* startingWith(first: ReadSample, rest: Samples): Samples {
  yield first;
  yield* rest;
}

/**
 * Yields the same values, and fetches the next one while the caller works on the last. Two are in memory at most. Ends
 * the source when the caller stops early.
 */
async function* readAhead<Value>(source: AsyncGenerator<Value, void>): AsyncGenerator<Value, void> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = source.next();
      // The next round awaits it. Without this handler, a failure until then would end the process.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    next.catch(() => undefined);
    await source.return();
  }
}
