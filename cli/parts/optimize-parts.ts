/** `optimize` of a folder: makes each part of the model by its recipe, and copies the files beside them. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describeBrokenInterface, type ModelInterface } from '../../src/engine/analysis/describe-interface-difference';
import { withSuggestedDimensions } from '../../src/engine/data/free-dimensions';
import { floatParts, type HubModel } from '../../src/engine/deploy/transformersjs/hub-folder';
import { hubDataName } from '../../src/engine/deploy/transformersjs/hub-repository';
import { messageOf, ParetoError } from '../../src/engine/errors';
import { formatBytes, formatChange, formatCounted, formatDuration, formatFirst } from '../../src/engine/format';
import type { OutputMatch } from '../../src/engine/metrics/cell';
import type { PassReport } from '../../src/engine/recipe/optimization';
import { resolveRecipe } from '../../src/engine/recipe/pipeline';
import type { Recipe } from '../../src/engine/recipe/recipe';
import type { RecipeHost } from '../../src/engine/recipe/recipe-host';
import { runRecipe } from '../../src/engine/recipe/run-recipe';
import { matchWords } from '../../src/engine/report/describe-match';
import type { Wish } from '../../src/runtime/models/run-safest';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import type { SessionHost } from '../../src/runtime/session/session-host';
import { IdleWorkers } from '../../src/runtime/session/idle-workers';
import { UsageError, type Invocation, type ModelFolder } from '../command';
import { copyBeside, withoutLinksOut } from '../hub/copy-beside';
import { openInput, type OpenedFile } from '../open-input';
import { cannotWrite } from '../output-file';
import { fillNewFolder } from '../output-folder';
import { readGoal, readPartRecipes, recipeOfGoal } from '../options/recipe-options';
import { createMatcher, leastGoalDbOf, runWish } from '../options/run-wish';
import { formatTable } from '../table';
import { refuseRecipeWithoutData, refuseUncalibrated } from '../without-data';
import { openPartsCalibration, type PartsCalibration } from './parts-calibration';
import { refuseManyParts, refuseOneModelOptions, wireParts } from './parts-work';

interface OptimizedPart {
  readonly name: string;
  /** The path in the folder, with forward slashes. */
  readonly path: string;
  readonly sizeBytes: { readonly original: number; readonly variant: number };
  /** Empty for a part that has no recipe and is copied. */
  readonly passes: readonly PassReport[];
  /** Compares the outputs of the part alone on random inputs. `null` if it is copied or cannot run here. */
  readonly outputMatch: OutputMatch | null;
}

/** The JSON document: a contract. */
interface OptimizedParts {
  readonly output: string;
  readonly parts: readonly OptimizedPart[];
  readonly sizeBytes: OptimizedPart['sizeBytes'];
  /** Files beside the parts that were copied. */
  readonly copied: readonly string[];
  readonly ms: number;
}

interface Part {
  readonly model: HubModel;
  readonly opened: OpenedFile;
  /** Absent: the part is copied. */
  readonly wish: Wish | undefined;
  readonly others: readonly ModelInterface[];
}

interface Making {
  readonly invocation: Invocation;
  readonly host: RecipeHost;
  readonly sessions: SessionHost;
  readonly leastDb: number;
  readonly calibration: PartsCalibration | undefined;
}

/**
 * Writes a new folder. Throws `parts/interface` for a part that no longer fits the others, and as opening, running and writing do; then
 * nothing is left.
 */
