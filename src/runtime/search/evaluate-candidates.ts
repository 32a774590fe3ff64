/** Runs candidates beside the original on samples of the data, and knows how long that takes. */
import type { Evaluation } from '../../engine/metrics/evaluation';
import { endingsOf } from '../../engine/metrics/output-kind';
import type { Candidate } from '../../engine/search/candidate';
import { originalId } from '../../engine/metrics/cell';
import { evaluateAsMapped, withProbe } from '../evaluation/evaluate-models';
import type { EvaluateModelsRequest } from '../evaluation/evaluate-models-request';
import type { MadeCandidates } from './made-candidates';
import type { OutputReference } from './output-reference';
import type { SearchPlan } from '../../engine/search/search-plan';
import { planEvaluation } from './plan-evaluation';
import { RememberedOriginal } from '../evaluation/remembered-original';
import type { SearchHost, SearchRequest } from './search-request';

/** The most candidates that are evaluated together. Each holds a session, and each group reads its samples once. */
const mostTogether = 6;
const mostBytesTogether = 128_000_000;
/** Time passes unevenly where other programs run. */
const slack = 1.5;

export class CandidateEvaluation {
  /** The latest pace of one model. */
  #msPerSample: number;
  /** Single runs take longer than those of many samples together: until some were seen, there is slack enough in that. */
  #isPaceSeen = false;
  readonly #openMs: number;
  readonly #readMs: number;
  readonly #remembered: RememberedOriginal;
  readonly #mostTogether: number;
  /** Samples of a slow model run alone, because batches gain nothing, and would pad short texts to the longest. */
  readonly #batch: { readonly batch?: number };
  /** The number of samples that is enough for a slow model. */
  readonly #leastSamples: { readonly leastSamples?: number };
  readonly #host: SearchHost;
  readonly #request: SearchRequest;
  readonly #made: MadeCandidates;

  constructor(
    host: SearchHost,
    request: SearchRequest,
    {
      made,
      reference,
      plan,
    }: { readonly made: MadeCandidates; readonly reference: OutputReference; readonly plan: SearchPlan },
  ) {
    this.#batch = plan.isSlow ? { batch: 1 } : {};
    this.#leastSamples = plan.isSlow ? { leastSamples: plan.searchSamples } : {};
    this.#host = host;
    this.#request = request;
    this.#made = made;
    this.#msPerSample = reference.msPerSample;
    this.#openMs = reference.openMs;
    this.#readMs = reference.readMs;
    this.#remembered = new RememberedOriginal(host.sessions, request.original);
    const mostInMemory = Math.floor(mostBytesTogether / request.opened.originalBytes);
    this.#mostTogether = Math.max(1, Math.min(mostTogether, mostInMemory));
  }

  /**
   * The number of models that share the reading of this many samples, and the original's runs if its outputs do not fit
   * into memory. Each model needs a worker, and starting one may take longer than reading again.
   */
  together(samples: number): number {
    const sharedMs = this.#readMs + (this.#remembered.remembersAll ? 0 : this.#msPerSample);
    return this.#openMs > sharedMs * samples ? 1 : this.#mostTogether;
  }

  /** The number of candidates and samples to evaluate in the time left. Before a pace is known: one candidate, which shows the pace of the others. */
  plan(candidates: number, samples: number, leftMs: number): { readonly evaluated: number; readonly samples: number } {
    const { remembersAll } = this.#remembered;
    return planEvaluation(this.#isPaceSeen ? candidates : Math.min(1, candidates), samples, {
      originalRuns: (evaluated) => (remembersAll ? 1 : Math.ceil(evaluated / this.together(samples))),
      msPerSample: this.#msPerSample,
      leftMs: leftMs / this.#slack,
      ...this.#leastSamples,
    });
  }

  /** Time that so many candidates take beside the original. */
  msFor(candidates: number, samples: number): number {
    return this.#slack * this.#msPerSample * (candidates + 1) * samples;
  }

  get #slack(): number {
    return this.#isPaceSeen ? slack : 1;
  }

  /** The number of samples that the original runs on in that time, with a margin. */
  affordable(leftMs: number): number {
    return Math.max(1, Math.floor(leftMs / (slack * (this.#msPerSample + this.#readMs))));
  }

  /** Evaluates the original alone, with warnings about its accuracy. Its outputs are kept. */
  async evaluateOriginal(signal: AbortSignal, samples: readonly number[]): Promise<Evaluation> {
    const [original] = await evaluateAsMapped(...this.#ofOriginal(signal, samples), () => undefined);
    return original!;
  }

  /**
   * The same, with another preprocessing if one suits the model better and the check takes no longer than so many
   * seconds.
   */
  async probeOriginal(
    signal: AbortSignal,
    samples: readonly number[],
    evaluation: Evaluation,
    mostSeconds: number,
  ): Promise<Evaluation> {
    const asked = { evaluations: [evaluation], mostSeconds };
    const [original] = await withProbe(...this.#ofOriginal(signal, samples), asked);
    return original!;
  }

  #ofOriginal(signal: AbortSignal, samples: readonly number[]) {
    return this.#callOf(signal, [{ id: originalId, files: this.#request.original }], samples);
  }

  #callOf(signal: AbortSignal, models: EvaluateModelsRequest['models'], samples: readonly number[]) {
    const { opened, data, threads, freeDimensions } = this.#request;
    const { dataset, mapping } = data!;
    const context = { signal, checkpoint: () => this.#host.checkpoint() };
    const endings = endingsOf(opened.inspection.outputs);
    const indices = samples.toSorted((a, b) => a - b);
    const common = { dataset, mapping, endings, indices, threads, freeDimensions, ...this.#batch };
    return [context, this.#remembered.sessions, { ...common, models, ep: 'wasm' }] as const;
  }

  /** The original first. */
  async evaluate(
    signal: AbortSignal,
    candidates: readonly Candidate[],
    samples: readonly number[],
    onRun: () => void,
  ): Promise<readonly Evaluation[]> {
    const models = [{ id: originalId, files: this.#request.original }];
    for (const candidate of candidates) {
      models.push({ id: candidate.id, files: (await this.#made.make(signal, candidate)).files });
    }
    const before = this.#remembered.counts;
    let start: { readonly atMs: number; readonly done: number } | undefined;
    const found = await evaluateAsMapped(...this.#callOf(signal, models, samples), ({ done }) => {
      // The first runs start kernels, and sessions open before them.
      if (done > 0) start ??= { atMs: performance.now(), done };
      onRun();
    });
    if (start !== undefined) {
      const share = 1 - start.done / (samples.length * models.length);
      const modelsRun = candidates.length + this.#shareComputed(before);
      this.#notePace(performance.now() - start.atMs, share * samples.length * modelsRun);
    }
    return found;
  }

  /** The share of the original's outputs since then that were computed, because remembered ones take no time. */
  #shareComputed(before: RememberedOriginal['counts']): number {
    const { asked, computed } = this.#remembered.counts;
    return (computed - before.computed) / Math.max(1, asked - before.asked);
  }

  #notePace(ms: number, runs: number): void {
    if (runs <= 0) return;
    this.#msPerSample = ms / runs;
    this.#isPaceSeen = true;
  }
}
