/** Trials of smaller models on samples that nothing was fitted to: how far their outputs are from the original's. */
import { openTunable, type TunableSession } from '../../../../calibration/tunable-session';
import type { Feeds } from '../../../../data/feeds';
import type { Inference, OpenInference } from '../../../../inference';
import { DataComparison } from '../../../../metrics/data-match';
import type { DataMatch } from '../../../../metrics/evaluation';
import type { Model, Tensor, ValueName } from '../../../../onnx/graph';
import { batchesOf, holdsAlone, type TrialBatch } from './trial-batches';
import type { TrialSamples } from './trial-samples';

/** Divergence: 0 when outputs are the same, `Infinity` where they cannot be compared. */
export class OutputTrial {
  readonly #signal: AbortSignal;
  readonly #inference: Inference;
  readonly #session: TunableSession;
  readonly #validation: ExpectedOutputs;
  /** What chooses too, where there are too few others. */
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

  /** `undefined` where samples that run together do not give what each gives alone. */
  static async #openWith(request: TrialRequest, together: number): Promise<OutputTrial | undefined> {
    const { signal, inference, original, tunable, samples } = request;
    const session = await openTunable(signal, inference, original, { tunable });
    const expect = async (use: 'validation' | 'test'): Promise<ExpectedOutputs> => {
      const batches = batchesOf(original, samples[use], together);
      return { use, batches, outputs: await runAll(session, batches) };
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

  /** To choose by: of the original with other numbers in its tunable constants, all of which are given. */
  async divergenceWith(tensors: ReadonlyMap<ValueName, Tensor>): Promise<number> {
    this.#session.tune(tensors);
    return divergenceFrom(this.#validation, this.#session);
  }

  /** To choose by. */
  async divergenceOf(model: Model): Promise<number> {
    return this.#divergence(model, this.#validation);
  }

  /** To tell of what was chosen. */
  async outcomeOf(model: Model): Promise<TrialOutcome> {
    const { use, batches } = this.#test;
    const samples = batches.reduce((sum, batch) => sum + batch.samples.length, 0);
    return { use, samples, divergence: await this.#divergence(model, this.#test) };
  }

  async #divergence(model: Model, expected: ExpectedOutputs): Promise<number> {
    const session = await this.#inference.open(this.#signal, model, { threads: 'device' });
    try {
      return await divergenceFrom(expected, session);
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
  readonly samples: Pick<TrialSamples, 'validation' | 'test'>;
  /** So many samples may be one run, where the model has a free batch axis. Absent: one. */
  readonly together?: number;
}

/** How far outputs are from the original's. */
export interface TrialOutcome {
  /** So many told it. */
  readonly samples: number;
  /** `validation` where there are too few that choose nothing. */
  readonly use: 'validation' | 'test';
  readonly divergence: number;
}

/** What the original gives. */
interface ExpectedOutputs extends Pick<TrialOutcome, 'use'> {
  readonly batches: readonly TrialBatch[];
  /** Of each batch. */
  readonly outputs: readonly Feeds[];
}

async function runAll(session: Pick<OpenInference, 'run'>, batches: readonly TrialBatch[]): Promise<readonly Feeds[]> {
  const outputs: Feeds[] = [];
  for (const { feeds } of batches) outputs.push(await session.run(feeds));
  return outputs;
}

/** Of the first batch the first sample and the last. */
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

async function divergenceFrom(
  { batches, outputs }: ExpectedOutputs,
  session: Pick<OpenInference, 'run'>,
): Promise<number> {
  const comparison = new DataComparison();
  (await runAll(session, batches)).forEach((found, at) =>
    comparison.add(outputs[at]!, found, batches[at]!.samples.length),
  );
  return divergence(comparison.result());
}

/** The mean KL divergence of outputs that are distributions; where none is, the squared error as a share of the signal. */
function divergence({ perOutput, sqnrDb }: DataMatch): number {
  const divergences = perOutput.flatMap(({ klDivergence }) => (klDivergence === null ? [] : [klDivergence]));
  if (sqnrDb === null || sqnrDb <= -300) return Infinity;
  if (divergences.length === 0) return 10 ** (-sqnrDb / 10);
  return divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
}