export async function optimizeParts(invocation: Invocation, folder: ModelFolder, output: string): Promise<void> {
  const started = performance.now();
  refuseManyParts(folder);
  if (/\.onnx$/i.test(output)) {
    throw new UsageError('The model has several parts, which are written to a new folder. Name it with -o.');
  }
  refuseOneModelOptions(invocation, ['teacher', 'dim', 'compressed-size']);
  const models = floatParts(folder);
  const wishOf = await readWishes(invocation, models);
  const leastDb = leastGoalDbOf(invocation);
  const idle = new IdleWorkers();
  const host = createRecipeHost(invocation.signal, idle);
  const sessions = createNodeHost(idle);
  try {
    const openedParts: OpenedFile[] = [];
    for (const { path } of models) openedParts.push(await openInput(join(folder.path, path), invocation, host));
    const parts = models.map((model, index): Part => {
      const opened = openedParts[index]!;
      const others = openedParts.flatMap((other) => (other === opened ? [] : other.inspection));
      return { model, opened, wish: wishOf(model.part, opened), others };
    });
    for (const { wish } of parts) if (wish !== undefined) refuseRecipeWithoutData(invocation, wish.recipe);
    const published = withoutLinksOut(invocation, folder);
    const named = parts.map(({ model, opened }) => ({ name: model.part, opened }));
    const calibration = await openPartsCalibration(invocation, folder, named, { recipe: host, sessions });
    const making = { invocation, host, sessions, leastDb, calibration };
    const { made, copied } = await fillNewFolder(output, async (into) => {
      const done: OptimizedPart[] = [];
      for (const part of parts) {
        done.push(
          await (part.wish === undefined ? copyPart(making, part, into) : makePart(making, part, part.wish, into)),
        );
      }
      return { made: done, copied: copyBeside(invocation, into, published, []) };
    });
    warnOfPrecisions(invocation, folder);
    const result = { output, parts: made, sizeBytes: sumOf(made), copied, ms: performance.now() - started };
    invocation.terminal.print(invocation.json ? JSON.stringify(result) : describe(result, isWired(parts)));
  } finally {
    idle.end();
  }
}

/** The recipe of each part: its own, or else that of the goal for it. */
async function readWishes(
  invocation: Invocation,
  models: readonly HubModel[],
): Promise<(part: string, opened: OpenedFile) => Wish | undefined> {
  const goal = readGoal(invocation);
  const recipes = await readPartRecipes(
    invocation,
    models.map(({ part }) => part),
  );
  if (goal === undefined && recipes.size === 0) {
    throw new UsageError(
      'No pass given. Name one with --pass, or a recipe file with --recipe or --part <name>=<file>.',
    );
  }
  for (const [part, recipe] of recipes) {
    resolveRecipe(recipe);
    if (recipe.data !== undefined)
      throw new UsageError(`The recipe of ${part} has data settings, which are for one model.`);
  }
  const hasData = invocation.values.data !== undefined;
  return (part, opened) => {
    const recipe = recipes.get(part);
    if (recipe !== undefined) return { recipe };
    if (goal === undefined) return undefined;
    const { reason, ...wish } = recipeOfGoal(invocation, goal, opened, hasData);
    if (!invocation.json) invocation.terminal.print(`${part}: ${reason}`);
    return wish;
  };
}

async function makePart(
  { invocation, host, sessions, leastDb, calibration }: Making,
  { model: { part: name, path }, opened, others }: Part,
  wish: Wish,
  into: string,
): Promise<OptimizedPart> {
  const target = join(into, path);
  mkdirSync(dirname(target), { recursive: true });
  const data = await calibration?.of(name, wish.recipe);
  const run = await runWish(
    invocation,
    { wish, opened, dimensions: {}, leastDb, output: target, sessions },
    (recipe: Recipe, writer) =>
      runRecipe(
        opened,
        {
          recipe,
          variantName: basename(path),
          storage: invocation.values['external-data'] === true ? 'external' : 'auto',
          dataFileName: hubDataName(path),
          openSink: (file) => writer.openSink(file),
          onProgress: ({ stage, pass }) => invocation.terminal.progress(`${name}: ${pass}: ${stage}`),
          data,
        },
        host,
      ),
  );
  const { made, writer } = run;
  try {
    const { passes, sizeBytes } = made.optimization;
    refuseUncalibrated(invocation, passes);
    const broken = describeBrokenInterface(opened.inspection, made.inspection, others);
    if (broken !== undefined) {
      throw new ParetoError(
        'parts/interface',
        `The variant of ${path} no longer fits the other parts: ${broken} Leave out the pass or option that changes it.`,
      );
    }
    const dimensions = withSuggestedDimensions(opened.inspection.inputs);
    const match = createMatcher(invocation, { opened, dimensions, sessions });
    const outputMatch = await matchOnRandom(invocation, name, () => match(writer));
    writer.commit();
    return { name, path, sizeBytes: { original: sizeBytes.original, variant: sizeBytes.variant }, passes, outputMatch };
  } finally {
    writer.discard();
  }
}

