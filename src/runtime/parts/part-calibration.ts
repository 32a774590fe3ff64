/** Samples that calibrate one part of a model: its inputs when the original runs. */
import type { CalibrationData } from '../../engine/data/calibration-data';
import type { ReadContext } from '../../engine/data/dataset';
import type { Feeds } from '../../engine/data/feeds';
import type { ChainWiring } from '../../engine/data/parts/wire-chain';
import { describeRefusedRun } from '../session/failure';
import type { SessionHost } from '../session/session-host';
import { PartSessions, type PartFiles } from './part-sessions';
import { runChain } from './run-chain';
import { writeSequence, type WriteSpec } from './sequence-writer';

export interface PartCalibrationRequest {
  /** All parts of the original. */
  readonly parts: readonly PartFiles[];
  readonly work: ChainWiring | WriteSpec;
  /** The part that is calibrated. */
  readonly part: string;
  /** Samples of the inputs that the data feeds. */
  readonly entry: CalibrationData;
  readonly threads: number;
}

/**
 * Each time the feeds are read, the original runs again, sample after sample, so that few are in memory. A decoder with
 * a cache gives the first and the last run of each sequence. The first reads no cache, and the last reads the longest.
 * One that reads the whole sequence gives the last, and one with a state all of its runs.
 */
export function createPartCalibration(
  context: ReadContext,
  host: SessionHost,
  request: PartCalibrationRequest,
): CalibrationData {
  const { entry, part, work } = request;
  if ('wiring' in work && part === work.wiring.encoder) return entry;
  return {
    fingerprint: JSON.stringify([entry.fingerprint, part, 'wiring' in work ? [work.count, work.config.start] : []]),
    samples: entry.samples,
    feeds: () => feedsOf(context, host, request),
  };
}

async function* feedsOf(
  context: ReadContext,
  host: SessionHost,
  { parts, work, part, entry, threads }: PartCalibrationRequest,
): AsyncGenerator<Feeds, void> {
  let runs: Feeds[] = [];
  const kept = keptRuns(work, part);
  const observe = (name: string, feeds: Feeds): void => {
    if (name === part) runs = kept(runs, feeds);
  };
  const sessions = await PartSessions.open(context.signal, host, { parts, threads }, observe);
  try {
    for await (const feeds of entry.feeds()) {
      await context.checkpoint();
      runs = [];
      try {
        if ('wiring' in work) await writeSequence(sessions, work, feeds, () => context.checkpoint());
        else runs = [await runChain(sessions, work, feeds, part)];
      } catch (error) {
        // A sample that the original refuses is left out.
        if (describeRefusedRun(error) === undefined) throw error;
        continue;
      }
      yield* runs;
    }
  } finally {
    sessions.close();
  }
}

/** Adds a run to those of a sequence that calibrate. */
function keptRuns(work: ChainWiring | WriteSpec, part: string): (before: readonly Feeds[], run: Feeds) => Feeds[] {
  if (!('wiring' in work)) return (_, run) => [run];
  const decoders = [work.wiring.first, work.wiring.later].filter((decoder) => decoder.part === part);
  if (decoders.every(({ readsAll }) => readsAll)) return (_, run) => [run];
  const hasCache = decoders.some(({ sources }) => sources.some(({ source }) => source.kind === 'cache'));
  // Sequences are long, and each run holds a cache.
  return (before, run) => [...(hasCache ? before.slice(0, 1) : before), run];
}
