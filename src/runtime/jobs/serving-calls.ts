/** What passes between the page and the worker that simulates servers: plain data and Blobs. */
import type { LoadRequest, SimulatedLoad } from '../../engine/serving/simulate-load';
import type { Call } from './call';

/** Simulating servers. */
export interface ServingCalls {
  /** One after the other. `recording`: the file of a replayed load, whose requests are read here. */
  simulate: Call<[requests: readonly LoadRequest[], recording: Blob | null], readonly SimulatedLoad[]>;
}
