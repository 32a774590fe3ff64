import { ParetoError } from '../../engine/errors';
import { formatBytes } from '../../engine/format';
import { parseReplay, type Arrivals } from '../../engine/serving/arrivals';

const mostRecordingBytes = 64 * 2 ** 20;

/** Replaces the requests of a replay by the recording; other arrivals stay. Rejects with `serving/replay`. */
export async function withRecording(arrivals: Arrivals, recording: Blob | null): Promise<Arrivals> {
  if (arrivals.kind !== 'replay' || recording === null) return arrivals;
  if (recording.size > mostRecordingBytes) {
    throw new ParetoError(
      'serving/replay',
      `The recording is ${formatBytes(recording.size)}. The maximum is ${formatBytes(mostRecordingBytes)}.`,
    );
  }
  return parseReplay(await recording.text());
}
