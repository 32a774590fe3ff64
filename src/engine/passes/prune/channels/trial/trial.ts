/** Trials of smaller models on samples that nothing was fitted to: how far their outputs are from the original's. */
import { openTunable, type TunableSession } from '../../../../calibration/tunable-session';
import type { Feeds } from '../../../../data/feeds';
import type { Inference, OpenInference } from '../../../../inference';
import { DataComparison } from '../../../../metrics/data-match';
import { distanceOf, type MatchDistance } from '../../../../metrics/match-distance';
import type { OutputEvidence } from '../../../../metrics/output-kind';
import type { Graph, Model, Tensor, ValueName } from '../../../../onnx/graph';
import { outputEvidence } from '../../../compare-outputs';
import type { TrialSamples } from './trial-samples';
import { divideOutputs } from '../../../../data/mapping/divide-outputs';
import { haveSameShapes, stackFeeds } from '../../../../data/mapping/stack-feeds';
import { tensorNumbers } from '../../../../data/tensor-numbers';
import { statedSize } from '../../../../onnx/declared-shape';
import { ownValue } from '../../../../own-value';

/** Samples of which several are one run: of a small model, to send a sample about takes as long as to run it. */
interface TrialBatch {
  readonly feeds: Feeds;
  readonly samples: readonly Feeds[];
}

/** Parts of outputs that rounding may change where other kernels run for several samples. */
const mostRounding = 1e-3;

/** Neighboring samples together, at most so many; each alone if the model has no free batch axis. */
export function batchesOf({ graph }: Model, samples: readonly Feeds[], most: number): readonly TrialBatch[] {
  const batchAxes = graph && samples[0] ? freeBatchAxes(graph, samples[0]) : {};
  const fed = Object.keys(batchAxes);
  const isOneRow = (sample: Feeds): boolean =>
    fed.length > 0 && fed.every((name) => ownValue(sample, name)?.dims[0] === 1);
  const groups: Feeds[][] = [];
  for (const sample of samples) {
    const group = groups.at(-1);
    if (group && group.length < most && isOneRow(sample) && haveSameShapes(group[0]!, sample)) group.push(sample);
    else groups.push([sample]);
  }
  return groups.map((group) => ({ feeds: stackFeeds(group, batchAxes), samples: group }));
}

/** The batch axis of each fed input, if the first axis of all inputs and outputs is free. */
function freeBatchAxes({ inputs, outputs }: Graph, sample: Feeds): Readonly<Record<string, number>> {
  const fed = inputs.filter(({ name }) => ownValue(sample, name ?? '') !== undefined);
  const isFree = ({ type }: Graph['inputs'][number]): boolean => {
    const first = type?.kind === 'tensor' ? type.shape?.dimensions[0] : undefined;
    return first !== undefined && statedSize(first) === undefined;
  };
  if (![...fed, ...outputs].every(isFree)) return {};
  return Object.fromEntries(fed.map(({ name }) => [name!, 0]));
}

/** True if a batched run gave the outputs of one sample at its place. */
function holdsAlone(together: Feeds, { samples }: TrialBatch, place: number, alone: Feeds): boolean {
  const part = divideOutputs(together, { count: samples.length, axes: {}, single: alone })?.[place] ?? {};
  return Object.entries(alone).every(([name, own]) => {
    const all = ownValue(part, name);
    const [found, expected] = [all && tensorNumbers(all), tensorNumbers(own)];
    if (!found || !expected) return false;
    const largest = Array.from(expected, Math.abs).reduce((most, size) => Math.max(most, size), 0);
    return expected.every((value, at) => !(Math.abs(found[at]! - value) > mostRounding * largest));
  });
}

/**
 * Divergence is the distance in the unit of the kind of the outputs: 0 if they are the same, `Infinity` if they cannot
 * be compared.
 */
export class OutputTrial {
  readonly #signal: AbortSignal;
  readonly #inference: Inference;
  readonly #session: TunableSession;
  readonly #validation: ExpectedOutputs;
  /** The test samples, which also select if there are too few others. */
  readonly #test: ExpectedOutputs;

  private constructor(
    given: Pick<TrialRequest, 'signal' | 'inference'>,
    session: TunableSession,
    expected: { readonly validation: ExpectedOutputs; readonly test: ExpectedOutputs },
  ) {
    this.#signal = given.signal;
    this.#inference = given.inference;
    this.#session = session;
    this.#validation = expected.validation;
    this.#test = expected.test;
  }

