/** What a job of a worker is given: when to stop, whom to tell, and how to let messages in. */
export interface JobContext<Progress> {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** Lets messages in (a cancellation above all), at most every 20 ms. Rejects once the job is cancelled. */
  checkpoint(): Promise<void>;
}
