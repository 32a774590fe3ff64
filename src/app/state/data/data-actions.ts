/** Actions on data: add and remove it, map samples to inputs, and choose the samples that evaluate. */
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { usuallySetAside, type DataSplit } from '../../../engine/data/split';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import { formatCounted } from '../../../engine/format';
import type { DroppedDataFile, SuggestedMapping } from '../../jobs/jobs';
import { nameOfDropped } from '../../platform/data-name';
import { droppedPath } from '../../platform/dropped-path';
import { dataFilesOf, keepDataFiles } from '../../platform/file-registry';
import type { SampleData } from '../../platform/samples';
import { announce, ask, notify } from '../window/app-store';
import { currentCalibration } from './calibration';
import { withClassOrder } from './data-classes';
import { checkData } from './data-check';
import { modelInterface, wholeSplit } from './data-selectors';
import { changeDocument } from '../workspace/history';
import { cancelJob, currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { followDataSizes } from './sizes-from-data';
import { peekLabels } from './known-labels';
import { onlyTokenizer, waitingFiles, withTokenizerFile, withWaitingTokenizer } from './waiting-files';
import { goTo } from '../workspace/navigation';
import {
  workspaceStore,
  type DataSource,
  type Original,
  type WorkData,
  type WorkDocument,
} from '../workspace/workspace-store';

/** The use of data: it evaluates variants, or only calibrates passes. */
export type DataRole = 'evaluation' | 'calibration';

/** Reads data files for the open model, suggests how they become its inputs, and shows the result. */
export async function readData(files: readonly File[], role: DataRole = 'evaluation'): Promise<void> {
  const { original, data } = workspaceStore.getState();
  if (original === null || files.length === 0) return;
  const tokenizer = onlyTokenizer(files);
  const texts = data === null || role === 'calibration' ? undefined : dataFilesOf(data.evaluation.key);
  if (tokenizer !== undefined) waitingFiles.setState({ tokenizer });
  if (tokenizer !== undefined && texts === undefined) {
    notify(`${tokenizer.name} is loaded. Add the texts for it.`);
    return;
  }
  const placed = placedFiles(withWaitingTokenizer(files));
  const given = tokenizer === undefined || texts === undefined ? placed : withTokenizerFile(texts, tokenizer);
  goTo('data');
  // The newest wish counts.
  for (const { id, kind } of jobStore.getState().jobs) if (kind === 'read-data') cancelJob(id);
  let waiting: WaitingData | null = null;
  const isRead = await runJob('read-data', nameOfDropped(files), async (job) => {
    waiting = await readNow(job, given, role);
  });
  if (!isRead || role !== 'evaluation') return;
  if (waiting === null) void checkData();
  else askToReplace(waiting);
}

function placedFiles(files: readonly File[]): readonly DroppedDataFile[] {
  return files.map((file) => ({ path: droppedPath(file), file }));
}

/** Data that was read for the model, with the mapping that is suggested. */
interface ChosenData {
  readonly source: DataSource;
  readonly suggestion: SuggestedMapping;
  readonly original: Original;
}

/** Data that waits for an answer, and the reason why it does not fit the model. */
interface WaitingData {
  readonly chosen: ChosenData;
  readonly misfit: string;
}

/** Returns data that does not fit and would replace data that does: the person decides. `null`: nothing waits. */
async function readNow(job: JobHandle, files: readonly DroppedDataFile[], role: DataRole): Promise<WaitingData | null> {
  const { signal } = job;
  const source = await openSource(job, files);
  const { original, missingData, data: before } = workspaceStore.getState();
  if (original === null) return null;
  if (missingData.includes(source.key)) {
    workspaceStore.setState({ missingData: missingData.filter((key) => key !== source.key) });
  } else if (role === 'calibration') {
    changeData('Choose calibration data', () => ({ calibration: source }));
  } else {
    // The code that feeds data to models is loaded on demand, so that the start screen does not wait for it.
    const { misfitOf } = await import('./data-recipe');
    const chosen = { source, suggestion: await suggestFor(signal, source, original), original };
    const choose = await chooserOf(chosen);
    const misfit = misfitOf(choose(workspaceStore.getState()), original);
    if (misfit !== undefined && before !== null && misfitOf(before, original) === undefined) {
      return { chosen, misfit };
    }
    await takeData(signal, chosen);
  }
  announceData(source);
  return null;
}

function announceData({ description: { name, samples } }: DataSource): void {
  announce(`${name}: ${formatCounted(samples, 'sample')}.`);
}

/** The data of a document once this data is chosen for it. */
async function chooserOf({ source, suggestion, original }: ChosenData): Promise<(document: WorkDocument) => WorkData> {
  const { withRecipeData } = await import('./data-recipe');
  return ({ data, recipe }) => withRecipeData(dataWith(source, suggestion, data), recipe, original);
}

async function takeData(signal: AbortSignal, chosen: ChosenData): Promise<void> {
  const { followSuggestion } = await import('../recipe/suggested-recipe');
  const choose = await chooserOf(chosen);
  await peekLabels(signal, choose(workspaceStore.getState()));
  changeDocument('Choose data', (document) => ({ data: choose(document) }));
  followSuggestion();
  followDataSizes();
}

/** Data that fits stays until the person replaces it. */
function askToReplace({ chosen, misfit }: WaitingData): void {
  const { data } = workspaceStore.getState();
  if (data === null) return;
  const { name } = chosen.source.description;
  const replace = async (): Promise<void> => {
    if (workspaceStore.getState().original !== chosen.original) return;
    const isTaken = await runJob('read-data', name, ({ signal }) => takeData(signal, chosen));
    if (!isTaken) return;
    announceData(chosen.source);
    void checkData();
  };
  ask({
    title: `Replace ${data.evaluation.description.name}?`,
    text: `${name} does not fit ${chosen.original.inspection.file.name}. ${misfit}`,
    confirmLabel: 'Replace',
    onConfirm: () => void replace(),
  });
}

async function openSource(job: JobHandle, placed: readonly DroppedDataFile[]): Promise<DataSource> {
  const { description, fingerprint } = await currentJobs().data.open(job, placed);
  const { name, sizeBytes, samples } = description;
  const key = fingerprint === '' ? `${name}|${sizeBytes}|${samples}` : fingerprint;
  keepDataFiles(key, placed);
  return { description, fingerprint, key };
}

function suggestFor(signal: AbortSignal, { key }: DataSource, original: Original): Promise<SuggestedMapping> {
  return currentJobs().data.suggest({ signal }, dataFilesOf(key) ?? [], modelInterface(original));
}

/** A mapping that a person edited stays when the next data has the same fields, and a tokenizer where it had one. */
function dataWith(source: DataSource, suggestion: SuggestedMapping, before: WorkData | null): WorkData {
  const calibration = before?.calibration ?? null;
  return {
    evaluation: source,
    calibration,
    mapping: before !== null && haveSameFields(before.evaluation, source) ? before.mapping : suggestion.mapping,
    suggestion,
    split: wholeSplit,
  };
}

function haveSameFields(a: DataSource, b: DataSource): boolean {
  const known = ({ description: { fields, tokenizer } }: DataSource): string =>
    JSON.stringify([fields, tokenizer !== undefined]);
  return known(a) === known(b);
}

/** The data of a sample model: evaluation data and calibration data, each from its own file. */
export async function readSampleData(job: JobHandle, files: SampleData): Promise<void> {
  const { original } = workspaceStore.getState();
  if (original === null) return;
  const { classNames } = files;
  const evaluation: DataSource = {
    ...(await openSource(job, placedFiles(files.evaluation))),
    ...(classNames && { classNames }),
  };
  const calibration = await openSource(job, placedFiles(files.calibration));
  const suggestion = await suggestFor(job.signal, evaluation, original);
  const data: WorkData = { evaluation, calibration, mapping: suggestion.mapping, suggestion, split: wholeSplit };
  await peekLabels(job.signal, data);
  // It came with the model: there is nothing of the person's to take back.
  workspaceStore.setState({ data });
  (await import('../recipe/suggested-recipe')).followSuggestion();
}

/** The use of data is unknown without a model, so the data waits for the next one. */
export function keepForNextModel(files: readonly File[]): void {
  waitingFiles.setState({ data: files });
  notify(`Kept ${nameOfDropped(files)}: open a model to use it as data.`);
}

/** Reads what was dropped beside the model, or before it. */
export async function readWaitingData(beside: readonly File[]): Promise<void> {
  const files = beside.length > 0 ? beside : waitingFiles.getState().data;
  // A tokenizer that waits was another model's.
  waitingFiles.setState({ data: [], tokenizer: null });
  await readData(files);
}

function changeData(label: string, change: (data: WorkData) => Partial<WorkData>, tag: string | null = null): void {
  changeDocument(label, ({ data }) => (data === null ? {} : { data: { ...data, ...change(data) } }), tag);
}

export function removeData(): void {
  const { data } = workspaceStore.getState();
  if (data === null) return;
  changeDocument('Remove data', () => ({ data: null }));
  notify(`${data.evaluation.description.name} removed. Accuracy is unknown without data.`, { undoable: true });
}

export function removeCalibrationData(): void {
  changeData('Remove calibration data', () => ({ calibration: null }));
}

/** Another class order is another reading of the labels: they are checked again. `null` restores the order of the data. */
export function changeClassOrder(order: readonly string[] | null): void {
  changeMapping((before) => withClassOrder(before, order), 'classes');
  void checkData();
}

/** `tag`: changes in one field are one step of undo. */
export function changeMapping(change: (mapping: DataMapping) => DataMapping, tag: string): void {
  changeData('Change mapping', ({ mapping }) => ({ mapping: change(mapping) }), `mapping:${tag}`);
}

export function resetMapping(): void {
  changeData('Reset mapping', ({ suggestion }) => ({ mapping: suggestion.mapping }));
}

/** Measures mean and deviation of the evaluation data, and scales pixels and columns with them. */
export async function standardizeInputs(): Promise<void> {
  const { data, original, freeDimensions } = workspaceStore.getState();
  const files = data === null ? undefined : dataFilesOf(data.evaluation.key);
  if (data === null || original === null || files === undefined) return;
  const { evaluation, mapping } = data;
  await runJob('read-data', evaluation.description.name, async ({ signal }) => {
    const model = { ...modelInterface(original), freeDimensions };
    const { inputs } = await currentJobs().data.standardize({ signal }, files, model, mapping);
    changeMapping((now) => ({ ...now, inputs }), 'standardize');
  });
}

export function changeSplit(change: Partial<DataSplit>): void {
  const tag = `split:${Object.keys(change).join()}`;
  changeData('Change split', ({ split }) => ({ split: { ...split, ...change } }), tag);
}

/**
 * Sets samples aside if the data of the work must calibrate and none are set aside: the usual number, or half of few
 * samples. The user can undo them. Evaluations that were made with them are then out of date.
 */
export function setAsideToCalibrate(): void {
  const { data } = workspaceStore.getState();
  if (data === null || currentCalibration(data) !== null) return;
  const { samples } = data.evaluation.description;
  const calibration = usuallySetAside(samples);
  if (calibration === 0) return;
  changeSplit({ calibration });
  notify(`${formatCounted(calibration, 'sample')} reserved for calibration, no longer evaluated.`, {
    undoable: true,
  });
}

export function setEvaluationProvider(evaluationProvider: ExecutionProvider): void {
  workspaceStore.setState({ evaluationProvider });
}
