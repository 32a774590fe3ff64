/** Measures the cost of passes on data with the commands of the shell, for scripts that print tables. */
import type { Loss } from '../../src/engine/verdict/loss';
import { runPareto } from './run-pareto';

export interface EvaluatedPasses {
  readonly sizeBytes: { readonly reencoded: number; readonly variant: number };
  /** MACs of the variant; `null` if sizes are open. */
  readonly macs: number | null;
  readonly top1: number;
  readonly difference?: Difference | undefined;
  /** Samples that evaluated the variant. */
  readonly samples: number;
}

interface Difference {
  readonly value: number;
  readonly interval: readonly [number, number];
}

interface Optimized {
  readonly sizeBytes: { readonly reencoded: number; readonly variant: number };
  readonly variant: { readonly macs: number | null };
}

interface Evaluated {
  readonly samples: number;
  readonly metrics: { readonly top1: { readonly value: number } };
  readonly against?: { readonly difference?: Difference };
}

/** More samples than commands take by default. All compared passes take the same. */
export const samplesToCalibrate = ['--samples', '512'] as const;

/** Passes with their options, as the command line takes them: of `quantize-weights bits=8`. */
export function wordsOf(steps: readonly string[]): readonly string[] {
  return steps.flatMap((step) => {
    const [pass = '', ...options] = step.split(' ');
    return ['--pass', pass, ...options.flatMap((option) => ['--set', option])];
  });
}

/**
 * Makes the variant with one file of data, keeps it, and evaluates it on all samples of another, paired with the original.
 *
 * @param recipe words of `optimize` that name passes or a recipe.
 * @param more further words of `optimize`.
 */
export function evaluatePasses(
  recipe: readonly string[],
  files: Readonly<Record<'model' | 'variant' | 'calibration' | 'evaluation', string>>,
  more: readonly string[] = [],
): EvaluatedPasses {
  const { model, variant, calibration, evaluation } = files;
  const data = ['--data', calibration, ...samplesToCalibrate, ...more];
  const made = runPareto<Optimized>('optimize', model, '-o', variant, ...recipe, ...data);
  const evaluated = runPareto<Evaluated>('evaluate', variant, '--against', model, '--data', evaluation);
  return {
    sizeBytes: made.sizeBytes,
    macs: made.variant.macs,
    top1: evaluated.metrics.top1.value,
    difference: evaluated.against?.difference,
    samples: evaluated.samples,
  };
}

/** The difference in the other direction, as searches report it: above 0 is lost. */
export function lossOf({ value, interval }: Difference): Pick<Loss, 'of' | 'value' | 'interval'> {
  return { of: 'accuracy', value: 0 - value, interval: [0 - interval[1], 0 - interval[0]] };
}
