/** `optimize` of a folder: makes each part of the model by its recipe, and copies the files beside them. */
import { copyFileSync } from 'node:fs';
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
import { refuseRecipeWithoutData, refuseUncalibrated } from '../../src/engine/recipe/recipe-calibration';
import { matchWords } from '../../src/engine/report/describe-match';
import { leastGoalDb } from '../../src/engine/search/goals';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { IdleWorkers } from '../../src/runtime/session/idle-workers';
import {
  createMatcher,
  runWish,
  wishOfGoal,
  type OptimizeRequest,
  type Wish,
  type WishHost,
} from '../../src/work/optimize';
import { isSet, UsageError, type Invocation, type ModelFolder, type Shell } from '../command';
import { copyBeside, withoutLinksOut } from '../hub/copy-beside';
import { readDataRequest } from '../options/data-options';
import { readGoal, readPartRecipes, readWish, type PartRecipes } from '../options/recipe-options';
import { samplesOption } from '../options/sample-choice';
import { cannotWrite, makeFolder } from '../files/output-file';
import { fillNewFolder } from '../files/output-folder';
import { createShellHost, noDataRemedy, type ShellHost, type ShellModel } from '../shell-host';
import { formatTable } from '../words/table';
import { VariantWriter } from '../files/write-variant';
import { openPartsCalibration, type PartsCalibration, type PartsRequest } from './parts-calibration';
import { partsOptions, readWriting, refuseManyParts, refuseOneModelOptions, wireParts } from './parts-work';

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
  readonly opened: ShellModel;
  /** Absent: the part is copied. */
  readonly wish: Wish | undefined;
  readonly others: readonly ModelInterface[];
}

interface OptimizePartsRequest extends PartsRequest, Pick<OptimizeRequest, 'goal' | 'seed' | 'sqnrDb' | 'withoutData'> {
  readonly output: string;
  /** The recipes of parts. Parts without one have that of the goal, or are copied. */
  readonly recipes: PartRecipes;
  readonly storage: 'auto' | 'external';
}

/**
 * Writes a new folder. Throws `parts/interface` for a part that no longer fits the others, and as opening, running and writing do; then
 * nothing is left.
 */
export async function optimizeParts(invocation: Invocation, folder: ModelFolder, output: string): Promise<void> {
  refuseManyParts(folder);
  if (/\.onnx$/i.test(output)) {
    throw new UsageError('The model has several parts, which are written to a new folder. Name it with -o.');
  }
  refuseOneModelOptions(invocation, ['teacher', 'student', 'dim', 'compressed-size']);
  const goal = readGoal(invocation);
  const names = floatParts(folder).map(({ part }) => part);
  const recipes = await readPartRecipes(invocation, names);
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
  const data = await readDataRequest(invocation, ['samples', ...Object.keys(partsOptions)]);
  const { sqnrDb, seed, withoutData } = readWish(invocation);
  const storage = isSet(invocation, 'external-data') ? 'external' : 'auto';
  const calibrating = { data, samples: samplesOption(invocation), writing: readWriting(invocation) };
  const request = { output, goal, recipes, seed, sqnrDb, withoutData, storage, ...calibrating } as const;
  return makeParts(request, folder, invocation);
}

interface Making {
  readonly request: OptimizePartsRequest;
  readonly shell: Shell;
  readonly host: WishHost;
  readonly calibration: PartsCalibration | undefined;
}

async function makeParts(request: OptimizePartsRequest, folder: ModelFolder, shell: Shell): Promise<void> {
  const started = performance.now();
  const { output } = request;
  const idle = new IdleWorkers();
  const host = createShellHost(shell);
  try {
    const models = floatParts(folder);
    const opened: ShellModel[] = [];
    for (const { path } of models) opened.push(await host.openModel(join(folder.path, path)));
    const parts = models.map((model, index): Part => {
      const own = opened[index]!;
      const others = opened.flatMap((other) => (other === own ? [] : other.opened.inspection));
      return { model, opened: own, wish: wishOf(request, model.part, own, host), others };
    });
    for (const { wish } of parts)
      if (wish !== undefined && !mayLackData(request)) refuseRecipeWithoutData(wish.recipe, host.remedies.noData);
    const published = withoutLinksOut(shell, folder);
    const named = parts.map(({ model, opened: { opened: each } }) => ({ name: model.part, opened: each }));
    const hosts = { shell, host, sessions: createNodeHost(idle) };
    const calibration = await openPartsCalibration(request, folder, named, hosts);
    const making = { request, shell, host: { ...host, idle, running: host }, calibration };
    const { made, copied } = await fillNewFolder(output, async (into) => {
      const done: OptimizedPart[] = [];
      for (const part of parts) {
        done.push(
          await (part.wish === undefined ? copyPart(making, part, into) : makePart(making, part, part.wish, into)),
        );
      }
      return { made: done, copied: copyBeside(shell, into, published, []) };
    });
    warnOfPrecisions(shell, folder);
    const result = { output, parts: made, sizeBytes: sumOf(made), copied, ms: performance.now() - started };
    shell.terminal.print(shell.json ? JSON.stringify(result) : describe(result, isWired(parts)));
  } finally {
    idle.end();
  }
}

