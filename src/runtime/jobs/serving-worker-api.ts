import type { LoadRequest, SimulatedLoad } from '../../engine/serving/simulate-load';
import type { Call } from './call';

/** Simulating servers. */
export interface ServingCalls {
  simulate: Call<[request: LoadRequest], SimulatedLoad>;
}
