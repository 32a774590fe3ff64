/**
 * The training loop: one run of the step graph for each batch, in a session that keeps the state. At intervals the
 * held-out samples are evaluated and the best weights are kept.
 */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { Inference, OpenInference } from '../inference';
import { ownValue } from '../own-value';
import type { Progress } from '../progress';
import type { SeededRandom } from '../seeded-random';
import { augmentationAt, augmentPictures, pictureLayout, type Augmentation, type Mixture } from './augment';
import type { StepGraph } from './compile-step';
import type { LabelKind } from './emit-loss';
import { openStep, type StepPlace, type TrainingProvider } from './open-step';
import { stepScalars, type OptimizerSettings } from './optimizers';
import { averageShareAt, learningRateAt, type ScheduleSettings } from './schedule';
import { stepsBetweenChecks, StopRule, type Verdict } from './stop-rule';
import { TimeLimit } from './time-limit';
import type { TrainingBatch, TrainingSamples } from './training-samples';

export interface TrainingHost {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly random: SeededRandom;
  checkpoint(): Promise<void>;
  progress(progress: Progress): void;
  /** A point of the loss: of a batch that was trained on, or of the held-out samples. */
  observe(series: LossSeries, step: number, loss: number): void;
}

export type LossSeries = 'training' | 'held out';

export interface TrainingRun {
  readonly step: StepGraph;
  readonly samples: TrainingSamples;
  readonly optimizer: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  readonly augmentation: Augmentation;
  readonly provider: TrainingProvider;
  /** The most time for all that `train` does. Absent: no limit. */
  readonly mostMs?: number;
  /** Kind and columns of the labels [B, K]. Absent if the step takes no labels. */
  readonly labels?: { readonly kind: LabelKind; readonly columns: number };
  /** Weights to begin with if their held-out loss is less than that of the step's own start. */
  readonly otherStart?: Float32Array;
}

export interface TrainingResult {
  /** The weights with the least held-out loss; `undefined` if none was better than the step's own start. */
  readonly weights: Float32Array | undefined;
  readonly startLoss: number;
  readonly bestLoss: number;
  readonly bestStep: number;
  readonly steps: number;
  /** The provider of the steps. Absent if no step ran. */
  readonly place?: StepPlace;
  /** `nothing-to-learn`: the start has no loss. `time`: the limit allowed no further step. */
  readonly end: 'all-steps' | 'no-gain' | 'time' | 'diverged' | 'nothing-to-learn';
}

/**
 * Trains. The start is evaluated before a session of the step is made, which takes far longer than finding that there
 * is nothing to learn. Held-out samples are always evaluated on WASM, the reference for the model's outputs. Rejects
 * with the signal's reason once aborted, and as the inference does.
 */
export async function train(run: TrainingRun, host: TrainingHost): Promise<TrainingResult> {
  const limit = new TimeLimit(run.mostMs ?? Infinity);
  const evaluation = await host.inference.open(host.signal, run.step.evaluation.model, { threads: 'device' });
  try {
    const heldOut = new HeldOutLoss(run, host, evaluation);
    const evaluatedAtMs = performance.now();
    const own = await heldOut.lossOf(run.step.start);
    limit.evaluated(performance.now() - evaluatedAtMs);
    const other = run.otherStart && (await heldOut.lossOf(run.otherStart));
    const isOther = other !== undefined && other.loss < own.loss;
    const start = isOther ? other : own;
    const weights = isOther ? run.otherStart! : run.step.start;
    host.observe('held out', 0, start.loss);
    if (start.loss <= leastLoss * Math.min(1, start.meanSquare)) {
      return {
        weights: isOther ? weights : undefined,
        startLoss: own.loss,
        bestLoss: start.loss,
        bestStep: 0,
        steps: 0,
        end: 'nothing-to-learn',
      };
    }
    const { session, place } = await openStep(host.inference, host.signal, {
      step: run.step,
      asked: run.provider,
      feeds: startFeeds(run, weights),
      loss: start.firstLoss,
    });
    try {
      const result = await new Trainer(run, host, session, { heldOut, limit, weights }).run(start.loss);
      return { ...result, weights: result.weights ?? (isOther ? weights : undefined), startLoss: own.loss, place };
    } finally {
      session.close();
    }
  } finally {
    evaluation.close();
  }
}

/** A step on the first batch that is held out, which moves the weights by nothing that is kept. */
function startFeeds(run: TrainingRun, weights: Float32Array): Feeds {
  const [batch] = run.samples.heldOut as [TrainingBatch];
  return {
    ...batch.feeds,
    ...labelFeeds(run, run.step.labels, batch, undefined),
    ...scalarFeeds(run, learningRateAt(run.schedule, 1), 1),
    ...stateFrom(run.step, weights),
  };
}

