/** Keeps the work while it changes, and brings it back: after a reload, or from the list of recent work. */
import { formatCounted, formatList } from '../../../engine/format';
import {
  dataFilesOf,
  filesOf,
  forgetAllFiles,
  forgetFiles,
  keepDataFiles,
  keepFiles,
  originalFilesKey,
} from '../../platform/file-registry';
import type { ModelFiles } from '../../jobs/jobs';
import { storeVariantFiles } from './variant-directory';
import { clearRestoreMark, crashesOfWork, markRestore } from '../../platform/restore-marker';
import { readSettings, writeSettings } from '../../platform/settings';
import {
  dataOfWork,
  givenFilesOf,
  filesKeysOf,
  recentWorkOf,
  saveableWork,
  type RecentWork,
  type SavedWork,
} from './saved-work';
import { PauseInChanges } from './pause-in-changes';
import { forgetWork, keepData, keepModel, keepWork, listRecentWork, loadWork, makeRoom } from './work-storage';
import { claimWork, onForgotten, releaseWork, announceForgotten } from './work-claim';
import { appStore, notify, type StorageState } from '../window/app-store';
import { endAllJobs } from '../jobs/job-runner';
import { followHash, goTo, placeOfHash } from '../workspace/navigation';
import { needsModel } from '../window/screens';
import { emptyWork, workspaceStore, type Original, type WorkspaceState } from '../workspace/workspace-store';

/** The delay is long enough to collect a burst of edits, and short enough that a crash loses nothing noticeable. */
const saveDelayMs = 400;
/** A search tells something all the time: saving waits for no pause longer than this. */
const mostSaveDelayMs = 2000;

/** Sentences on why work will be missing at the next visit, with the remedy. */
export const storageSentences: Readonly<Record<Exclude<StorageState, 'saved'>, string>> = {
  full: 'Your work is not saved: this browser has no room left. Download what you want to keep, or remove earlier work on the start screen.',
  unavailable:
    'Your work is not saved: this window cannot store files, as in private browsing. Download what you want to keep.',
  elsewhere: 'This work is open in another tab, which saves it. Changes here are not saved unless this tab takes over.',
  forgotten: 'This work was removed in another tab. Changes here are not saved unless you save it again.',
};

function recordOutcome(outcome: StorageState): void {
  const before = appStore.getState().storage;
  if (before === outcome) return;
  appStore.setState({ storage: outcome, storageDismissed: false });
}

export function dismissStorageProblem(): void {
  appStore.setState({ storageDismissed: true });
}

export async function refreshRecentWork(): Promise<void> {
  appStore.setState({ recentWork: await listRecentWork() });
}

/** The model whose bytes are on disk already, so that they are written once. */
let keptModel: string | null = null;

async function keepOriginal(original: Original): Promise<void> {
  const id = original.inspection.file.sha256;
  const files = filesOf(originalFilesKey);
  if (keptModel !== id && files !== undefined) {
    keptModel = id;
    recordOutcome(await keepModel(id, files));
    if (isRefused()) return writeSettings({ lastWork: null });
    await forgetOldest();
  }
  if (!isRefused()) writeSettings({ lastWork: id });
}

/** Nothing is saved after a failure until a person asks for it. A work without its model cannot be restored. */
function isRefused(): boolean {
  const { storage } = appStore.getState();
  return storage === 'full' || storage === 'unavailable';
}

async function forgetOldest(): Promise<void> {
  const removed = (await makeRoom()).filter(({ holdsResults }) => holdsResults).map(({ name }) => name);
  if (removed.length > 0) notify(`The oldest saved work was removed to make room: ${formatList(removed)}.`);
  await refreshRecentWork();
}

/** Data whose bytes are on disk already, or never will be. */
const settledData = new Set<string>();

async function keepDataOfWork(state: WorkspaceState): Promise<void> {
  for (const key of givenFilesOf(state)) {
    const files = dataFilesOf(key);
    if (files === undefined || settledData.has(key)) continue;
    settledData.add(key);
    if (await keepData(key, files)) continue;
    notify('This data is too large to save. At the next visit, choose its files again.');
  }
}