  /** Runs the original on the samples that are not fitted to. Must be closed. */
  static async open(request: TrialRequest): Promise<OutputTrial> {
    const { together = 1 } = request;
    const batched = together > 1 && (await OutputTrial.#openWith(request, together).catch(() => undefined));
    request.signal.throwIfAborted();
    return batched || (await OutputTrial.#openWith(request, 1))!;
  }

  /** `undefined` if the outputs of samples that run together differ from those of single samples. */
  static async #openWith(request: TrialRequest, together: number): Promise<OutputTrial | undefined> {
    const { signal, inference, original, tunable, samples } = request;
    const session = await openTunable(signal, inference, original, { tunable });
    const evidence = outputEvidence(original, samples);
    const expect = async (use: 'validation' | 'test'): Promise<ExpectedOutputs> => {
      const batches = batchesOf(original, samples[use], together);
      return { use, batches, evidence, outputs: await runAll(session, batches) };
    };
    let trial: OutputTrial | undefined;
    try {
      const validation = await expect('validation');
      const test = samples.test.length === 0 ? validation : await expect('test');
      if (await isSameAlone(session, validation)) trial = new OutputTrial(request, session, { validation, test });
      return trial;
    } finally {
      if (trial === undefined) session.close();
    }
  }

  /**
   * The divergence on validation samples of the original with other numbers in its tunable constants, all of which are
   * given. It serves the choice.
   */
  async divergenceWith(tensors: ReadonlyMap<ValueName, Tensor>): Promise<number> {
    this.#session.tune(tensors);
    return (await distanceFrom(this.#validation, this.#session)).value;
  }

  /** The divergence on validation samples, for the choice. */
  async divergenceOf(model: Model): Promise<number> {
    return (await this.#distance(model, this.#validation)).value;
  }

  /** The outcome on test samples, for the report on the choice. */
  async outcomeOf(model: Model): Promise<TrialOutcome> {
    const { use, batches } = this.#test;
    const distance = await this.#distance(model, this.#test);
    const samples = batches.reduce((sum, batch) => sum + batch.samples.length, 0);
    return { use, samples, distance };
  }

  async #distance(model: Model, expected: ExpectedOutputs): Promise<MatchDistance> {
    const session = await this.#inference.open(this.#signal, model, { threads: 'device' });
    try {
      return await distanceFrom(expected, session);
    } finally {
      session.close();
    }
  }

  close(): void {
    this.#session.close();
  }
}

export interface TrialRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly original: Model;
  readonly tunable: Iterable<ValueName>;
  readonly samples: Pick<TrialSamples, 'validation' | 'test' | 'about'>;
  /** The most samples in one run, if the model has a free batch axis. Absent: one. */
  readonly together?: number;
}

/** The distance of outputs to those of the original. */
export interface TrialOutcome {
  /** The number of samples that measured it. */
  readonly samples: number;
  /** `validation` if there are too few test samples. */
  readonly use: 'validation' | 'test';
  readonly distance: MatchDistance;
}

/** The outputs of the original. */
interface ExpectedOutputs extends Pick<TrialOutcome, 'use'> {
  readonly batches: readonly TrialBatch[];
  readonly evidence: OutputEvidence;
  /** The outputs of each batch. */
  readonly outputs: readonly Feeds[];
}

async function runAll(session: Pick<OpenInference, 'run'>, batches: readonly TrialBatch[]): Promise<readonly Feeds[]> {
  const outputs: Feeds[] = [];
  for (const { feeds } of batches) outputs.push(await session.run(feeds));
  return outputs;
}

/** Checks the first and the last sample of the first batch. */
async function isSameAlone(
  session: Pick<OpenInference, 'run'>,
  { batches: [batch], outputs: [together] }: ExpectedOutputs,
): Promise<boolean> {
  if (batch === undefined || together === undefined || batch.samples.length === 1) return true;
  for (const place of [0, batch.samples.length - 1]) {
    if (!holdsAlone(together, batch, place, await session.run(batch.samples[place]!))) return false;
  }
  return true;
}

async function distanceFrom(
  { batches, outputs, evidence }: ExpectedOutputs,
  session: Pick<OpenInference, 'run'>,
): Promise<MatchDistance> {
  const comparison = new DataComparison({ evidence });
  (await runAll(session, batches)).forEach((found, at) =>
    comparison.add(outputs[at]!, found, batches[at]!.samples.length),
  );
  return distanceOf(comparison.result());
}
