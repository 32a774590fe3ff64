/** Times native batches with other settings than the server's: a search needs them, and so does a load of texts. */
import { isParetoError } from '../../src/engine/errors';
import { formatCounted } from '../../src/engine/format';
import type { ServerMeasurement } from '../../src/engine/serving/server-measurement';
import type { Shell } from '../command';
import { timeNativeBatches, type FoundBundle, type PythonFound } from './bundle-server';

/** ONNX Runtime gains little from more threads for the models of a small server. */
const threadCounts = [1, 2, 4] as const;
const timedLengths = [16, 64, 256] as const;

type OtherRuns = Pick<ServerMeasurement, 'timesByThreads' | 'timesByLength'>;

/**
 * Measures other numbers of threads, unless the user chose the number. Measures several lengths if the server pads
 * texts.
 */
export async function timeOtherRuns(
  { signal, terminal }: Shell,
  found: PythonFound,
  bundle: FoundBundle,
  environment: Readonly<Record<string, string>>,
): Promise<OtherRuns> {
  const time = (change: Readonly<Record<string, string>>) =>
    timeNativeBatches(signal, found, bundle, { ...environment, ...change });
  const timesByThreads: NonNullable<OtherRuns['timesByThreads']> = [];
  const counts = 'THREADS' in environment ? [] : threadCounts.filter((threads) => threads < found.cores);
  for (const threads of counts) {
    terminal.progress(`Timing batches with ${formatCounted(threads, 'thread')}`);
    timesByThreads.push({ threads, batchTimes: await time({ THREADS: String(threads) }) });
  }
  if (!bundle.padsTexts) return { timesByThreads };
  const timesByLength: NonNullable<OtherRuns['timesByLength']> = [];
  for (const length of timedLengths) {
    terminal.progress(`Timing texts of ${formatCounted(length, 'token')}`);
    try {
      timesByLength.push({ length, batchTimes: await time({ LENGTH: String(length) }) });
    } catch (error) {
      if (!isParetoError(error)) throw error;
      // Texts of this length are too long for the model, or PAD_TEXTS=0 turned padding off.
      break;
    }
  }
  return { timesByThreads, ...(timesByLength.length > 0 && { timesByLength }) };
}