/** Models that differ only in the order of additions leave a loss below this share of the mean square of the outputs. */
const leastLoss = 1e-9;
/** The most points of the training loss that a run reports. */
const mostLossPoints = 200;

/** Computes the loss on the held-out samples. */
class HeldOutLoss {
  readonly #run: TrainingRun;
  readonly #host: TrainingHost;
  readonly #evaluation: OpenInference;

  constructor(run: TrainingRun, host: TrainingHost, evaluation: OpenInference) {
    this.#run = run;
    this.#host = host;
    this.#evaluation = evaluation;
  }

  /**
   * Means over the held-out samples, without scaling: of the loss, and of the squares of outputs. The loss of their
   * first batch.
   */
  async lossOf(
    weights: Float32Array,
  ): Promise<{ readonly loss: number; readonly firstLoss: number; readonly meanSquare: number }> {
    const { evaluation } = this.#run.step;
    const { heldOut } = this.#run.samples;
    let loss = 0;
    let firstLoss: number | undefined;
    let meanSquare = 0;
    for (const batch of heldOut) {
      const outputs = await this.#evaluation.run({
        ...batch.feeds,
        ...labelFeeds(this.#run, evaluation.labels, batch, undefined),
        [evaluation.weights]: vector(weights),
      });
      const answers = outputs[evaluation.answers]!.data as Float32Array;
      const own = (outputs[evaluation.loss]!.data as Float32Array)[0]!;
      firstLoss ??= own;
      loss += own;
      meanSquare += answers.reduce((sum, value) => sum + value * value, 0) / answers.length;
      await this.#host.checkpoint();
    }
    return { loss: loss / heldOut.length, firstLoss: firstLoss ?? NaN, meanSquare: meanSquare / heldOut.length };
  }
}

class Trainer {
  readonly #run: TrainingRun;
  readonly #host: TrainingHost;
  readonly #session: OpenInference;
  readonly #heldOut: HeldOutLoss;
  readonly #limit: TimeLimit;
  readonly #start: Float32Array;
  /** The requested schedule, or a shorter one if time is limited. */
  #schedule: ScheduleSettings;
  #best: Float32Array | undefined;
  #bestStep = 0;
  #rateShare = 1;
  /** Steps since the moments of the optimizer were zero. */
  #age = 0;

  constructor(
    run: TrainingRun,
    host: TrainingHost,
    session: OpenInference,
    own: { readonly heldOut: HeldOutLoss; readonly limit: TimeLimit; readonly weights: Float32Array },
  ) {
    this.#run = run;
    this.#host = host;
    this.#session = session;
    this.#heldOut = own.heldOut;
    this.#limit = own.limit;
    this.#start = own.weights;
    this.#schedule = run.schedule;
  }

