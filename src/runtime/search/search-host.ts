import type { Device } from '../../engine/metrics/cell';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import type { IdleWorkers } from '../session/idle-workers';
import { turnsSideBySide, type ChainHost, type HostTurn } from '../session/session-host';
import { createSessionInference } from '../session/session-inference';
import type { SearchHost } from './search-request';

/** The facts about a device that a search needs. `webgpu` is needed only if candidates are timed there. */
export type SearchDevice = Pick<Device, 'cores' | 'threads' | 'timerResolutionUs' | 'crossOriginIsolated' | 'webgpu'>;

/** The platform of a search: a page's worker, or Node. */
interface SearchPlatform extends Omit<RecipeHost, 'inference'>, Pick<SearchHost, 'exclusively'> {
  readonly device: SearchDevice;
  openSessions(idle?: IdleWorkers, turn?: HostTurn): ChainHost;
}

/** @param idle idle workers, which the caller ends. */
export function createSearchHost(
  { device, openSessions, exclusively, ...host }: SearchPlatform,
  idle: IdleWorkers,
): SearchHost & { readonly threads: number } {
  const { cores, threads, timerResolutionUs, crossOriginIsolated, webgpu } = device;
  // Passes run the next candidate's model while the last one is evaluated. A single core gains nothing by that.
  const [turn, turnOfPasses = turn] = turnsSideBySide(cores > 1 ? 2 : 1);
  const sessions = openSessions(idle, turn);
  const softwareAdapter = webgpu?.software === true;
  return {
    ...host,
    exclusively,
    threads,
    mostThreads: crossOriginIsolated ? cores : 1,
    sessions,
    inference: createSessionInference(() => openSessions(idle, turnOfPasses), threads),
    webgpu,
    measuring: { sessions: openSessions(), timerResolutionUs, crossOriginIsolated, softwareAdapter },
  };
}
