/** Trials of smaller models on samples that nothing was fitted to: how far their outputs are from the original's. */
import { openTunable, type TunableSession } from '../../../calibration/tunable-session';
import type { Feeds } from '../../../data/feeds';
import type { Inference, OpenInference } from '../../../inference';
import { DataComparison } from '../../../metrics/data-match';
import type { DataMatch } from '../../../metrics/evaluation';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';

/** Divergence: 0 when outputs are the same, `Infinity` where they cannot be compared. */
export class OutputTrial {
  readonly #signal: AbortSignal;
  readonly #inference: Inference;
  readonly #samples: readonly Feeds[];
  readonly #session: TunableSession;
  readonly #expected: readonly Feeds[];

  private constructor(
    given: Pick<TrialRequest, 'signal' | 'inference' | 'samples'>,
    session: TunableSession,
    expected: readonly Feeds[],
  ) {
    this.#signal = given.signal;
    this.#inference = given.inference;
    this.#samples = given.samples;
    this.#session = session;
    this.#expected = expected;
  }

  /** Runs the original on all samples. Must be closed. */
  static async open(request: TrialRequest): Promise<OutputTrial> {
    const { signal, inference, original, tunable, samples } = request;
    const session = await openTunable(signal, inference, original, { tunable });
    try {
      return new OutputTrial(request, session, await runAll(session, samples));
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Of the original with other numbers in its tunable constants, all of which are given. */
  async divergenceWith(tensors: ReadonlyMap<ValueName, Tensor>): Promise<number> {
    this.#session.tune(tensors);
    return this.#compare(await runAll(this.#session, this.#samples));
  }

  async divergenceOf(model: Model): Promise<number> {
    const session = await this.#inference.open(this.#signal, model, { threads: 'device' });
    try {
      return this.#compare(await runAll(session, this.#samples));
    } finally {
      session.close();
    }
  }

  close(): void {
    this.#session.close();
  }

  #compare(found: readonly Feeds[]): number {
    const comparison = new DataComparison();
    found.forEach((outputs, sample) => comparison.add(this.#expected[sample]!, outputs, 1));
    return divergence(comparison.result());
  }
}

export interface TrialRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly original: Model;
  readonly tunable: Iterable<ValueName>;
  readonly samples: readonly Feeds[];
}

async function runAll(session: Pick<OpenInference, 'run'>, samples: readonly Feeds[]): Promise<readonly Feeds[]> {
  const outputs: Feeds[] = [];
  for (const feeds of samples) outputs.push(await session.run(feeds));
  return outputs;
}

/** The mean KL divergence of outputs that are distributions; where none is, the squared error as a share of the signal. */
function divergence({ perOutput, sqnrDb }: DataMatch): number {
  const divergences = perOutput.flatMap(({ klDivergence }) => (klDivergence === null ? [] : [klDivergence]));
  if (sqnrDb === null || sqnrDb <= -300) return Infinity;
  if (divergences.length === 0) return 10 ** (-sqnrDb / 10);
  return divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
}
