import type { Device } from '../../engine/metrics/cell';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import type { IdleWorkers } from '../session/idle-workers';
import type { ChainHost } from '../session/session-host';
import { createSessionInference } from '../session/session-inference';
import type { SearchHost } from './search-request';

/** The facts about a device that a search needs. `webgpu` is needed only if candidates are timed there. */
export type SearchDevice = Pick<Device, 'threads' | 'timerResolutionUs' | 'crossOriginIsolated' | 'webgpu'>;

/** The platform of a search: a page's worker, or Node. */
interface SearchPlatform extends Omit<RecipeHost, 'inference'>, Pick<SearchHost, 'exclusively'> {
  readonly device: SearchDevice;
  openSessions(idle?: IdleWorkers): ChainHost;
}

/** @param idle idle workers, which the caller ends. */
export function createSearchHost(
  { device, openSessions, exclusively, ...host }: SearchPlatform,
  idle: IdleWorkers,
): SearchHost & { readonly threads: number } {
  const { threads, timerResolutionUs, crossOriginIsolated, webgpu } = device;
  const sessions = openSessions(idle);
  const softwareAdapter = webgpu?.software === true;
  return {
    ...host,
    exclusively,
    threads,
    sessions,
    // Passes and evaluations run alternately.
    inference: createSessionInference(() => sessions, threads),
    webgpu,
    measuring: { sessions: openSessions(), timerResolutionUs, crossOriginIsolated, softwareAdapter },
  };
}
