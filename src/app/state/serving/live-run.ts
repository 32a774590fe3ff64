/** A load that is run live on the selected model when a person asks, and its result. */
import { createStore } from 'zustand/vanilla';
import type { LiveComparison } from '../../../engine/serving/compare-live';
import { mostServedSamples } from '../../../engine/serving/service-times';
import type { LoadRequest } from '../../../engine/serving/simulate-load';
import { announce } from '../window/app-store';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectedModel } from '../recipe/selected-model';
import { workspaceStore } from '../workspace/workspace-store';
import { batchTimesOf, batchTimesStore, servingRuntime } from './batch-times';
import { loadOf, recordingStore, servingSettingsStore, type LoadTimes, type ServingSettings } from './serving-settings';

interface LiveState {
  /** The request of the run: its result is shown while the settings stay the same. */
  readonly request: LoadRequest | null;
  readonly compared: LiveComparison | null;
}

export const liveStore = createStore<LiveState>(() => ({ request: null, compared: null }));

/** The load of the simulation, for the duration of a live run. */
export function liveLoadOf(settings: ServingSettings, times: LoadTimes): LoadRequest {
  return { ...loadOf(settings, times), durationS: settings.liveS };
}

export function isLiveResultOf(state: LiveState, request: LoadRequest): boolean {
  // Times are compared by identity: the others are a few numbers.
  return state.request?.times === request.times && JSON.stringify(state.request) === JSON.stringify(request);
}

export async function runLiveLoad(): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  const ep = servingRuntime(state, batchTimesStore.getState());
  // A server that was measured elsewhere does not run here.
  const times = ep === 'native' ? null : batchTimesOf(model.files, ep, state);
  if (ep === 'native' || times === null) return;
  const freeDimensions = times.sizes;
  const request = liveLoadOf(servingSettingsStore.getState(), times);
  // Every batch of a live run has inputs of one size.
  if (request.lengths !== undefined) return;
  const { times: calibrated, targetMs, ...load } = request;
  await runJob('run-live', model.name, async (job) => {
    const samples = (await inputsOfData(job.signal, state, mostServedSamples)) ?? [];
    const compared = await currentJobs().benchmarks.runLive(job, {
      ...{ files: model.files, ep, threads: state.threads ?? undefined, freeDimensions, seed: state.seed, samples },
      ...{ load, calibrated, targetMs, recording: recordingStore.getState().file },
    });
    liveStore.setState({ request, compared });
    announce(`Ran the load on ${model.name}.`);
  });
}