/** Variants whose bytes are on disk already, or found no room there. */
const settledVariants = new WeakSet<ModelFiles>();
/** The settled variants whose files are read from disk. */
const restoredVariants = new WeakSet<ModelFiles>();

async function keepVariants(work: SavedWork): Promise<void> {
  for (const filesKey of filesKeysOf(work)) {
    const files = filesOf(filesKey);
    if (files === undefined || settledVariants.has(files)) continue;
    settledVariants.add(files);
    for (const { work: id, key } of await storeVariantFiles(work.id, filesKey, files)) {
      const former = id === work.id ? filesOf(key) : undefined;
      if (former !== undefined && restoredVariants.has(former)) forgetFiles(key);
    }
  }
}

async function save(state: WorkspaceState, takes: boolean): Promise<void> {
  const work = saveableWork(state, new Date().toISOString());
  if (work === null || state.original === null || appStore.getState().storage === 'forgotten') return;
  if (!(await claimWork(work.id, { takes, onLost: () => recordOutcome('elsewhere') })))
    return recordOutcome('elsewhere');
  await keepOriginal(state.original);
  if (isRefused()) return;
  const outcome = await keepWork(work);
  recordOutcome(outcome);
  if (outcome !== 'saved') return;
  listFirst(recentWorkOf(work));
  await keepDataOfWork(state);
  await keepVariants(work);
}

/** The list follows from what was just written: reading every work back after every change would cost far more. */
function listFirst(saved: RecentWork): void {
  appStore.setState(({ recentWork }) => ({
    recentWork: [saved, ...recentWork.filter((work) => work.id !== saved.id)],
  }));
}

/**
 * Tries to save again on request. Nothing is written after a failure until then, because every change would copy a
 * large model in vain.
 */
export async function tryStorageAgain(): Promise<void> {
  const takes = appStore.getState().storage === 'elsewhere';
  keptModel = null;
  appStore.setState({ storage: null });
  await enqueueSave(takes);
}

let saves: Promise<void> = Promise.resolve();

/** Counts of saves, with those that wait for a pause in the changes. */
let unfinishedSaves = 0;
let finishedSaves = 0;

/**
 * Shows on the page if saves are pending, so that a tool that drives it knows when it can leave without losing the last
 * change.
 */
function countSaves(change: 1 | -1): void {
  unfinishedSaves += change;
  document.documentElement.dataset['saving'] = String(unfinishedSaves > 0);
}

/** One at a time, in order. */
function enqueueSave(takes = false): Promise<void> {
  countSaves(1);
  saves = saves
    .catch(() => undefined)
    .then(() => save(workspaceStore.getState(), takes))
    .finally(() => {
      document.documentElement.dataset['saves'] = String((finishedSaves += 1));
      countSaves(-1);
    });
  return saves;
}

/** Saves after every change of the work. Returns the way to stop. */
export function startSaving(): () => void {
  const pause = new PauseInChanges(mostSaveDelayMs, () => {
    void enqueueSave();
    countSaves(-1);
  });
  const stop = workspaceStore.subscribe((state, before) => {
    if (state.original === null) return releaseWork();
    if (!pause.isAwaited) countSaves(1);
    // Variants are saved at once: they do not come in bursts, and making one again may take long.
    pause.waitFor(state.variants === before.variants ? saveDelayMs : 0);
  });
  const stopHearing = onForgotten((id) => {
    if (workspaceStore.getState().original?.inspection.file.sha256 === id) recordOutcome('forgotten');
    void refreshRecentWork();
  });
  // A page that goes to the background may never come back.
  const flush = (): void => {
    if (pause.isAwaited && document.visibilityState === 'hidden') pause.end();
  };
  document.addEventListener('visibilitychange', flush);
  return () => {
    stop();
    stopHearing();
    pause.cancel();
    document.removeEventListener('visibilitychange', flush);
  };
}