/** A part that does not run on random inputs is written all the same. */
async function matchOnRandom(
  { signal, terminal }: Invocation,
  name: string,
  match: () => Promise<OutputMatch>,
): Promise<OutputMatch | null> {
  try {
    return await match();
  } catch (error) {
    signal.throwIfAborted();
    terminal.warn(`The outputs of ${name} were not compared: ${messageOf(error)}`);
    return null;
  }
}

async function copyPart(
  { invocation }: Making,
  { model: { part: name, path }, opened }: Part,
  into: string,
): Promise<OptimizedPart> {
  const folder = dirname(opened.paths[0]!);
  for (const from of opened.paths) {
    invocation.signal.throwIfAborted();
    const to = join(into, dirname(path), relative(folder, from));
    try {
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(from, to);
    } catch (error) {
      throw cannotWrite(to, error);
    }
  }
  const { originalBytes } = opened;
  return { name, path, sizeBytes: { original: originalBytes, variant: originalBytes }, passes: [], outputMatch: null };
}

function sumOf(parts: readonly OptimizedPart[]): OptimizedPart['sizeBytes'] {
  const sum = (side: 'original' | 'variant') => parts.reduce((total, { sizeBytes }) => total + sizeBytes[side], 0);
  return { original: sum('original'), variant: sum('variant') };
}

/** Files of other precisions are made of the original. */
function warnOfPrecisions({ terminal }: Invocation, folder: ModelFolder): void {
  const parts = floatParts(folder);
  const left = folder.models.filter((model) => !parts.includes(model)).map(({ path }) => path);
  if (left.length > 0) terminal.warn(`Other precisions of the parts were not copied: ${formatFirst(left, 8)}.`);
}

function isWired(parts: readonly Part[]): boolean {
  const sides = parts.map(({ model, opened: { inspection } }) => ({
    name: model.part,
    inputs: inspection.inputs,
    outputs: inspection.outputs,
  }));
  return typeof wireParts(sides) !== 'string';
}

function describe({ output, parts, sizeBytes, copied, ms }: OptimizedParts, canRun: boolean): string {
  const rows = parts.map(({ name, sizeBytes: own, passes, outputMatch }) => [
    name,
    formatBytes(own.original),
    formatBytes(own.variant),
    passes.length === 0 ? 'copied' : formatChange(own.original, own.variant),
    outputMatch === null ? '' : matchWords(outputMatch),
  ]);
  const total = ['together', formatBytes(sizeBytes.original), formatBytes(sizeBytes.variant)];
  const change = formatChange(sizeBytes.original, sizeBytes.variant);
  const head = ['part', 'original', 'variant', 'change', 'outputs on random inputs'];
  const files = copied.length === 0 ? [] : [`Copied: ${formatFirst(copied, 8)}.`];
  return [
    `${output} written in ${formatDuration(ms)}: ${formatCounted(parts.length, 'part')}.`,
    formatTable([head, ...rows, [...total, change, '']], ['left', 'right', 'right', 'right', 'right']),
    ...files,
    ...(canRun
      ? [`To compare whole outputs: pareto evaluate ${output} --against <original folder> --data <path>`]
      : []),
  ].join('\n\n');
}