const mayLackData = ({ data, withoutData, goal }: OptimizePartsRequest): boolean =>
  data !== undefined || withoutData === true || goal !== undefined;

/** The recipe of a part: its own, or else that of the goal for it. */
function wishOf(
  { recipes, goal, data, seed }: OptimizePartsRequest,
  part: string,
  { opened }: ShellModel,
  host: ShellHost,
): Wish | undefined {
  const recipe = recipes.get(part);
  if (recipe !== undefined) return { recipe };
  const given = { hasData: data !== undefined, seed };
  return goal && wishOfGoal(goal, opened, given, (reason) => host.note(`${part}: ${reason}`));
}

async function makePart(
  { request, shell, host, calibration }: Making,
  { model: { part: name, path }, opened: model, others }: Part,
  wish: Wish,
  into: string,
): Promise<OptimizedPart> {
  const target = join(into, path);
  makeFolder(dirname(target));
  const wished = {
    ...{ model, wish, dimensions: {}, leastDb: request.sqnrDb ?? leastGoalDb },
    run: { variantName: basename(path), storage: request.storage, dataFileName: hubDataName(path) },
    data: await calibration?.of(name, wish.recipe),
    openVariant: () => new VariantWriter(target, shell.inputs),
  };
  const { made, files } = await runWish(wished, {
    ...host,
    progress: ({ stage, ...place }) =>
      shell.terminal.progress('pass' in place ? `${name}: ${place.pass}: ${stage}` : stage),
  });
  try {
    const { passes, sizeBytes } = made.optimization;
    if (!mayLackData(request)) refuseUncalibrated(passes, noDataRemedy);
    const { inspection } = model.opened;
    const broken = describeBrokenInterface(inspection, made.inspection, others);
    if (broken !== undefined) {
      throw new ParetoError(
        'parts/interface',
        `The variant of ${path} no longer fits the other parts: ${broken} Leave out the pass or option that changes it.`,
      );
    }
    const dimensions = withSuggestedDimensions(inspection.inputs);
    const match = createMatcher({ model, dimensions }, host);
    const outputMatch = await matchOnRandom(shell, name, () => match(files));
    files.commit();
    return { name, path, sizeBytes: { original: sizeBytes.original, variant: sizeBytes.variant }, passes, outputMatch };
  } finally {
    files.discard();
  }
}

/** A part that does not run on random inputs is written all the same. */
async function matchOnRandom(
  { signal, terminal }: Shell,
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
  { shell }: Making,
  { model: { part: name, path }, opened: { opened } }: Part,
  into: string,
): Promise<OptimizedPart> {
  const folder = dirname(opened.paths[0]!);
  for (const from of opened.paths) {
    shell.signal.throwIfAborted();
    const to = join(into, dirname(path), relative(folder, from));
    try {
      makeFolder(dirname(to));
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
function warnOfPrecisions({ terminal }: Shell, folder: ModelFolder): void {
  const parts = floatParts(folder);
  const left = folder.models.filter((model) => !parts.includes(model)).map(({ path }) => path);
  if (left.length > 0) terminal.warn(`Other precisions of the parts were not copied: ${formatFirst(left, 8)}.`);
}

function isWired(parts: readonly Part[]): boolean {
  const sides = parts.map(
    ({
      model,
      opened: {
        opened: { inspection },
      },
    }) => ({
      name: model.part,
      inputs: inspection.inputs,
      outputs: inspection.outputs,
    }),
  );
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
