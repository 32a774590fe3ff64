/** Calls between the page and the worker that simulates servers: plain data and Blobs. */
import type { ServerMeasurement } from '../../engine/serving/server-measurement';
import type { LoadRequest, SimulatedLoad } from '../../engine/serving/simulate-load';
import type { TunedServing, TuneRequest } from '../../engine/serving/tune-serving';
import type { Call } from './call';
import type { DroppedDataFile } from './data-calls';

/** Simulating servers. */
export interface ServingCalls {
  /** One after the other. `recording`: the file of a replayed load, whose requests are read here. */
  simulate: Call<[requests: readonly LoadRequest[], recording: Blob | null], readonly SimulatedLoad[]>;
  /** Finds settings for a load and a target by simulating some of them. */
  tune: Call<[request: TuneRequest, recording: Blob | null], TunedServing>;
  /** Server measurements in documents and bundles. Rejects with a ParetoError that names the file. */
  readMeasurements: Call<[files: readonly DroppedDataFile[]], readonly ServerMeasurement[]>;
}
