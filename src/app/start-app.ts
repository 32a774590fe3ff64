/** Everything that happens once, before the first paint: jobs, settings, the address, the keyboard, saving. */
import { commands } from './commands/command-registry';
import { followKeyboard } from './commands/follow-keyboard';
import {
  createBenchmarkJobs,
  createDataJobs,
  createInspectJobs,
  createLayoutJobs,
  createModelJobs,
  createSearchJobs,
  createServingJobs,
} from './jobs/jobs';
import { provideLocalStorage } from './platform/local-storage';
import { registerServiceWorker } from './platform/register-service-worker';
import { appStore, notify, setOnline } from './state/window/app-store';
import { probeDevice } from './state/benchmark/probe-device';
import { startFingerprinting } from './state/models/fingerprint';
import { provideJobs } from './state/jobs/job-runner';
import { followHash } from './state/workspace/navigation';
import { refreshRecentWork, restoreForAddress, startSaving } from './state/storage/persistence';
import { readSettings, writeSettings } from './platform/settings';
import { workspaceStore } from './state/workspace/workspace-store';
import { jobKinds } from './state/jobs/job-kinds';
import { type Job, jobStore } from './state/jobs/job-store';
import * as v from 'valibot';

/**
 * Marks the work of a tab in storage while jobs run. The mark is removed when they end or the page is left in order. A
 * mark whose tab is gone shows a crash, most likely for lack of memory.
 */
const key = 'pareto.running';
const markSchema = v.object({ what: v.pipe(v.string(), v.maxLength(300)), tab: v.pipe(v.string(), v.maxLength(100)) });

type MarkStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
type TabLocks = Pick<LockManager, 'query' | 'request'>;

/** The name of the lock that this tab holds while it lives. Another tab sees by it that a mark is no crash. */
let tab: string | undefined;

function holdTab(locks: TabLocks): string {
  if (tab !== undefined) return tab;
  tab = `pareto.tab.${crypto.randomUUID()}`;
  locks.request(tab, () => new Promise<never>(() => undefined)).catch(() => undefined);
  return tab;
}

/** @param what after "while": `measuring 4 cells`. */
export function markRunning(
  what: string,
  storage: MarkStorage = localStorage,
  locks: TabLocks = navigator.locks,
): void {
  try {
    storage.setItem(key, JSON.stringify({ what: what.slice(0, 300), tab: holdTab(locks) }));
  } catch {
    // Storage is switched off: a crash is not reported then.
  }
}

/** Removes the mark of this tab. The mark of another tab stays, because its jobs may still run. */
export function clearRunning(storage: MarkStorage = localStorage): void {
  try {
    if (readMark(storage).tab === tab) storage.removeItem(key);
  } catch {
    // There is no mark, or storage is switched off.
  }
}

/** Returns the work of a tab that is gone, and removes its mark. `null`: there is no mark, or its tab still lives. */
export async function takeCrash(
  storage: MarkStorage = localStorage,
  locks: TabLocks = navigator.locks,
): Promise<string | null> {
  try {
    const mark = readMark(storage);
    const { held = [] } = await locks.query();
    if (held.some(({ name }) => name === mark.tab)) return null;
    storage.removeItem(key);
    return mark.what;
  } catch {
    return null;
  }
}

/** Throws if there is no mark. */
function readMark(storage: MarkStorage): v.InferOutput<typeof markSchema> {
  return v.parse(markSchema, JSON.parse(storage.getItem(key) ?? 'null'));
}

export function startApp(): void {
  provideLocalStorage();
  provideJobs({
    models: createModelJobs(),
    benchmarks: createBenchmarkJobs(),
    searches: createSearchJobs(),
    data: createDataJobs(),
    inspections: createInspectJobs(),
    layouts: createLayoutJobs(),
    serving: createServingJobs(),
  });
  followSettings();
  setOnline(navigator.onLine);
  window.addEventListener('online', () => setOnline(true));
  window.addEventListener('offline', () => setOnline(false));
  window.addEventListener('hashchange', () => followHash(window.location.hash));
  window.addEventListener('popstate', () => followHash(window.location.hash));
  followKeyboard(commands, () => appStore.getState().singleKeyShortcuts);
  void followCrashes();
  startSaving();
  startFingerprinting();
  void restoreForAddress(window.location.hash).then(takeOffers);
  void refreshRecentWork();
  void probeDevice();
  void registerServiceWorker();
}

/** Files that reach the page by its address or from the system. Most visits have none. */
async function takeOffers(): Promise<void> {
  if (window.location.search === '' && !('launchQueue' in window)) return;
  const { takeOfferedFiles } = await import('./state/models/offered-files');
  await takeOfferedFiles();
}

/** Brings remembered choices in and writes them back when they change. */
function followSettings(): void {
  const { theme, budget, seed, threads, singleKeyShortcuts } = readSettings();
  appStore.setState({ theme, singleKeyShortcuts });
  workspaceStore.setState({ budget, seed, threads });
  appStore.subscribe((state, before) => {
    if (state.theme !== before.theme || state.singleKeyShortcuts !== before.singleKeyShortcuts) {
      writeSettings({ theme: state.theme, singleKeyShortcuts: state.singleKeyShortcuts });
    }
  });
  workspaceStore.subscribe((state, before) => {
    if (state.budget !== before.budget || state.seed !== before.seed || state.threads !== before.threads) {
      writeSettings({ budget: state.budget, seed: state.seed, threads: state.threads });
    }
  });
}

/** Reports the jobs of a tab that crashed, and marks the jobs of this one. */
async function followCrashes(): Promise<void> {
  const crashed = takeCrash();
  let marked: string | null = null;
  const mark = (jobs: readonly Job[]): void => {
    const job = jobs.find(({ phase, canceling }) => phase === 'running' && !canceling);
    const what = job === undefined ? null : `${jobKinds[job.kind].verb.toLowerCase()} ${job.subject}`;
    if (what === marked) return;
    marked = what;
    if (what === null) clearRunning();
    else markRunning(what);
  };
  window.addEventListener('pagehide', () => clearRunning());
  const what = await crashed;
  jobStore.subscribe(({ jobs }) => mark(jobs));
  mark(jobStore.getState().jobs);
  if (what === null) return;
  notify(
    `This tab ended while ${what}, probably out of memory. Close other tabs, or use a smaller batch or smaller dimensions.`,
    { kind: 'problem' },
  );
}
