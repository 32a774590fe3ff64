/** The worker that simulates servers. It holds nothing, so that it can be ended at any time. */
import { simulateLoad, type SimulatedLoad } from '../src/engine/serving/simulate-load';
import { tuneServing } from '../src/engine/serving/tune-serving';
import { BlobSource } from '../src/runtime/files/blob-source';
import type { ServingCalls } from '../src/runtime/jobs/serving-calls';
import { readServerMeasurements } from '../src/runtime/serving/read-server-measurements';
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
  async tune({ checkpoint }, request, recording) {
    const arrivals = await withRecording(request.load.arrivals, recording);
    return tuneServing({ ...request, load: { ...request.load, arrivals } }, checkpoint);
  },
  readMeasurements: (context, files) =>
    readServerMeasurements(
      files.map(({ path, file }) => ({ path, source: new BlobSource(file) })),
      context,
    ),
});
