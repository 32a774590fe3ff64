/** Runs the recipe that was asked for, and writes the variant. */
import { formatBytes } from '../../src/engine/format';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import type { OutputMatch } from '../../src/engine/metrics/cell';
import type { Recipe } from '../../src/engine/recipe/recipe';
import type { RecipeRun } from '../../src/engine/recipe/run-recipe';
import { leastGoalDb } from '../../src/engine/search/goals';
import { createOutputMatcher, runSafest, type LeftOut, type Wish } from '../../src/runtime/models/run-safest';
import { detectNodeDevice } from '../../src/runtime/node/node-device';
import type { SessionHost } from '../../src/runtime/session/session-host';
import { integerOption, textOption, UsageError, type Invocation } from '../command';
import { foundModel, readModelFiles } from '../model-on-disk';
import type { OpenedFile } from '../open-input';
import { VariantWriter } from '../write-variant';

interface WishedRun {
  readonly wish: Wish;
  readonly opened: OpenedFile;
  readonly dimensions: FreeDimensions;
  readonly leastDb: number;
  readonly output: string;
  /** Opens models to compare their outputs. */
  readonly sessions: SessionHost;
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
  { wish, leastDb, output, ...compared }: WishedRun,
  attempt: (recipe: Recipe, writer: VariantWriter) => Promise<RecipeRun>,
): Promise<WishRun> {
  const { written, ...run } = await runSafest(wish, leastDb, {
    async run(recipe) {
      const writer = new VariantWriter(output, invocation.inputs);
      try {
        return { made: await attempt(recipe, writer), written: writer };
      } catch (error) {
        writer.discard();
        throw error;
      }
    },
    signal: invocation.signal,
    match: createMatcher(invocation, compared),
    warn: (sentence) => invocation.terminal.warn(sentence),
    discard: (writer) => writer.discard(),
    onLeft: (sentence, left) => tell(invocation, sentence, left),
  });
  return { ...run, writer: written };
}

function tell({ json, terminal }: Invocation, sentence: string, left: LeftOut): void {
  if (json) return;
  terminal.print(`${sentence} The smaller file would have ${formatBytes(left.sizeBytes)}: --sqnr-db 0 writes it.`);
}

/** Compares written variants with the original, on random inputs. Rejects if one of them cannot be run. */
export function createMatcher(
  { signal, terminal }: Pick<Invocation, 'signal' | 'terminal'>,
  { opened, dimensions, sessions }: Pick<WishedRun, 'opened' | 'dimensions' | 'sessions'>,
): (writer: VariantWriter) => Promise<OutputMatch> {
  const { threads } = detectNodeDevice();
  const readOriginal = () => readModelFiles(foundModel(opened));
  const matchFiles = createOutputMatcher(signal, sessions, { freeDimensions: dimensions, threads, readOriginal });
  return async (writer) => {
    terminal.progress('Comparing outputs on random inputs');
    return matchFiles(await readModelFiles(writer.modelOnDisk()));
  };
}
