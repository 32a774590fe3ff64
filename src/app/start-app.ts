/** Everything that happens once, before the first paint: jobs, settings, the address, the keyboard, saving. */
import { commands } from './commands/command-registry';
import { followKeyboard } from './commands/follow-keyboard';
import {
  createBenchmarkJobs,
  createDataJobs,
  createInspectJobs,
  createLayoutJobs,
  createModelJobs,
  createServingJobs,
  createSearchJobs,
} from './jobs/jobs';
import { registerServiceWorker } from './platform/register-service-worker';
import { appStore, setOnline } from './state/window/app-store';
import { probeDevice } from './state/benchmark/probe-device';
import { startFingerprinting } from './state/models/fingerprint';
import { followCrashes } from './state/jobs/follow-crashes';
import { provideJobs } from './state/jobs/job-runner';
import { followHash } from './state/workspace/navigation';
import { refreshRecentWork, restoreForAddress, startSaving } from './state/storage/persistence';
import { followSettings } from './state/workspace/settings-actions';

export function startApp(): void {
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
