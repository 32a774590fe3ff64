/** The simulation of what is set now: begun anew, a moment later, whenever that changes. */
import { createStore } from 'zustand/vanilla';
import type { LoadRequest, SimulatedLoad } from '../../../engine/serving/simulate-load';
import { whileNothingMeasures } from '../jobs/idle-work';
import { currentJobs, sentenceOf } from '../jobs/job-runner';

interface SimulationState {
  /** What the simulation below is of. */
  readonly request: LoadRequest | null;
  /** While another one is under way: the one before. */
  readonly simulated: SimulatedLoad | null;
  readonly isPending: boolean;
  /** Why there is none: a sentence. */
  readonly problem: string | null;
}

const nothing: SimulationState = { request: null, simulated: null, isPending: false, problem: null };

export const simulationStore = createStore<SimulationState>(() => nothing);

/** Long enough to gather the digits of a number, short enough to seem at once. */
const delayMs = 150;

let latest: AbortController | null = null;

/** `null`: there are no times to simulate on. */
export function simulateLater(request: LoadRequest | null): void {
  latest?.abort(new DOMException('Other settings were chosen.', 'AbortError'));
  latest = null;
  if (request === null) return simulationStore.setState(nothing);
  const own = (latest = new AbortController());
  simulationStore.setState({ isPending: true, problem: null });
  setTimeout(() => void simulate(request, own), delayMs);
}

async function simulate(request: LoadRequest, own: AbortController): Promise<void> {
  if (own.signal.aborted) return;
  let found: Partial<SimulationState>;
  try {
    const simulated = await whileNothingMeasures(own.signal, (signal) =>
      currentJobs().serving.simulate({ signal }, request),
    );
    found = { request, simulated, problem: null };
  } catch (error) {
    found = { request, simulated: null, problem: sentenceOf(error) };
  }
  if (latest === own) simulationStore.setState({ ...found, isPending: false });
}
