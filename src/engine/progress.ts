/** The progress of long work. `done` never falls, `total` never changes, the last one has `done === total`. */
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}
