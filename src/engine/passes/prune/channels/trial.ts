/** Trials of smaller models on samples that nothing was fitted to: how far their outputs are from the original's. */
import { openTunable, type TunableSession } from '../../../calibration/tunable-session';
import type { Feeds } from '../../../data/feeds';
import type { Inference, OpenInference } from '../../../inference';
import { DataComparison } from '../../../metrics/data-match';
import type { DataMatch } from '../../../metrics/evaluation';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
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
    const { signal, inference, original, tunable, samples } = request;
    const session = await openTunable(signal, inference, original, { tunable });
    const expect = async (use: 'validation' | 'test'): Promise<ExpectedOutputs> => ({
      use,
      samples: samples[use],
      outputs: await runAll(session, samples[use]),
    });
    try {
      const validation = await expect('validation');
      const test = samples.test.length === 0 ? validation : await expect('test');
      return new OutputTrial(request, session, { validation, test });
    } catch (error) {
      session.close();
      throw error;
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
    const { use, samples } = this.#test;
    return { use, samples: samples.length, divergence: await this.#divergence(model, this.#test) };
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
  readonly samples: readonly Feeds[];
  readonly outputs: readonly Feeds[];
}

async function runAll(session: Pick<OpenInference, 'run'>, samples: readonly Feeds[]): Promise<readonly Feeds[]> {
  const outputs: Feeds[] = [];
  for (const feeds of samples) outputs.push(await session.run(feeds));
  return outputs;
}

async function divergenceFrom(
  { samples, outputs }: ExpectedOutputs,
  session: Pick<OpenInference, 'run'>,
): Promise<number> {
  const comparison = new DataComparison();
  (await runAll(session, samples)).forEach((found, sample) => comparison.add(outputs[sample]!, found, 1));
  return divergence(comparison.result());
}

/** The mean KL divergence of outputs that are distributions; where none is, the squared error as a share of the signal. */
function divergence({ perOutput, sqnrDb }: DataMatch): number {
  const divergences = perOutput.flatMap(({ klDivergence }) => (klDivergence === null ? [] : [klDivergence]));
  if (sqnrDb === null || sqnrDb <= -300) return Infinity;
  if (divergences.length === 0) return 10 ** (-sqnrDb / 10);
  return divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
}
