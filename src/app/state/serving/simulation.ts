/** The simulation of the present settings. It starts again, a moment later, whenever they change. */
import { createStore } from 'zustand/vanilla';
import type { LoadRequest, SimulatedLoad } from '../../../engine/serving/simulate-load';
import { whileNothingMeasures } from '../jobs/idle-work';
import { currentJobs, sentenceOf } from '../jobs/job-runner';
import { recordingStore } from './serving-settings';

/** A row of the workspace behind the server that is set. */
export interface ServedModel {
  readonly id: string;
  readonly request: LoadRequest;
}

export interface SimulatedModel extends ServedModel {
  readonly simulated: SimulatedLoad;
}

interface SimulationState {
  /** The selected model first. While another simulation runs, this is the result of the one before. */
  readonly models: readonly SimulatedModel[];
  readonly isPending: boolean;
  /** A wait that a person notices. A shorter one is not drawn, because it would flash. */
  readonly isSlow: boolean;
  /** The reason why there is none, as a sentence. */
  readonly problem: string | null;
}

const nothing: SimulationState = { models: [], isPending: false, isSlow: false, problem: null };

export const simulationStore = createStore<SimulationState>(() => nothing);

/** The delay is long enough to collect the digits of a number, and short enough to seem immediate. */
const delayMs = 150;
const slowMs = 400;

let latest: AbortController | null = null;

/** None: there are no times to simulate on. */
export function simulateLater(served: readonly ServedModel[]): void {
  latest?.abort(new DOMException('Other settings were chosen.', 'AbortError'));
  latest = null;
  if (served.length === 0) return simulationStore.setState(nothing);
  const own = (latest = new AbortController());
  simulationStore.setState({ isPending: true, problem: null });
  setTimeout(() => void simulate(served, own), delayMs);
  setTimeout(() => {
    if (latest === own && simulationStore.getState().isPending) simulationStore.setState({ isSlow: true });
  }, slowMs);
}

async function simulate(served: readonly ServedModel[], own: AbortController): Promise<void> {
  if (own.signal.aborted) return;
  const requests = served.map(({ request }) => request);
  let found: Pick<SimulationState, 'models' | 'problem'>;
  try {
    const simulated = await whileNothingMeasures(own.signal, (signal) =>
      currentJobs().serving.simulate({ signal }, requests, recordingStore.getState().file),
    );
    found = { models: served.map((model, index) => ({ ...model, simulated: simulated[index]! })), problem: null };
  } catch (error) {
    found = { models: [], problem: sentenceOf(error) };
  }
  if (latest === own) simulationStore.setState({ ...found, isPending: false, isSlow: false });
}
