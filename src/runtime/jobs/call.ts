/**
 * Calls from a page to its workers. A type describes each worker once: a record of `Call`s by name. The page's
 * functions (`jobs-of.ts`) and the worker's handlers (`workers/answer-calls.ts`) both derive from it.
 */
import type { Outcome } from '../../engine/errors';
import type { Observation } from '../../engine/passes/pass';
import type { Progress as PlainProgress } from '../../engine/progress';
import type { RecipeProgress } from '../../engine/recipe/pipeline';

/** One kind of call: its arguments, its value, its progress, and the messages that it accepts while it runs. */
export interface Call<Arguments extends readonly unknown[], Value, Progress = PlainProgress, Message = never> {
  readonly arguments: Arguments;
  readonly value: Value;
  readonly progress: Progress;
  readonly message: Message;
}

/** The context of a call in its worker: the signal, the receivers of progress, and the way to let messages in. */
export interface JobContext<Progress, Message = never> {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /**
   * Lets messages in (a cancellation above all), at most every 20 ms. Rejects once the job is canceled; waits while it is
   * paused.
   */
  checkpoint(): Promise<void>;
  /** Sends an observation for a curve that grows. Observations are sent in batches, at most ten a second. */
  observe(observation: Observation): void;
  /** The number of an argument that is an object: two calls with the same object in the page see the same number. */
  idOf(argument: object): number;
  onMessage(listener: (message: Message) => void): void;
}

/** A worker's side of its calls. */
export type Handlers<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends Call<infer Arguments, infer Value, infer Progress, infer Message>
    ? (context: JobContext<Progress, Message>, ...given: Arguments) => Value | Promise<Value>
    : never;
};

/** The message that starts a call. All others go through the call's own port, in order. */
export interface CallRequest {
  readonly name: string;
  readonly given: readonly unknown[];
  /** The lists that were sent ahead of it. */
  readonly lists: readonly ListPlace[];
  /** Numbers of the arguments that are objects, in their places. */
  readonly ids: readonly (number | null)[];
  readonly port: MessagePort;
}

/**
 * Entries of a list that is too long for one message. They arrive in order, before the calls that name the list. `null`
 * means that no later call names it.
 */
export interface ListPart {
  readonly list: number;
  readonly part: readonly unknown[] | null;
}

/** The place in the arguments of a call for a list that was sent ahead. */
export interface ListPlace {
  readonly path: readonly (string | number)[];
  readonly list: number;
}

export type MessageToCall =
  | { readonly kind: 'cancel' }
  | { readonly kind: 'pause'; readonly paused: boolean }
  | { readonly kind: 'message'; readonly message: unknown };

export type MessageFromCall =
  | { readonly kind: 'progress'; readonly progress: unknown }
  | { readonly kind: 'observations'; readonly observations: readonly Observation[] }
  | { readonly kind: 'settled'; readonly outcome: Outcome<unknown> };

/**
 * Often enough for a smooth progress bar. Training steps take less than a millisecond, and each message is drawn.
 */
const progressIntervalMs = 50;

/**
 * Leaves out progress within a stage that follows another message too soon. The end of a stage, the next stage and
 * everything else is sent.
 */
export function thinned<Reported>(send: (progress: Reported) => void): (progress: Reported) => void {
  let last: { readonly label: string; readonly atMs: number } | undefined;
  return (progress) => {
    const stage = stageOf(progress);
    const atMs = performance.now();
    if (stage !== null) {
      if (!stage.isDone && stage.label === last?.label && atMs - last.atMs < progressIntervalMs) return;
      last = { label: stage.label, atMs };
    }
    send(progress);
  };
}

/** `null`: it says more than how far a stage is. */
function stageOf(progress: unknown): { readonly label: string; readonly isDone: boolean } | null {
  const { stage, done, total, passIndex } = progress as Partial<RecipeProgress>;
  if (stage === undefined || done === undefined || total === undefined || 'kind' in (progress as object)) return null;
  return { label: `${passIndex ?? ''}|${stage}`, isDone: done >= total };
}
