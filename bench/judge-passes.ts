/** What passes cost on data, by the commands that people run, for scripts that print tables. */
import { runPareto } from './run-pareto';

export interface JudgedPasses {
  readonly sizeBytes: { readonly reencoded: number; readonly variant: number };
  /** Of the variant; `null` where sizes are open. */
  readonly macs: number | null;
  readonly top1: number;
  readonly difference?: { readonly value: number; readonly interval: readonly [number, number] } | undefined;
}

interface Optimized {
  readonly sizeBytes: { readonly reencoded: number; readonly variant: number };
  readonly variant: { readonly macs: number | null };
}

interface Evaluated {
  readonly metrics: { readonly top1: { readonly value: number } };
  readonly against?: { readonly difference?: { readonly value: number; readonly interval: readonly [number, number] } };
}

/**
 * Makes the variant on one file of data and judges it on all of another, paired with the original.
 *
 * @param steps passes with their options: `quantize-weights bits=8`.
 */
export function judgePasses(
  model: string,
  steps: readonly string[],
  {
    variant,
    data,
    evaluation,
    more = [],
  }: {
    readonly variant: string;
    readonly data: string;
    readonly evaluation: string;
    readonly more?: readonly string[];
  },
): JudgedPasses {
  const words = steps.flatMap((step) => {
    const [pass = '', ...options] = step.split(' ');
    return ['--pass', pass, ...options.flatMap((option) => ['--set', option])];
  });
  const calibration = ['--data', data, '--samples', '512', ...more];
  const made = runPareto<Optimized>('optimize', model, '-o', variant, ...words, ...calibration);
  const judged = runPareto<Evaluated>('evaluate', variant, '--against', model, '--data', evaluation);
  return {
    sizeBytes: made.sizeBytes,
    macs: made.variant.macs,
    top1: judged.metrics.top1.value,
    difference: judged.against?.difference,
  };
}