  async run(startLoss: number): Promise<TrainingResult> {
    const { step: graph } = this.#run;
    const rule = new StopRule(startLoss);
    let state = stateFrom(graph, this.#start);
    let end: TrainingResult['end'] = 'all-steps';
    let step = 0;
    let checkedAt = 0;
    while (step < this.#schedule.steps) {
      step++;
      const { steps } = this.#schedule;
      this.#host.progress({ stage: 'Training', done: step - 1, total: steps });
      const loss = await this.#train(step, state);
      state = {};
      this.#keepTime(step);
      if (step % Math.ceil(steps / mostLossPoints) === 0) this.#host.observe('training', step, loss);
      await this.#host.checkpoint();
      const isLast = step === this.#schedule.steps;
      // A limit of time may change the distance of checks from step to step.
      if (step - checkedAt < stepsBetweenChecks(this.#schedule.steps) && !isLast) continue;
      checkedAt = step;
      const verdict = await this.#check(rule, step);
      if (verdict.kind === 'stop') {
        end = verdict.why;
        break;
      }
      if (verdict.kind === 'restore') state = this.#restore();
    }
    if (end === 'all-steps' && step < this.#run.schedule.steps) end = 'time';
    const { steps } = this.#schedule;
    this.#host.progress({ stage: 'Trained', done: steps, total: steps });
    return this.#result(rule, step, end);
  }

  /** Fits the schedule to the time that is left. */
  #keepTime(step: number): void {
    const affordable = this.#limit.affordableSteps(step, stepsBetweenChecks(this.#schedule.steps));
    const steps = Math.min(this.#run.schedule.steps, affordable);
    if (steps !== this.#schedule.steps) this.#schedule = { ...this.#schedule, steps };
  }

  #result({ startLoss, bestLoss }: StopRule, steps: number, end: TrainingResult['end']): TrainingResult {
    return { weights: this.#best, startLoss, bestLoss, bestStep: this.#bestStep, steps, end };
  }

  /** One step; its loss, before the update. */
  async #train(step: number, state: Feeds): Promise<number> {
    const { step: graph, samples, augmentation } = this.#run;
    const schedule = this.#schedule;
    const batch = samples.next();
    const mixtures = augmentBatch(batch, augmentationAt(augmentation, step, schedule.steps), this.#host.random);
    const outputs = await this.#session.run({
      ...batch.feeds,
      ...labelFeeds(this.#run, graph.labels, batch, mixtures),
      ...scalarFeeds(this.#run, learningRateAt(schedule, step) * this.#rateShare, ++this.#age),
      ...state,
    });
    return (outputs[graph.loss]!.data as Float32Array)[0]!;
  }

  async #check(rule: StopRule, step: number): Promise<Verdict> {
    const { step: graph } = this.#run;
    const schedule = this.#schedule;
    const state = await this.#session.read();
    const isLast = step === schedule.steps;
    // The average lags behind. At the end, when steps are small, the weights themselves may be better.
    const vectors = graph.average ? [graph.average, ...(isLast ? [graph.weights] : [])] : [graph.weights];
    let loss = Infinity;
    for (const { output } of vectors) {
      const weights = ownValue(state, output)!.data as Float32Array;
      const { loss: found } = await this.#heldOut.lossOf(weights);
      if (found < rule.bestLoss && found < loss) {
        this.#best = weights.slice();
        this.#bestStep = step;
      }
      loss = Math.min(loss, found);
    }
    this.#host.observe('held out', step, loss);
    return rule.decide(loss, learningRateAt(schedule, step) < schedule.learningRate / 2);
  }

  #restore(): Feeds {
    this.#rateShare /= 2;
    this.#age = 0;
    return stateFrom(this.#run.step, this.#best ?? this.#start);
  }
}

/** Weights, and moments of zeros. */
function stateFrom(step: StepGraph, weights: Float32Array): Feeds {
  const zeros = Object.values(step.moments).map(
    ({ input }) => [input, vector(new Float32Array(weights.length))] as const,
  );
  return {
    ...Object.fromEntries(zeros),
    [step.weights.input]: vector(weights),
    ...(step.average && { [step.average.input]: vector(weights) }),
  };
}

/** @param age steps since the moments of the optimizer were zero, this one included. */
function scalarFeeds({ optimizer, step }: TrainingRun, rate: number, age: number): Feeds {
  const values = { ...stepScalars(optimizer, rate, age), averageShare: averageShareAt(age) };
  return Object.fromEntries(
    Object.entries(step.scalars).flatMap(([name, input]) =>
      input === undefined ? [] : [[input, scalar(values[name as keyof typeof values])]],
    ),
  );
}

function labelFeeds(
  { labels: description }: TrainingRun,
  input: string | undefined,
  { labels }: TrainingBatch,
  mixtures: readonly Mixture[] | undefined,
): Feeds {
  if (input === undefined || description === undefined) return {};
  const { kind, columns } = description;
  const rows = labels.map((label) => labelRow(label!, kind, columns));
  const data = new Float32Array(rows.length * columns);
  rows.forEach((own, index) => {
    const { other, share } = mixtures?.[index] ?? { other: index, share: 1 };
    const partner = rows[other]!;
    data.set(
      own.map((value, column) => share * value + (1 - share) * partner[column]!),
      index * columns,
    );
  });
  return { [input]: { dtype: 'float32', dims: [rows.length, columns], data } };
}

/** A class as a row of zeros with a one; numbers stay unchanged. */
function labelRow(label: Float64Array, kind: LabelKind, columns: number): Float32Array {
  if (kind === 'values' || label.length === columns) return Float32Array.from(label);
  const row = new Float32Array(columns);
  row[label[0]!] = 1;
  return row;
}

function augmentBatch(
  { feeds }: TrainingBatch,
  kind: Augmentation,
  random: SeededRandom,
): readonly Mixture[] | undefined {
  const pictures = Object.values(feeds).filter(({ dims }) => pictureLayout(dims) !== undefined);
  // Two pictures of one sample would have to move together.
  if (kind === 'none' || pictures.length !== 1) return undefined;
  return augmentPictures(pictures[0]!, pictureLayout(pictures[0]!.dims)!, kind, random);
}

const vector = (data: Float32Array): FeedTensor => ({ dtype: 'float32', dims: [data.length], data });
const scalar = (value: number): FeedTensor => ({ dtype: 'float32', dims: [], data: Float32Array.of(value) });
