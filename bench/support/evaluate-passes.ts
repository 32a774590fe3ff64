/** Measures the cost of passes on data with the commands of the shell, for scripts that print tables. */
import type { Loss } from '../../src/engine/verdict/loss';
import { runPareto } from './run-pareto';

export interface EvaluatedPasses {
  readonly sizeBytes: Optimized['sizeBytes'];
  readonly difference?: Difference | undefined;
  /** Samples that evaluated the variant. */
  readonly samples: number;
}

interface Difference {
  readonly value: number;
  readonly interval: readonly [number, number];
}

interface Optimized {
  readonly sizeBytes: { readonly variant: number };
}

interface Evaluated {
  readonly samples: number;
  readonly against?: { readonly difference?: Difference };
}

/** More samples than commands take by default. All compared passes take the same. */
const samplesToCalibrate = ['--samples', '512'] as const;

/**
 * Makes the variant with one file of data, keeps it, and evaluates it on all samples of another, paired with the original.
 *
 * @param files `against`: the original, if it is not the model that is changed.
 * @param recipe words of `optimize` that name passes or a recipe.
 */
export function evaluatePasses(
  recipe: readonly string[],
  files: Readonly<Record<'model' | 'variant' | 'calibration' | 'evaluation', string>> & { readonly against?: string },
): EvaluatedPasses {
  const { model, variant, calibration, evaluation, against = model } = files;
  const data = ['--data', calibration, ...samplesToCalibrate];
  const made = runPareto<Optimized>('optimize', model, '-o', variant, ...recipe, ...data);
  const evaluated = runPareto<Evaluated>('evaluate', variant, '--against', against, '--data', evaluation);
  return {
    sizeBytes: made.sizeBytes,
    difference: evaluated.against?.difference,
    samples: evaluated.samples,
  };
}

/** The difference in the other direction, as searches report it: above 0 is lost. */
export function lossOf({ value, interval }: Difference): Pick<Loss, 'of' | 'value' | 'interval'> {
  return { of: 'accuracy', value: 0 - value, interval: [0 - interval[1], 0 - interval[0]] };
}
