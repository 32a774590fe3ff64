/** The files of a repository for transformers.js: made of the selected model, measured on WASM, and described. */
import {
  dtypeRecipes,
  nothingMade,
  withoutBnb4,
  type DtypeRecipe,
  type MadeDtype,
} from '../../../engine/deploy/transformersjs/dtype-recipes';
import {
  hubConfig,
  hubDataName,
  hubPath,
  mostDataFileBytes,
  readHubConfig,
  type HubFile,
  type HubMeasurement,
} from '../../../engine/deploy/transformersjs/hub-repository';
import { withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import { baseName } from '../../../engine/data/readers/file-name';
import { missingFiles } from '../../../engine/deploy/transformersjs/hub-folder';
import { modelCard } from '../../../engine/deploy/transformersjs/model-card';
import { ParetoError } from '../../../engine/errors';
import { mostComparedInputs, originalId, type Device } from '../../../engine/metrics/cell';
import type { Progress } from '../../../engine/progress';
import { modelFacts } from '../../../engine/search/model-facts';
import { version } from '../../../../package.json';
import type { BenchmarkEvent, FinishedPasses, ModelFiles, RecipeProgress } from '../../jobs/jobs';
import type { DroppedFolder } from '../../platform/dropped-folder';
import { filesSizeBytes } from '../../platform/files-size';
import { currentCalibration } from '../data/calibration';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, type JobHandle } from '../jobs/job-runner';
import { shareOf } from '../jobs/job-store';
import { folderOfWork } from '../models/model-folder';
import { filesToCalibrate } from '../recipe/optimize-actions';
import type { SelectedModel } from '../recipe/selected-model';
import { workspaceStore } from '../workspace/workspace-store';
import { contentsOf, filesBeside, floatModelOf, partsOfFolder, type Contents, type FolderPart } from './folder-parts';

export interface MadeRepository {
  /** Contents by their paths in the repository. */
  readonly contents: Contents;
  /** The reasons why files are missing, as sentences. */
  readonly notes: readonly string[];
}

interface MadeFile extends Omit<HubFile, 'measured'> {
  readonly files: ModelFiles;
}

/** Makes the files of all parts of the folder. Throws `bundle/no-files` if no file can be made, and rejects as the jobs do. */
export async function makeRepository(
  job: JobHandle,
  selected: SelectedModel,
  dtypes: readonly MadeDtype[],
): Promise<MadeRepository> {
  const state = workspaceStore.getState();
  const folder = folderOfWork(state);
  const given = readHubConfig(await textIn(folder, 'config.json'));
  const parts = await partsOfFolder(job, folder, selected);
  const made: MadeFile[] = [];
  const left: string[] = [];
  const measured: Awaited<ReturnType<typeof measureFiles>>[] = [];
  for (const [index, part] of parts.entries()) {
    const own = jobOfPart(job, index, parts.length);
    const files = await makeFiles(own, part, dtypes);
    left.push(...files.left);
    made.push(...files.made);
    if (files.made.length > 0) measured.push(await measureFiles(own, part, files.made));
  }
  const [first] = measured;
  const notes = [...left, withoutBnb4, ...missingFiles(folder?.hub ?? null)];
  if (first === undefined) throw new ParetoError('bundle/no-files', [...left, withoutBnb4].join(' '));
  const { device } = first;
  const measurements = new Map(measured.flatMap((each) => [...each.measurements]));
  const files = made.map(({ files: _files, ...file }) => ({ ...file, measured: measurements.get(file.path)! }));
  const config = hubConfig(given, files);
  const card = modelCard(await textIn(folder, 'README.md'), {
    files,
    config,
    original: {
      name: floatModelOf(parts[0]!).inspection.file.name,
      sizeBytes: parts.reduce((sum, part) => sum + filesSizeBytes(floatModelOf(part).files), 0),
    },
    device,
    dataName: state.data?.evaluation.description.name ?? null,
    left: notes,
    outputs: floatModelOf(parts[0]!).inspection.outputs.map(({ name }) => name),
    pareto: version,
  });
  const contents = [
    ...made.flatMap(({ path, files: written }) => contentsOf(path, written)),
    ['config.json', new Blob([config])] as const,
    ['README.md', new Blob([card])] as const,
    ...besideFiles(folder),
  ];
  return { contents, notes };
}

/** The job of one of several parts, which follow each other. */
function jobOfPart(job: JobHandle, index: number, count: number): JobHandle {
  return {
    ...job,
    onProgress: ({ stage, done, total }) =>
      job.onProgress({ stage, done: index + (total === 0 ? 1 : done / total), total: count }),
  };
}

