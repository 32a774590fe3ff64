/** Opens a model from files. Another model with work on it is replaced only after a question. */
import { describeHubFolder } from '../../../engine/deploy/transformersjs/hub-folder';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { baseName } from '../../../engine/data/readers/file-name';
import { formatList } from '../../../engine/format';
import type { OpenedModel } from '../../jobs/jobs';
import { loadSample, loadSampleData, type Sample, type SampleData } from '../../platform/samples';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { filesSizeBytes } from '../../platform/files-size';
import { dataBeside, modelFilesOf, type DroppedFolder } from '../../platform/dropped-folder';
import { droppedPath } from '../../platform/dropped-path';
import { isModelName } from '../../platform/model-name';
import { announce, appStore, ask, notify } from '../window/app-store';
import { currentJobs, endAllJobs, endOtherJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { hasJob, jobStore } from '../jobs/job-store';
import { goTo } from '../workspace/navigation';
import { keepModelFolder } from './model-folder';
import { parkedPart, parkPart, resumePart, type ParkedPart } from './parked-parts';
import { holdsResults } from '../workspace/kept-results';
import { openRecentWork } from '../storage/persistence';
import { dayOf, type RecentWork } from '../storage/saved-work';
import { beginWork, workspaceStore } from '../workspace/workspace-store';

function begin(opened: OpenedModel, freeDimensions: FreeDimensions): void {
  forgetAllFiles();
  keepFiles(originalFilesKey, opened.files);
  beginWork(
    {
      inspection: opened.inspection,
      openedAt: new Date().toISOString(),
      filesKey: originalFilesKey,
      openedBytes: opened.converted?.sizeBytes ?? filesSizeBytes(opened.files),
    },
    freeDimensions,
  );
}

/** The code for data is loaded on demand, because a model opens first. */
const dataActions = () => import('../data/data-actions');

interface Opening {
  readonly subject: string;
  readonly freeDimensions: FreeDimensions;
  readonly files: (job: JobHandle) => Promise<readonly File[]>;
  /** Files that may be data for the model. */
  readonly data: readonly File[];
  /** The folder that the model was dropped in. */
  readonly folder?: DroppedFolder | undefined;
  /** The folder with the model that is left for another of its files. Its work is kept. */
  readonly left?: DroppedFolder | undefined;
  /** The rest of the same job, once the model is open. */
  readonly complete?: (job: JobHandle) => Promise<void>;
}

/** How far an opening is. The file is read before a question: what is not a model is refused, and the open model stays open. */
type Step = { readonly at: 'reading' } | Asking | { readonly at: 'entering'; readonly opened: OpenedModel };

/** A model that waits for an answer, and why it cannot be a variant of the open one. `problem` is `undefined` if it can. */
interface Asking {
  readonly at: 'asking';
  readonly opened: OpenedModel;
  readonly problem: string | undefined;
  /** Earlier work on the same model, which new work would replace. */
  readonly earlier: RecentWork | undefined;
}

/** Goes on until the model is open, or until a question waits. */
async function proceed(opening: Opening, from: Step = { at: 'reading' }): Promise<void> {
  let step = from;
  const isDone = await runJob('open', opening.subject, async (job) => {
    if (step.at === 'reading') step = await read(job, opening);
    if (step.at === 'entering') await enter(job, opening, step.opened);
  });
  if (!isDone) return;
  if (step.at === 'asking') askWhatFor(opening, step);
  else await readDataBeside(opening);
}

async function read(job: JobHandle, opening: Opening): Promise<Step> {
  const opened = await currentJobs().models.open(job, await opening.files(job));
  const problem = await problemOfComparing(opening, opened);
  const earlier = earlierWorkOn(opened);
  const closesResults = opening.left === undefined && hasResults();
  const isSafe = !closesResults && problem !== undefined && earlier === undefined;
  return isSafe ? { at: 'entering', opened } : { at: 'asking', opened, problem, earlier };
}

/** True if variants, searches or measurements would close with the model, also of a search that runs. */
function hasResults(): boolean {
  return holdsResults(workspaceStore.getState()) || hasJob(jobStore.getState(), 'search');
}

/** Saved work on the same model that holds results. `undefined`: there is none, or it is open. */
function earlierWorkOn({ inspection }: OpenedModel): RecentWork | undefined {
  const { sha256 } = inspection.file;
  if (sha256 === '' || sha256 === workspaceStore.getState().original?.inspection.file.sha256) return undefined;
  return appStore.getState().recentWork.find((work) => work.id === sha256 && work.holdsResults);
}

/** The reason why a model cannot be a variant of the open one. Empty if no model is open, for samples, and for files of one folder. */
async function problemOfComparing({ complete, left }: Opening, opened: OpenedModel): Promise<string | undefined> {
  const { original } = workspaceStore.getState();
  if (original === null || complete !== undefined || left !== undefined) return '';
  return (await import('../recipe/compare-file')).comparisonProblem(original, opened);
}

function askWhatFor(opening: Opening, { opened, problem, earlier }: Asking): void {
  const name = workspaceStore.getState().original?.inspection.file.name;
  const replace = () => void proceed(opening, { at: 'entering', opened });
  if (earlier !== undefined && problem !== undefined) {
    ask({
      title: `Continue with ${earlier.name}?`,
      text: `Its results from ${dayOf(earlier)} are saved. Starting over removes them.`,
      confirmLabel: 'Continue',
      onConfirm: () => void continueWith(opening, earlier),
      other: { label: 'Start over', onChoose: replace },
    });
    return;
  }
  if (problem !== undefined) {
    const text = `${closingSentence(opening)} ${problem}`.trim();
    ask({ title: `Replace ${name}?`, text, confirmLabel: 'Replace', onConfirm: replace });
    return;
  }
  ask({
    title: `Compare with ${name}?`,
    text: `${opening.subject} has the same inputs and outputs, so it can be a variant of ${name}. ${closingSentence(opening)}`,
    confirmLabel: 'Compare',
    onConfirm: () => void compareWith(opening, opened),
    other:
      earlier === undefined
        ? { label: 'Replace', onChoose: replace }
        : { label: 'Continue its work', onChoose: () => void continueWith(opening, earlier) },
  });
}

function closingSentence({ subject }: Opening): string {
  const { variants, data, search } = workspaceStore.getState();
  const isSearched = search !== null || hasJob(jobStore.getState(), 'search');
  const variantWords = variants.length === 1 ? 'variant' : `${variants.length} variants`;
  const closed = [
    ...(variants.length > 0 ? [variantWords] : []),
    ...(isSearched ? ['search'] : []),
    ...(data ? ['data'] : []),
  ];
  return closed.length === 0 && !hasResults()
    ? `Replacing keeps the recipe for ${subject}.`
    : `Replacing closes its ${formatList([...closed, 'measurements'])}. The recipe is kept for ${subject}.`;
}

/** The work that is open is saved before the earlier one is restored. */
async function continueWith(opening: Opening, { id }: RecentWork): Promise<void> {
  if (opening.left !== undefined) parkPart(opening.left);
  await openRecentWork(id);
  await readDataBeside(opening);
}

async function compareWith({ subject }: Opening, opened: OpenedModel): Promise<void> {
  const { compareModel } = await import('../recipe/compare-file');
  await compareModel(subject, () => Promise.resolve(opened));
}

async function enter(job: JobHandle, opening: Opening, opened: OpenedModel): Promise<void> {
  endOtherJobs(job);
  // The code of the passes is loaded on demand, so that the start screen does not wait for it.
  const { followSuggestion } = await import('../recipe/suggested-recipe');
  const { keepOwnTokenizer } = await import('../data/waiting-files');
  // Callers of the ended jobs may have begun others.
  endOtherJobs(job);
  if (opening.left !== undefined) parkPart(opening.left);
  const closed = workspaceStore.getState();
  begin(opened, opening.freeDimensions);
  if (opened.converted?.tokenizer) keepOwnTokenizer(opened.converted.tokenizer);
  keepModelFolder(opening.folder ?? null, workspaceStore.getState().original?.openedAt ?? '');
  followSuggestion();
  await opening.complete?.(job);
  const { name } = opened.inspection.file;
  // The mapping of samples was set for the other model, and may not suit this one.
  if (opened.converted !== undefined) notify(`${name} is open. ${opened.converted.note}`);
  else if (opening.folder !== undefined) notify(describeHubFolder(opening.folder.hub).join(' '));
  else if (closed.data === null || opening.complete !== undefined || opening.data.length > 0)
    announce(`${name} is open.`);
  else
    notify(
      `${name} is open without data: ${closed.data.evaluation.description.name} was mapped to the previous model.`,
    );
  goTo('studio');
}

/** A sample has read its own data by then. */
async function readDataBeside({ data, complete }: Opening): Promise<void> {
  if (complete !== undefined) return;
  const external = new Set(workspaceStore.getState().original?.inspection.externalFiles);
  const { readWaitingData } = await dataActions();
  await readWaitingData(data.filter((file) => !isAmong(external, file)));
}

/** External data is named relative to the model, and a dropped file relative to the dropped folder. */
function isAmong(external: ReadonlySet<string>, file: File): boolean {
  const path = droppedPath(file);
  return [...external].some((name) => path === name || path.endsWith(`/${name}`));
}

/** Opens a model and its external data; what lies beside them as data is read for it then. */
export function openModelFiles(files: readonly File[], data: readonly File[], folder?: DroppedFolder): void {
  const model = files.find((file) => isModelName(file.name)) ?? files[0];
  if (model === undefined) return;
  void proceed({ subject: model.name, freeDimensions: {}, files: () => Promise.resolve(files), data, folder });
}

/**
 * Opens another file of the folder that the open model is in. The work on the open one is kept, and taken up again when its file is opened
 * again. A running search would end, so it is asked about first.
 */
export function openModelOfFolder(path: string, { hub, files }: DroppedFolder): void {
  const model = hub.models.find((each) => each.path === path);
  if (model === undefined) return;
  const folder = { hub: { ...hub, model }, files };
  if (hasJob(jobStore.getState(), 'search')) return openModelFiles(modelFilesOf(folder), dataBeside(folder), folder);
  const left = { hub, files };
  const known = parkedPart(folder, path);
  if (known !== undefined) return resume(left, folder, known);
  void proceed({
    subject: baseName(path),
    freeDimensions: {},
    folder,
    left,
    data: dataBeside(folder),
    files: () => Promise.resolve(modelFilesOf(folder)),
  });
}

function resume(left: DroppedFolder, folder: DroppedFolder, part: ParkedPart): void {
  endAllJobs();
  parkPart(left);
  const original = resumePart(part);
  keepModelFolder(folder, original?.openedAt ?? '');
  announce(`${baseName(folder.hub.model.path)} is open, with its variants.`);
  goTo('studio');
}

/** Opens a sample with the input sizes that suit it, and with its data when it has some. */
export function openSample(sample: Sample): void {
  let data: SampleData | null = null;
  void proceed({
    subject: sample.title,
    freeDimensions: sample.freeDimensions,
    files: async ({ signal, onProgress }) => {
      const model = await loadSample(signal, sample, onProgress);
      data = await loadSampleData(signal, sample, onProgress);
      return [model];
    },
    data: [],
    complete: async (job) => {
      if (data !== null) await (await dataActions()).readSampleData(job, data);
    },
  });
}
