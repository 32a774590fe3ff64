/** The page's side of calls to a worker: functions made of the description alone. */
import type { Observation } from '../../engine/passes/pass';
import type { Call } from './call';
import { ObjectIds } from './object-ids';
import { WorkerClient, type Follower, type RunningCall } from './worker-client';

/** The caller's side of a job: its abort signal and its progress callback. */
interface Following<Progress, Message> {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onObservations?: (observations: readonly Observation[]) => void;
  /** The call is sent: from now on it can be paused and receive messages. */
  readonly onStart?: (call: RunningCall<Message>) => void;
}

/** A function for each call. When its signal is aborted the promise rejects with the reason within 500 ms, if need be by ending the worker. */
export type JobsOf<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends Call<infer Arguments, infer Value, infer Progress, infer Message>
    ? (following: Following<Progress, Message>, ...given: Arguments) => Promise<Value>
    : never;
};

interface JobsOptions<Calls> {
  /** Calls that read whole files: each has a worker of its own, so that no other waits for it and ending it ends nothing else. */
  readonly apart?: readonly (keyof Calls)[];
  readonly ids?: ObjectIds;
}

/** The worker starts with the first call. After a cancellation that it did not follow, the next call starts a fresh one. */
export function jobsOf<Calls>(spawn: () => Worker, { apart = [], ids = new ObjectIds() }: JobsOptions<Calls> = {}) {
  const shared = new WorkerClient(spawn);
  const call = async (name: string, follower: Follower, given: readonly unknown[]): Promise<unknown> => {
    const client = apart.includes(name as keyof Calls) ? new WorkerClient(spawn) : shared;
    const numbers = given.map((each) => (typeof each === 'object' && each !== null ? ids.of(each) : null));
    try {
      return await client.call({ name, given, ids: numbers }, follower);
    } finally {
      if (client !== shared) client.end();
    }
  };
  return new Proxy({} as JobsOf<Calls>, {
    get:
      (_, name: string) =>
      (follower: Follower, ...given: readonly unknown[]) =>
        call(name, follower, given),
  });
}
