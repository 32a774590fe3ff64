/** The wait for the first output: download, session, first run. */

/** The network speeds to choose from, in 10⁶ bits a second. */
export const networkSpeedsMbps = [5, 20, 100] as const;
export const usualMbps = 20;

export interface ColdStart {
  readonly downloadMs: number;
  readonly createMs: number;
  readonly firstRunMs: number;
  readonly totalMs: number;
}

export interface ColdStartSource {
  /** Size of the files that are sent, after compression if there is any. */
  readonly sentBytes: number;
  /** Time to make a session of the model's bytes; includes the start of the runtime. */
  readonly createMs: number;
  readonly firstRunMs: number;
}

/** The download is computed, without the first round trips of a connection; the other two are measured. */
export function coldStart({ sentBytes, createMs, firstRunMs }: ColdStartSource, mbps: number): ColdStart {
  const downloadMs = downloadTimeMs(sentBytes, mbps);
  return { downloadMs, createMs, firstRunMs, totalMs: downloadMs + createMs + firstRunMs };
}

export function downloadTimeMs(sentBytes: number, mbps: number): number {
  return (sentBytes * 8) / mbps / 1000;
}
