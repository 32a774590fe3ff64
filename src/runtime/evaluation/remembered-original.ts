/** Keeps the answers of the original: every candidate is evaluated beside it, on the same samples. */
import type { Feeds } from '../../engine/data/feeds';
import { describeRandomness } from '../../engine/metrics/describe-randomness';
import type { ModelFiles } from '../models/model-files';
import { feedsSizeBytes } from '../session/feeds-size';
import type { TimedRun } from '../session/session';
import type { HostedSession, SessionHost } from '../session/session-host';

/** The limit of the kept outputs; others are computed again. */
const usuallyKeptBytes = 64_000_000;

export class RememberedOriginal {
  readonly #sessions: SessionHost;
  readonly #original: ModelFiles;
  readonly #mostKeptBytes: number;
  /** Runs by their feeds. */
  readonly #runs = new Map<string, TimedRun>();
  #keptBytes = 0;
  #isFull = false;
  /**
   * It gave two different outputs for the same input. Then none is remembered, and a caller that runs it twice sees the
   * difference.
   */
  #isRandom = false;
  #computed = 0;
  #recalled = 0;
  #first: Pick<HostedSession, 'loadMs' | 'inputs'> | undefined;

  constructor(sessions: SessionHost, original: ModelFiles, mostKeptBytes = usuallyKeptBytes) {
    this.#sessions = sessions;
    this.#original = original;
    this.#mostKeptBytes = mostKeptBytes;
  }

  /** True if the original need not run a second time on the same samples. */
  get remembersAll(): boolean {
    return !this.#isFull && !this.#isRandom;
  }

  /** The number of requests to the original so far, and of its actual runs. */
  get counts(): { readonly asked: number; readonly computed: number } {
    return { asked: this.#computed + this.#recalled, computed: this.#computed };
  }

  /** A host whose sessions of the original remember. The first of them runs whatever it is asked to, and so shows whether it repeats itself. */
  get sessions(): SessionHost {
    return {
      open: async (signal, spec) => {
        const open = () => this.#sessions.open(signal, spec);
        if (spec.files !== this.#original) return open();
        if (this.#first === undefined || this.#isRandom) return this.#recording(await open());
        return this.#remembering(this.#first, open);
      },
    };
  }

  #recording(session: HostedSession): HostedSession {
    this.#first = { loadMs: session.loadMs, inputs: session.inputs };
    return { ...session, run: async (feeds) => this.#keep(feeds, await session.run(feeds)) };
  }

  /** Opens a session only when something new is asked. */
  #remembering(first: Pick<HostedSession, 'loadMs' | 'inputs'>, open: () => Promise<HostedSession>): HostedSession {
    let opening: Promise<HostedSession> | undefined;
    let isClosed = false;
    const opened = (): Promise<HostedSession> => (opening ??= open());
    return {
      ...first,
      feed: async (feeds) => (await opened()).feed(feeds),
      run: async (feeds) => {
        const known = feeds && this.#runs.get(keyOf(feeds));
        if (known !== undefined) this.#recalled++;
        return known ?? this.#keep(feeds, await (await opened()).run(feeds));
      },
      readResident: async () => (await opened()).readResident(),
      time: async (runs, leadRuns) => (await opened()).time(runs, leadRuns),
      timeEach: async (feeds) => (await opened()).timeEach(feeds),
      profile: async () => (await opened()).profile(),
      trace: async () => (await opened()).trace(),
      heapBytes: async () => (await opened()).heapBytes(),
      gpuBufferBytes: async () => (await opened()).gpuBufferBytes(),
      close() {
        if (isClosed) return;
        isClosed = true;
        opening?.then((session) => session.close()).catch(() => undefined);
      },
    };
  }

  #keep(feeds: Feeds | undefined, run: TimedRun): TimedRun {
    this.#computed++;
    if (feeds === undefined || this.#isRandom) return run;
    const key = keyOf(feeds);
    const known = this.#runs.get(key);
    if (known !== undefined) {
      this.#isRandom = describeRandomness(known.outputs, run.outputs) !== undefined;
      if (this.#isRandom) this.#runs.clear();
      return run;
    }
    const bytes = feedsSizeBytes(run.outputs);
    if (this.#keptBytes + bytes > this.#mostKeptBytes) this.#isFull = true;
    else {
      this.#runs.set(key, run);
      this.#keptBytes += bytes;
    }
    return run;
  }
}

/**
 * Identifies feeds by their names, types, shapes and two sums over all of their words of four bytes (as FNV-1a, and one
 * of other constants).
 */
function keyOf(feeds: Feeds): string {
  return JSON.stringify(
    Object.entries(feeds).map(([name, { dtype, dims, data }]) => [
      name,
      dtype,
      dims,
      ArrayBuffer.isView(data) ? sumsOf(data) : data,
    ]),
  );
}

function sumsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): readonly [number, number] {
  const isOfWords = byteOffset % 4 === 0 && byteLength % 4 === 0;
  const words = isOfWords
    ? new Int32Array(buffer, byteOffset, byteLength / 4)
    : new Uint8Array(buffer, byteOffset, byteLength);
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (const word of words) {
    first = Math.imul(first ^ word, 0x01000193);
    second = Math.imul(second + word, 0x85ebca6b) ^ (second >>> 15);
  }
  return [first >>> 0, second >>> 0];
}
