/** One model in an evaluation: its session, its state, and how its outputs are divided among the samples of a run. */
import type { Feeds, FeedTensor } from '../../engine/data/feeds';
import type { SampleFeeder } from '../../engine/data/mapping/fed-sample';
import { stackFeeds } from '../../engine/data/mapping/stack-feeds';
import { ParetoError } from '../../engine/errors';
import { DataComparison } from '../../engine/metrics/data-match';
import type { ReadSample } from './read-samples';
import type { HostedSession } from '../session-host';

export interface EvaluatedModelSpec {
  readonly id: string;
  readonly session: HostedSession;
  readonly feeder: SampleFeeder;
  /** Which of the feeders of a `ReadSample` is this model's. */
  readonly feederIndex: number;
  /** Every run takes so many samples, padded when there are fewer; `null` where any number goes. */
  readonly fixedBatch: number | null;
}

export class EvaluatedModel {
  readonly id: string;
  readonly comparison = new DataComparison();
  /** With what the data records of its outputs. */
  readonly recorded = new DataComparison("the recording's");
  /** Why it was given up: a sentence. */
  failure: string | undefined;
  /** Time of all runs together. */
  runMs = 0;
  readonly #spec: EvaluatedModelSpec;
  #state: Feeds = {};
  /** True when the outputs of several samples cannot be told apart: then each is run alone. */
  #alone = false;
  /** Shapes of the outputs of one sample, from the first run of one. */
  #single: Feeds | undefined;

  constructor(spec: EvaluatedModelSpec) {
    this.id = spec.id;
    this.#spec = spec;
  }

  /** Runs one sample without counting it: what comes cold is not timed, and the shape of one sample's outputs is known. */
  async warmUp(sample: ReadSample): Promise<Feeds> {
    const [outputs] = await this.run([sample], 0);
    this.#single = outputs;
    this.runMs = 0;
    return outputs!;
  }

  /** The outputs of each sample at a step, in order. */
  async run(samples: readonly ReadSample[], step: number): Promise<readonly Feeds[]> {
    const atOnce = this.#spec.fixedBatch ?? (this.#alone ? 1 : samples.length);
    const outputs: Feeds[] = [];
    for (let start = 0; start < samples.length; start += atOnce) {
      const part = samples.slice(start, start + atOnce);
      const ofPart = await this.#runTogether(part, step);
      if (ofPart !== undefined) {
        outputs.push(...ofPart);
        continue;
      }
      this.#alone = true;
      return this.run(samples, step);
    }
    return outputs;
  }

  close(): void {
    this.#spec.session.close();
  }

  /** `undefined` when several samples went in and what came out cannot be divided among them. */
  async #runTogether(samples: readonly ReadSample[], step: number): Promise<readonly Feeds[] | undefined> {
    const { session, feeder, feederIndex, fixedBatch } = this.#spec;
    const size = fixedBatch ?? samples.length;
    const fed = Array.from({ length: size }, (_, index) => samples[Math.min(index, samples.length - 1)]!);
    const inputs = stackFeeds(
      fed.map((sample) => sample.fed[feederIndex]!.steps[step]!),
      feeder.batchAxes,
    );
    await session.feed({ ...inputs, ...this.#stateBefore(step, size) });
    const { ms, outputs } = await session.run();
    this.runMs += ms;
    this.#state = outputs;
    if (size === 1) return [outputs];
    const divided = divide(outputs, size, this.#single);
    if (divided === undefined && fixedBatch !== null) {
      throw new ParetoError(
        'evaluate/batch',
        `The outputs do not have one part for each of the ${size} samples that the model takes at once.`,
      );
    }
    return divided?.slice(0, samples.length);
  }

  #stateBefore(step: number, size: number): Feeds {
    const { states, batchAxes } = this.#spec.feeder;
    if (states.length === 0) return {};
    if (step === 0) {
      const zeros = Object.fromEntries(states.map(({ input, zeros: tensor }) => [input, tensor]));
      return stackFeeds(
        Array.from({ length: size }, () => zeros),
        batchAxes,
      );
    }
    return Object.fromEntries(states.map(({ input, output }) => [input, this.#stateFrom(input, output)]));
  }

  #stateFrom(input: string, output: string): FeedTensor {
    const tensor = this.#state[output];
    if (tensor !== undefined) return tensor;
    throw new ParetoError(
      'evaluate/state',
      `Input "${input}" is to be fed the output "${output}", which the model does not give. Correct the mapping.`,
    );
  }
}

/** Each output in `count` parts along its first axis. With the shapes of one sample each part must have those. */
function divide(outputs: Feeds, count: number, single: Feeds | undefined): readonly Feeds[] | undefined {
  const parts: Record<string, FeedTensor>[] = Array.from({ length: count }, () => ({}));
  for (const [name, { dtype, dims, data }] of Object.entries(outputs)) {
    const rows = (dims[0] ?? 0) / count;
    const partDims = [rows, ...dims.slice(1)];
    const expected = single?.[name]?.dims;
    if (dims.length === 0 || !Number.isInteger(rows)) return undefined;
    if (expected && (expected.length !== dims.length || expected.some((size, axis) => size !== partDims[axis]))) {
      return undefined;
    }
    const length = data.length / count;
    parts.forEach((part, index) => {
      const range = [index * length, (index + 1) * length] as const;
      part[name] = { dtype, dims: partDims, data: 'subarray' in data ? data.subarray(...range) : data.slice(...range) };
    });
  }
  return parts;
}