async function makeFiles(job: JobHandle, source: FolderPart, dtypes: readonly MadeDtype[]) {
  const { part, isOpen } = source;
  const { files, inspection } = floatModelOf(source);
  const made: MadeFile[] = [];
  const left: string[] = [];
  const given = isOpen ? currentCalibration(workspaceStore.getState().data) : null;
  const calibration = given === null ? undefined : filesToCalibrate(given);
  const recipes = dtypeRecipes(dtypes, modelFacts(inspection, filesSizeBytes(files)));
  for (const [index, each] of recipes.entries()) {
    const path = hubPath(part, each.dtype);
    const report = partOf(job, { done: index, total: 2 * recipes.length });
    const onProgress = (update: RecipeProgress | FinishedPasses): void => {
      if ('stage' in update) report(update, `${each.dtype}: ${update.stage}`);
    };
    const { optimization, files: written } = await currentJobs().models.optimize(
      { ...job, onProgress },
      files,
      each.recipe,
      {
        calibration,
        files: { name: baseName(path), dataFileName: hubDataName(path), mostDataFileBytes },
        warnsOfCost: false,
      },
    );
    const nothing = nothingMade(each, optimization.passes);
    if (nothing === undefined) made.push(fileOf(each, { part, path, written }));
    else left.push(nothing);
  }
  return { made, left };
}

/** Parts of a job one after the other: each begins where the one before it ended. */
function partOf({ onProgress }: JobHandle, { done, total }: Pick<Progress, 'done' | 'total'>) {
  let furthest = 0;
  return (progress: Progress | RecipeProgress, stage: string): void => {
    const { passIndex = 0, passCount = 0 } = 'passIndex' in progress ? progress : {};
    furthest = Math.max(furthest, Math.min(1, (passIndex + shareOf(progress)) / (passCount + 1)));
    onProgress({ stage, done: done + furthest, total });
  };
}

function fileOf(
  each: DtypeRecipe,
  { part, path, written }: { readonly part: string; readonly path: string; readonly written: ModelFiles },
): MadeFile {
  return {
    ...each,
    part,
    path,
    files: written,
    sizeBytes: filesSizeBytes(written),
    dataFiles: written.externalData.length,
  };
}

/** Measures against the original of the part, in turns. Samples of the data are for the open one. */
async function measureFiles(job: JobHandle, { original, isOpen }: FolderPart, made: readonly MadeFile[]) {
  const state = workspaceStore.getState();
  const { seed, threads } = state;
  const measurements = new Map<string, HubMeasurement>(
    made.map(({ path }) => [path, { cell: null, comparison: null, evaluation: null, failure: null }]),
  );
  const note = (path: string, change: Partial<HubMeasurement>): void => {
    const before = measurements.get(path);
    if (before !== undefined) measurements.set(path, { ...before, ...change });
  };
  const ids = [originalId, ...made.map(({ path }) => path)];
  const follow = (event: BenchmarkEvent): void => {
    if (event.kind === 'progress') {
      const { variant, progress } = event;
      const total = 2 * ids.length;
      partOf(job, { done: ids.length + ids.indexOf(variant), total })(progress, `${variant}: ${progress.stage}`);
    } else if (event.kind === 'cell') note(event.result.variant, { cell: event.result });
    else if (event.kind === 'comparison') note(event.comparison.variant, { comparison: event.comparison });
    // No file can be compared if the original fails.
    else if (event.failure.variant === originalId)
      for (const { path } of made) note(path, { failure: event.failure.message });
    else note(event.failure.variant, { failure: event.failure.message });
  };
  const { signal, onStart } = job;
  const device: Device = state.device ?? (await currentJobs().benchmarks.probe({ signal }));
  await currentJobs().benchmarks.benchmark(
    { signal, onStart, onProgress: follow },
    {
      original: original.files,
      variants: made.map(({ path, files }) => ({ id: path, files })),
      cells: ids.map((variant) => ({ variant, ep: 'wasm' })),
      ...{ seed, budget: 'quick', threads: threads ?? undefined },
      freeDimensions: isOpen ? state.freeDimensions : withSuggestedDimensions(original.inspection.inputs),
      feeds: isOpen ? await inputsOfData(signal, state, mostComparedInputs) : null,
    },
  );
  return { measurements, device };
}

async function textIn(folder: DroppedFolder | null, name: string): Promise<string | null> {
  const found = folder?.hub.beside.find(({ path }) => baseName(path) === name);
  return found === undefined ? null : folder!.files.get(found.path)!.text();
}

function besideFiles(folder: DroppedFolder | null): Contents {
  if (folder === null) return [];
  return filesBeside(folder).filter(([name]) => !['config.json', 'README.md'].includes(name));
}
