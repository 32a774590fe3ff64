/** One model in an evaluation: its session, its state, and how its outputs are divided among the samples of a run. */
import type { Feeds, FeedTensor } from '../../engine/data/feeds';
import type { SampleFeeder } from '../../engine/data/mapping/fed-sample';
import { divideOutputs } from '../../engine/data/mapping/divide-outputs';
import { stackFeeds } from '../../engine/data/mapping/stack-feeds';
import { ParetoError } from '../../engine/errors';
import { DataComparison } from '../../engine/metrics/data-match';
import type { OutputEvidence } from '../../engine/metrics/output-kind';
import { theRecording } from '../../engine/metrics/output-match';
import type { HostedSession } from '../session/session-host';
import type { ReadSample } from './read-samples';
import { ownValue } from '../../engine/own-value';

export interface EvaluatedModelSpec {
  readonly id: string;
  readonly session: HostedSession;
  readonly feeder: SampleFeeder;
  /** The index of this model's feeder among those of a `ReadSample`. */
  readonly feederIndex: number;
  /** Every run takes so many samples, padded if there are fewer; `null` if any number is possible. */
  readonly fixedBatch: number | null;
  /** The evidence about the outputs. */
  readonly evidence?: OutputEvidence;
}

export class EvaluatedModel {
  readonly id: string;
  readonly comparison: DataComparison;
  /** The comparison with the outputs that the data records. */
  readonly recorded: DataComparison;
  /** The reason why the model was given up, as a sentence. */
  failure: string | undefined;
  /** Time of all runs together. */
  runMs = 0;
  readonly #spec: EvaluatedModelSpec;
  /** The state of each part of the samples after the step before, by the place of its first sample. */
  readonly #states = new Map<number, Feeds>();
  /** The batch axis of each output that is fed back. */
  readonly #stateAxes: Readonly<Record<string, number>>;
  /** True if the outputs of several samples cannot be separated: then each is run alone. */
  #alone = false;
  /** Shapes of the outputs of one sample, from the first run of one. */
  #single: Feeds | undefined;

  constructor(spec: EvaluatedModelSpec) {
    const { evidence } = spec;
    this.id = spec.id;
    this.comparison = new DataComparison({ evidence });
    this.recorded = new DataComparison({ comparedWith: theRecording, evidence });
    this.#spec = spec;
    const { states, batchAxes } = spec.feeder;
    this.#stateAxes = Object.fromEntries(
      states.flatMap(({ input, output }) =>
        Object.hasOwn(batchAxes, input) ? [[output, ownValue(batchAxes, input)!]] : [],
      ),
    );
  }

  /**
   * Runs one sample without counting it. Cold runs are then not timed, and the shape of one sample's outputs is known.
   */
  async warmUp(sample: ReadSample): Promise<Feeds> {
    const [outputs] = await this.run([sample], 0);
    this.#single = outputs;
    this.runMs = 0;
    return outputs!;
  }

  /** The outputs of each sample at a step, in order. The steps of the same samples follow one another. */
  async run(samples: readonly ReadSample[], step: number): Promise<readonly Feeds[]> {
    const atOnce = this.#spec.fixedBatch ?? (this.#alone ? 1 : samples.length);
    const outputs: Feeds[] = [];
    for (let start = 0; start < samples.length; start += atOnce) {
      const part = samples.slice(start, start + atOnce);
      const ofPart = await this.#runTogether(part, start, step);
      if (ofPart !== undefined) {
        outputs.push(...ofPart);
        continue;
      }
      this.#alone = true;
      // The states of the samples are one: they are made anew, each sample's own.
      for (let before = 0; before < step; before++) await this.run(samples, before);
      return this.run(samples, step);
    }
    return outputs;
  }

  /** The number of samples that run together, out of a group. */
  batchOf(group: number): number {
    return this.#spec.fixedBatch ?? (this.#alone ? 1 : group);
  }

  close(): void {
    this.#spec.session.close();
  }

  /** `undefined` if several samples went in and the outputs cannot be divided among them. */
  async #runTogether(
    samples: readonly ReadSample[],
    start: number,
    step: number,
  ): Promise<readonly Feeds[] | undefined> {
    const { session, feeder, feederIndex, fixedBatch } = this.#spec;
    const size = fixedBatch ?? samples.length;
    const fed = Array.from({ length: size }, (_, index) => samples[Math.min(index, samples.length - 1)]!);
    const inputs = stackFeeds(
      fed.map((sample) => sample.fed[feederIndex]!.steps[step]!),
      feeder.batchAxes,
    );
    const { ms, outputs } = await session.run({ ...inputs, ...this.#stateBefore(start, step, size) });
    this.runMs += ms;
    this.#states.set(start, outputs);
    if (size === 1) return [outputs];
    const divided = divideOutputs(outputs, { count: size, axes: this.#stateAxes, single: this.#single });
    if (divided === undefined && fixedBatch !== null) {
      throw new ParetoError(
        'evaluate/batch',
        `The outputs do not have one part for each of the ${size} samples of a run.`,
      );
    }
    return divided?.slice(0, samples.length);
  }

  #stateBefore(start: number, step: number, size: number): Feeds {
    const { states, batchAxes } = this.#spec.feeder;
    if (states.length === 0) return {};
    if (step === 0) {
      const zeros = Object.fromEntries(states.map(({ input, zeros: tensor }) => [input, tensor]));
      return stackFeeds(
        Array.from({ length: size }, () => zeros),
        batchAxes,
      );
    }
    return Object.fromEntries(states.map(({ input, output }) => [input, this.#stateFrom(start, input, output)]));
  }

  #stateFrom(start: number, input: string, output: string): FeedTensor {
    const tensor = ownValue(this.#states.get(start) ?? {}, output);
    if (tensor !== undefined) return tensor;
    throw new ParetoError(
      'evaluate/state',
      `Input "${input}" is fed from the output "${output}", which the model does not have. Correct the mapping.`,
    );
  }
}
