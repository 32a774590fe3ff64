/** The worker that simulates servers. It holds nothing, so that it can be ended at any time. */
import { simulateLoad, type SimulatedLoad } from '../src/engine/serving/simulate-load';
import type { ServingCalls } from '../src/runtime/jobs/serving-calls';
import { withRecording } from '../src/runtime/serving/recording';
import { answerCalls } from './answer-calls';

answerCalls<ServingCalls>({
  async simulate({ checkpoint }, requests, recording) {
    const simulated: SimulatedLoad[] = [];
    for (const request of requests) {
      const arrivals = await withRecording(request.arrivals, recording);
      simulated.push(await simulateLoad({ ...request, arrivals }, checkpoint));
    }
    return simulated;
  },
});
