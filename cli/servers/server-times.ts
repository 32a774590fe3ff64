/** Batch times for a simulation: measured here on WASM, or those of a measured server. */
import { parseMeasurement } from '../../src/engine/deploy/measurements';
import { ParetoError } from '../../src/engine/errors';
import {
  answerDelaysMs,
  serverThreads,
  servedTimes,
  servedTimesByThreads,
  type ServerMeasurement,
} from '../../src/engine/serving/server-measurement';
import type { ServedTimes } from '../../src/engine/serving/text-lengths';
import { createNodeHost } from '../../src/runtime/node/node-host';
import {
  batchSizesUpTo,
  measureServedBatches,
  type BatchesRequest,
  type MeasuredBatches,
  type TimedTexts,
} from '../../src/runtime/serving/measure-batches';
import type { Shell } from '../command';
import { readTextFile } from '../options/data-options';
import { parseJson } from './bundle-server';

interface MeasuredServer {
  readonly cores: number;
  /** Threads of each run. */
  readonly threads: number;
  /** Those of the server's own number of threads include texts, if it pads them. */
  readonly timesByThreads: ReadonlyMap<number, ServedTimes>;
  readonly answerDelaysMs: readonly number[];
}

export class ServerTimes {
  readonly #shell: Shell;
  readonly #request: Omit<BatchesRequest, 'batches'>;
  readonly #given: { readonly path: string; readonly sha256: string } | null;
  readonly #known = new Map<number, MeasuredBatches>();
  #document: ServerMeasurement | undefined;

  /** @param given the file of `measure-server`, and the SHA-256 of the model; `null`: times are measured here. */
  constructor(
    shell: Shell,
    request: Omit<BatchesRequest, 'batches'>,
    given: { readonly path: string; readonly sha256: string } | null,
  ) {
    this.#shell = shell;
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
      answerDelaysMs: answerDelaysMs(document),
    };
  }

  /** Measures once for each number of threads. `texts` are the same in all calls. Throws `simulate/times` for times of another model. */
  async of(threads: number, maxBatch: number, texts?: TimedTexts): Promise<MeasuredBatches> {
    if (this.#given !== null) return timesOfServer(await this.#read(this.#given), threads);
    const found = this.#known.get(threads) ?? (await this.#measure(threads, maxBatch, texts));
    this.#known.set(threads, found);
    return found;
  }

  async #measure(threads: number, maxBatch: number, texts?: TimedTexts): Promise<MeasuredBatches> {
    const request = { ...this.#request, threads, batches: batchSizesUpTo(maxBatch), ...(texts && { texts }) };
    const { signal, terminal } = this.#shell;
    return measureServedBatches(signal, createNodeHost(), request, ({ stage, done, total }) =>
      terminal.progress(`${stage} (${done} of ${total})`),
    );
  }

  async #read({ path, sha256 }: { readonly path: string; readonly sha256: string }): Promise<ServerMeasurement> {
    if (this.#document !== undefined) return this.#document;
    const text = await readTextFile(this.#shell, path, 'measurement');
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
    ...(servedTimesByThreads(document).get(threads) ?? servedTimes(document)),
    inputs: document.inputs.kind,
    ...(document.server.maxBatch === 1 && { fixedBatch: 'The measured server runs requests one by one.' }),
  };
}
