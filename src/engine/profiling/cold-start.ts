/** The wait of a page for the first output: download of model and runtime, session, first run. */

/** Networks to choose from, in 10⁶ bits a second: "3G" and "4G" as WebPageTest throttles them, and a fixed line. */
export const networks = [
  { name: '3G', mbps: 1.6 },
  { name: '4G', mbps: 9 },
  { name: '50\u00a0Mbit/s', mbps: 50 },
] as const;
export const usualNetwork = networks[1];

export interface ColdStart {
  readonly modelMs: number;
  readonly runtimeMs: number;
  readonly createMs: number;
  readonly firstRunMs: number;
  readonly totalMs: number;
}

export interface ColdStartSource {
  /** Size of the model's files that are sent, after compression if there is any. */
  readonly modelBytes: number;
  /** Size of the files of the runtime that are sent. */
  readonly runtimeBytes: number;
  /** Time to make a session of the model's bytes; includes the start of the runtime. */
  readonly createMs: number;
  readonly firstRunMs: number;
}

/** Downloads are computed, one after the other and without the first round trips of a connection; the rest is measured. */
export function coldStart(source: ColdStartSource, mbps: number): ColdStart {
  const { createMs, firstRunMs } = source;
  const [modelMs, runtimeMs] = [downloadTimeMs(source.modelBytes, mbps), downloadTimeMs(source.runtimeBytes, mbps)];
  return { modelMs, runtimeMs, createMs, firstRunMs, totalMs: modelMs + runtimeMs + createMs + firstRunMs };
}

/**
 * @param sentBytes after compression.
 * @param mbps megabits a second, of 10⁶ bits.
 */
export function downloadTimeMs(sentBytes: number, mbps: number): number {
  return (sentBytes * 8) / mbps / 1000;
}
