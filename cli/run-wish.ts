/** Runs the recipe that was asked for. A goal without data continues with safer recipes while the output error is too large. */
import { formatBytes } from '../src/engine/format';
import type { FreeDimensions } from '../src/engine/data/feeds';
import type { OutputMatch } from '../src/engine/metrics/cell';
import type { Recipe } from '../src/engine/recipe/recipe';
import type { RecipeRun } from '../src/engine/recipe/run-recipe';
import { describeSafer, isTooFar, leastGoalDb, type SaferRecipe } from '../src/engine/search/goals';
import { matchOutputs } from '../src/runtime/benchmark/match-outputs';
import { runReference, type Reference } from '../src/runtime/benchmark/reference-outputs';
import { detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { integerOption, textOption, UsageError, type Invocation } from './command';
import { foundModel, readModelFiles } from './model-on-disk';
import type { OpenedFile } from './open-input';
import { VariantWriter } from './write-variant';

/** A recipe. A goal without data also has safer ones. */
export interface Wish {
  readonly recipe: Recipe;
  readonly title?: string;
  readonly safer?: readonly SaferRecipe[];
}

/** A variant that was made but not written, because its output error is too large. */
export interface LeftOut {
  readonly title: string;
  readonly sizeBytes: number;
  /** `null`: not a number, or no signal. */
  readonly sqnrDb: number | null;
}

interface WishedRun {
  readonly wish: Wish;
  readonly opened: OpenedFile;
  readonly dimensions: FreeDimensions;
  readonly leastDb: number;
  readonly output: string;
}

export interface WishRun {
  readonly made: RecipeRun;
  /** Holds the files to commit. The caller discards it. */
  readonly writer: VariantWriter;
  readonly leftOut: readonly LeftOut[];
}

/** Throws UsageError for `--sqnr-db` without a goal. */
export function leastGoalDbOf(invocation: Invocation): number {
  const given = integerOption(invocation, 'sqnr-db', { minimum: 0, maximum: 200 });
  if (given !== undefined && textOption(invocation, 'goal') === undefined) {
    throw new UsageError('--sqnr-db needs --goal without data.');
  }
  return given ?? leastGoalDb;
}

export async function runWish(
  invocation: Invocation,
  { wish, opened, dimensions, leastDb, output }: WishedRun,
  attempt: (recipe: Recipe, writer: VariantWriter) => Promise<RecipeRun>,
): Promise<WishRun> {
  const { recipe, title = '', safer = [] } = wish;
  const tries = [{ title, recipe }, ...(leastDb > 0 ? safer : [])];
  const leftOut: LeftOut[] = [];
  const matchWritten = tries.length === 1 ? undefined : createMatcher(invocation, opened, dimensions);
  let left: { title: string; match: OutputMatch } | undefined;
  for (const [index, each] of tries.entries()) {
    const writer = new VariantWriter(output, invocation.inputs);
    try {
      const made = await attempt(each.recipe, writer);
      const match = (await matchWritten?.(writer)) ?? null;
      if (left !== undefined) tell(invocation, describeSafer(left, { title: each.title, match }, leastDb), leftOut);
      if (match === null || !isTooFar(match, leastDb) || index === tries.length - 1) return { made, writer, leftOut };
      left = { title: each.title, match };
      leftOut.push({ title: each.title, sizeBytes: made.optimization.sizeBytes.variant, sqnrDb: match.sqnrDb });
    } catch (error) {
      writer.discard();
      throw error;
    }
    writer.discard();
  }
  throw new Error('A wish has at least one recipe.');
}

function tell({ json, terminal }: Invocation, sentence: string, leftOut: readonly LeftOut[]): void {
  if (json) return;
  const size = formatBytes(leftOut.at(-1)!.sizeBytes);
  terminal.print(`${sentence} The smaller file would have ${size}: --sqnr-db 0 writes it.`);
}

/**
 * Compares written variants with the original, which runs once, at the first call. `null` where one of the models cannot be run here: nothing
 * is known then, and the recipe stays.
 */
function createMatcher(
  { signal, terminal }: Invocation,
  opened: OpenedFile,
  freeDimensions: FreeDimensions,
): (writer: VariantWriter) => Promise<OutputMatch | null> {
  const host = createNodeHost();
  const { threads } = detectNodeDevice();
  let reference: Promise<Reference> | undefined;
  const runOriginal = async (): Promise<Reference> => {
    const original = await readModelFiles(foundModel(opened));
    return runReference(signal, host, { original, freeDimensions, seed: 0, threads });
  };
  return async (writer) => {
    terminal.progress('Comparing outputs on random inputs');
    try {
      const outputs = await (reference ??= runOriginal());
      const files = await readModelFiles(writer.modelOnDisk());
      return await matchOutputs(signal, host, outputs, { files, threads });
    } catch (error) {
      signal.throwIfAborted();
      terminal.warn(`Outputs were not compared: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  };
}
