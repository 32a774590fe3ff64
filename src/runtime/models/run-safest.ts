/** Runs the recipe of a goal. Without data it continues with safer recipes while the output error is too large. */
import { messageOf } from '../../engine/errors';
import type { FreeDimensions } from '../../engine/data/feeds';
import type { OutputMatch } from '../../engine/metrics/cell';
import type { Recipe } from '../../engine/recipe/recipe';
import type { RecipeRun } from '../../engine/recipe/run-recipe';
import { describeSafer, needsSafer, type SaferRecipe } from '../../engine/search/goals';
import { matchOutputs } from '../benchmark/match-outputs';
import { runReference, type Reference } from '../benchmark/reference-outputs';
import type { SessionHost } from '../session/session-host';
import type { ModelFiles } from './model-files';

/** A recipe. A goal without data also has safer ones. */
export interface Wish {
  readonly recipe: Recipe;
  readonly title?: string;
  readonly safer?: readonly SaferRecipe[];
}

/** A variant that was made and given up, because its output error is too large. */
export interface LeftOut {
  readonly title: string;
  readonly sizeBytes: number;
  /** `null`: not a number, or no signal. */
  readonly sqnrDb: number | null;
}

/** The functions that try one recipe of a goal. */
export interface Trial<Written> {
  run(recipe: Recipe): Promise<{ readonly made: RecipeRun; readonly written: Written }>;
  readonly signal: AbortSignal;
  /** If it rejects, the recipe stays, and `warn` gets the reason. */
  match(written: Written): Promise<OutputMatch>;
  warn(sentence: string): void;
  discard(written: Written): void;
  /** Called with a sentence when a safer recipe replaces a variant. */
  onLeft?(sentence: string, left: LeftOut): void;
}

export interface SafestRun<Written> {
  readonly made: RecipeRun;
  readonly written: Written;
  readonly leftOut: readonly LeftOut[];
}

/** @param leastDb the SQNR in dB on random inputs below which the next recipe is tried; 0: the first recipe stays. */
export async function runSafest<Written>(
  { recipe, title = '', safer = [] }: Wish,
  leastDb: number,
  trial: Trial<Written>,
): Promise<SafestRun<Written>> {
  const tries = [{ title, recipe }, ...(leastDb > 0 ? safer : [])];
  const leftOut: LeftOut[] = [];
  let left: { title: string; match: OutputMatch } | undefined;
  for (const [index, each] of tries.entries()) {
    const { made, written } = await trial.run(each.recipe);
    try {
      const match = tries.length === 1 ? null : await matchOrWarn(trial, written);
      if (left !== undefined)
        trial.onLeft?.(describeSafer(left, { title: each.title, match }, leastDb), leftOut.at(-1)!);
      if (match === null || !needsSafer(match, each.recipe, leastDb) || index === tries.length - 1)
        return { made, written, leftOut };
      left = { title: each.title, match };
      leftOut.push({ title: each.title, sizeBytes: made.optimization.sizeBytes.variant, sqnrDb: match.sqnrDb });
    } catch (error) {
      trial.discard(written);
      throw error;
    }
    trial.discard(written);
  }
  throw new Error('A wish has at least one recipe.');
}

/** `null` if one of the models cannot be run here. */
async function matchOrWarn<Written>(trial: Trial<Written>, written: Written): Promise<OutputMatch | null> {
  try {
    return await trial.match(written);
  } catch (error) {
    trial.signal.throwIfAborted();
    trial.warn(`Outputs were not compared: ${messageOf(error)}`);
    return null;
  }
}

interface MatchedOriginal {
  readonly freeDimensions: FreeDimensions;
  readonly threads: number;
  readOriginal(): Promise<ModelFiles>;
}

/** Compares variants with the original, which runs once, at the first call. Rejects if one of the models cannot be run here. */
export function createOutputMatcher(
  signal: AbortSignal,
  host: SessionHost,
  { freeDimensions, threads, readOriginal }: MatchedOriginal,
): (files: ModelFiles) => Promise<OutputMatch> {
  let reference: Promise<Reference> | undefined;
  const runOriginal = async (): Promise<Reference> =>
    runReference(signal, host, { original: await readOriginal(), freeDimensions, seed: 0, threads });
  return async (files) => matchOutputs(signal, host, await (reference ??= runOriginal()), { files, threads });
}