function describe({ variants, cells, sweeps, evaluations, original }: SavedWork): string {
  const counts = [
    [Object.keys(cells).length + Object.keys(sweeps).length, 'measurement'],
    [Object.keys(evaluations ?? {}).length, 'evaluation'],
  ] as const;
  const found = counts.filter(([count]) => count > 0).map(([count, noun]) => formatCounted(count, noun));
  const facts = [formatCounted(variants.length, 'variant'), ...(found.length > 0 ? found : ['nothing measured yet'])];
  return `Restored ${original.inspection.file.name}: ${facts.join(', ')}.`;
}

/** Work that went on for so long has not ended the tab. */
const settledAfterMs = 10_000;

/** Marks a restore until the page has run for a while, or is left in order. */
function markUntilSettled(id: string): void {
  markRestore(id);
  const timer = setTimeout(settle, settledAfterMs);
  window.addEventListener('pagehide', settle);
  function settle(): void {
    clearTimeout(timer);
    window.removeEventListener('pagehide', settle);
    clearRestoreMark();
  }
}

/** False: the work or its model is no longer there, or damaged. */
async function restore(id: string): Promise<boolean> {
  markUntilSettled(id);
  appStore.setState({ restoring: true, crashedWork: null, storage: null });
  try {
    const loaded = await loadWork(id).catch(() => null);
    if (loaded === null) return false;
    const { namedLike } = await import('../recipe/compare-file');
    endAllJobs();
    forgetAllFiles();
    keepFiles(originalFilesKey, loaded.files);
    keptModel = id;
    for (const [key, files] of loaded.data) keepDataFiles(key, files);
    settledData.clear();
    for (const key of loaded.data.keys()) settledData.add(key);
    const { original, variants } = loaded.work;
    for (const [key, stored] of loaded.variants) {
      const inspection = variants.find(({ filesKey }) => filesKey === key)?.inspection;
      const files = inspection && original ? namedLike(original, { inspection, files: stored }) : stored;
      keepFiles(key, files);
      settledVariants.add(files);
      restoredVariants.add(files);
    }
    const missingData = dataOfWork(loaded.work).filter((key) => !loaded.data.has(key));
    const { version: _version, id: _id, savedAt: _savedAt, ...work } = loaded.work;
    workspaceStore.setState({ ...emptyWork, ...work, missingData });
    writeSettings({ lastWork: id });
    notify(describe(loaded.work));
    if (loaded.damaged.length > 0) notify('Some saved work was damaged and is left out.', { kind: 'problem' });
    return true;
  } finally {
    appStore.setState({ restoring: false });
  }
}

/** Opens an entry of the recent work. */
export async function openRecentWork(id: string): Promise<void> {
  const open = workspaceStore.getState().original;
  const isOpen = open?.inspection.file.sha256 === id;
  // The last change waits for a pause, and would be lost with the work.
  if (open !== null && !isOpen) await enqueueSave();
  if (isOpen || (await restore(id))) {
    goTo('studio');
    return;
  }
  await forgetWork(id);
  await refreshRecentWork();
  notify('The model of this work is no longer on this device. Open its file again.', { kind: 'problem' });
}

export async function forgetRecentWork(id: string): Promise<void> {
  await forgetWork(id);
  announceForgotten(id);
  if (appStore.getState().crashedWork === id) appStore.setState({ crashedWork: null });
  if (keptModel === id) keptModel = null;
  settledData.clear();
  await refreshRecentWork();
  // The deletion may have made room.
  if (appStore.getState().storage === 'full') await tryStorageAgain();
}

/** Work that ended the tab so often while it was brought back is brought back only when somebody asks for it. */
const mostCrashes = 2;

/** Restores the last work after a reload if the address names a screen about a model. */
export async function restoreForAddress(hash: string): Promise<void> {
  const { screen, reportLink } = placeOfHash(hash);
  const wantsWork = reportLink === null && needsModel(screen);
  const { lastWork } = readSettings();
  if (wantsWork && lastWork !== null && workspaceStore.getState().original === null) {
    if (crashesOfWork(lastWork) >= mostCrashes) appStore.setState({ crashedWork: lastWork });
    else if (!(await restore(lastWork)))
      notify('The last work could not be restored. Open its model again.', { kind: 'problem' });
  }
  followHash(hash);
}
