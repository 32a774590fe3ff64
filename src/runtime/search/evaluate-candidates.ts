/** Runs candidates beside the original on samples of the data, and knows how long that takes. */
import type { Evaluation } from '../../engine/metrics/evaluation';
import type { Candidate } from '../../engine/search/candidate';
import { originalId } from '../benchmark/measure-request';
import { evaluateAsMapped } from '../evaluation/evaluate-models';
import type { MadeCandidates } from './made-candidates';
import type { OutputReference } from './output-reference';
import { planEvaluation } from './plan-evaluation';
import type { SearchHost, SearchRequest } from './search-request';

/** Candidates that are judged together: each holds a session, and the original runs once with each group. */
const mostTogether = 6;
const mostBytesTogether = 128_000_000;
/** Time passes unevenly where other programs run. */
const slack = 1.5;

export class CandidateEvaluation {
  /** Of one model, as last seen. */
  #msPerSample: number;
  readonly #openMs: number;
  readonly #mostTogether: number;
  readonly #host: SearchHost;
  readonly #request: SearchRequest;
  readonly #made: MadeCandidates;

  constructor(
    host: SearchHost,
    request: SearchRequest,
    { made, reference }: { readonly made: MadeCandidates; readonly reference: OutputReference },
  ) {
    this.#host = host;
    this.#request = request;
    this.#made = made;
    this.#msPerSample = reference.msPerSample;
    this.#openMs = reference.openMs;
    const fitting = Math.floor(mostBytesTogether / request.opened.originalBytes);
    this.#mostTogether = Math.max(1, Math.min(mostTogether, fitting));
  }

  /**
   * How many share a run of the original on so many samples: each needs a worker, and to start one may take longer than to run the
   * original again.
   */
  together(samples: number): number {
    return this.#openMs > this.#msPerSample * samples ? 1 : this.#mostTogether;
  }

  /** How many of so many candidates are judged on how many of so many samples. */
  plan(candidates: number, samples: number, leftMs: number): { readonly judged: number; readonly samples: number } {
    const pace = { together: this.together(samples), msPerSample: this.#msPerSample, leftMs: leftMs / slack };
    return planEvaluation(candidates, samples, pace);
  }

  /** Time that so many candidates take beside the original. */
  msFor(candidates: number, samples: number): number {
    return slack * this.#msPerSample * (candidates + 1) * samples;
  }

  /** The original first. `onShare`: 0 to 1. */
  async evaluate(
    signal: AbortSignal,
    candidates: readonly Candidate[],
    samples: readonly number[],
    onShare: (share: number) => void,
  ): Promise<readonly Evaluation[]> {
    const { original, data, threads, freeDimensions } = this.#request;
    const models = [{ id: originalId, files: original }];
    for (const candidate of candidates) {
      models.push({ id: candidate.id, files: (await this.#made.make(signal, candidate)).files });
    }
    const { dataset, mapping } = data!;
    const indices = samples.toSorted((a, b) => a - b);
    let start: { readonly atMs: number; readonly done: number } | undefined;
    const found = await evaluateAsMapped(
      { signal, checkpoint: () => this.#host.checkpoint() },
      this.#host.sessions,
      { models, dataset, mapping, indices, ep: 'wasm', threads, freeDimensions },
      ({ done, total }) => {
        // The first runs start kernels, and sessions open before them.
        if (done > 0) start ??= { atMs: performance.now(), done };
        onShare(done / Math.max(1, total));
      },
    );
    const counted = indices.length * models.length - (start?.done ?? 0);
    if (start !== undefined && counted > 0) this.#msPerSample = (performance.now() - start.atMs) / counted;
    return found;
  }
}
