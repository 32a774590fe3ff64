import type { Evaluation } from '../../engine/metrics/evaluation';
import type { EvaluateRequest } from '../jobs/data-calls';

type RequestedModel = EvaluateRequest['models'][number];

/** Far more than a person compares; an evaluation is a few kilobytes. */
const mostKept = 256;

/**
 * A cache of evaluations, keyed by everything that they depend on. A variant is compared with the original on the same
 * samples, so missing variants are run together with the original. Known ones are not run again.
 */
export class EvaluationCache {
  readonly #kept = new Map<string, Evaluation>();

  /**
   * `evaluate` receives the models that must be run, the original first. `fingerprint` is that of the data. It reads
   * all data, so it is called only if a cached evaluation is possible.
   */
  async of(
    fingerprint: () => Promise<string>,
    request: EvaluateRequest,
    evaluate: (models: EvaluateRequest['models']) => Promise<readonly Evaluation[]>,
  ): Promise<readonly Evaluation[]> {
    const { models } = request;
    const keys = await keysOf(fingerprint, request);
    const kept = keys.map((key) => (key === undefined ? undefined : this.#kept.get(key)));
    const isMissing = (position: number): boolean => kept[position] === undefined;
    const needed = models.flatMap((_, position) => (isMissing(position) ? position : []));
    if (needed.length > 0 && !needed.includes(0)) needed.unshift(0);
    const made = needed.length === 0 ? [] : await evaluate(needed.map((position) => models[position]!));
    needed.forEach((position, index) => {
      const evaluation = made[index]!;
      kept[position] ??= evaluation;
      // A failure is not kept, because the next try may work.
      const key = evaluation.failure === undefined ? keys[position] : undefined;
      if (key !== undefined) this.#keep(key, kept[position]);
    });
    // The same bytes may go by another name now.
    return kept.map((evaluation, position) => ({ ...evaluation!, variant: models[position]!.id }));
  }

  #keep(key: string, evaluation: Evaluation): void {
    this.#kept.delete(key);
    this.#kept.set(key, evaluation);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** `undefined` for a model whose own or whose original's SHA-256 is not known: its evaluation cannot be found again. */
async function keysOf(
  fingerprint: () => Promise<string>,
  request: EvaluateRequest,
): Promise<readonly (string | undefined)[]> {
  const { models } = request;
  if (models[0]!.sha256 === '') return models.map(() => undefined);
  const data = await fingerprint();
  return models.map((model) => (model.sha256 === '' ? undefined : keyOf(data, request, model)));
}

function keyOf(fingerprint: string, request: EvaluateRequest, model: RequestedModel): string {
  const { models, ep, threads, freeDimensions, mapping, split, batch, generate } = request;
  const original = models[0]!;
  const isOriginal = model === original;
  return canonicalJson([
    fingerprint,
    isOriginal ? null : original.sha256,
    model.sha256,
    { ep, threads, batch, generate, freeDimensions, mapping, split },
  ]);
}

/** The same text for the same value, in whatever order its keys were written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
