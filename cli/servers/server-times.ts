/** Batch times for a simulation: measured here on WASM, or those of a measured server. */
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { parseMeasurement } from '../../src/engine/deploy/measurements';
import { ParetoError } from '../../src/engine/errors';
import {
  answerDelaysMs,
  serverThreads,
  servedBatchTimes,
  servedTimesByLength,
  servedTimesByThreads,
  type ServerMeasurement,
} from '../../src/engine/serving/server-measurement';
import type { BatchTimes } from '../../src/engine/serving/service-times';
import { createNodeHost } from '../../src/runtime/node/node-host';
import {
  batchSizesUpTo,
  measureServedBatches,
  type BatchesRequest,
  type MeasuredBatches,
} from '../../src/runtime/serving/measure-batches';
import type { Invocation } from '../command';
import { readTextFile } from '../options/data-options';

interface MeasuredServer {
  readonly cores: number;
  /** Threads of each run. */
  readonly threads: number;
  readonly timesByThreads: ReadonlyMap<number, readonly BatchTimes[]>;
  /** Times of texts with the server's number of threads; empty for any other model. */
  readonly timesByLength: ReadonlyMap<number, readonly BatchTimes[]>;
  readonly answerDelaysMs: readonly number[];
}

export class ServerTimes {
  readonly #invocation: Invocation;
  readonly #request: Omit<BatchesRequest, 'batches'>;
  readonly #given: { readonly path: string; readonly sha256: string } | null;
  readonly #known = new Map<string, MeasuredBatches>();
  #document: ServerMeasurement | undefined;

  /** @param given the file of `measure-server`, and the SHA-256 of the model; `null`: times are measured here. */
  constructor(
    invocation: Invocation,
    request: Omit<BatchesRequest, 'batches'>,
    given: { readonly path: string; readonly sha256: string } | null,
  ) {
    this.#invocation = invocation;
    this.#request = request;
    this.#given = given;
  }

  /** The server that `--times` measured; `null` if times are measured here. Throws as `of` does. */
  async measuredServer(): Promise<MeasuredServer | null> {
    if (this.#given === null) return null;
    const document = await this.#read(this.#given);
    const { cores } = document.server;
    return {
      ...{ cores, threads: serverThreads(document) },
      timesByThreads: servedTimesByThreads(document),
      timesByLength: servedTimesByLength(document),
      answerDelaysMs: answerDelaysMs(document),
    };
  }

  /** Measures once for each number of threads and sizes of inputs. Throws `simulate/times` for times of another model. */
  async of(threads: number, maxBatch: number, sizes: FreeDimensions = {}): Promise<MeasuredBatches> {
    if (this.#given !== null) return timesOfServer(await this.#read(this.#given), threads);
    const key = JSON.stringify([threads, sizes]);
    const found = this.#known.get(key) ?? (await this.#measure(threads, maxBatch, sizes));
    this.#known.set(key, found);
    return found;
  }

  async #measure(threads: number, maxBatch: number, sizes: FreeDimensions): Promise<MeasuredBatches> {
    const freeDimensions = { ...this.#request.freeDimensions, ...sizes };
    const request = { ...this.#request, freeDimensions, threads, batches: batchSizesUpTo(maxBatch) };
    const { signal, terminal } = this.#invocation;
    return measureServedBatches(signal, createNodeHost(), request, ({ stage, done, total }) =>
      terminal.progress(`${stage} (${done} of ${total})`),
    );
  }

  async #read({ path, sha256 }: { readonly path: string; readonly sha256: string }): Promise<ServerMeasurement> {
    if (this.#document !== undefined) return this.#document;
    const text = await readTextFile(this.#invocation, path, 'measurement');
    const measured = parseMeasurement(parseJson(text), path);
    if (measured.kind !== 'server measurement' || measured.document.sha256 !== sha256) {
      throw new ParetoError(
        'simulate/times',
        `${path} has no times of a server of this model. Make it with measure-server --json.`,
      );
    }
    return (this.#document = measured.document);
  }
}

/** Falls back to the server's number of threads if this one was not measured. */
function timesOfServer(document: ServerMeasurement, threads: number): MeasuredBatches {
  return {
    times: servedTimesByThreads(document).get(threads) ?? servedBatchTimes(document),
    inputs: document.inputs.kind,
    ...(document.server.maxBatch === 1 && { fixedBatch: 'The measured server runs requests one by one.' }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
