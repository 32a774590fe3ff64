/** Makes candidates as files, and makes them again where their bytes were not kept. */
import { RecipeCache, type RecipeProgress } from '../../engine/recipe/pipeline';
import { runRecipe, type RecipeRun } from '../../engine/recipe/run-recipe';
import type { EncodedFile } from '../../engine/recipe/check-written';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import type { Candidate } from '../../engine/search/candidate';
import { BlobSink } from '../models/blob-sink';
import type { ModelFiles } from '../models/model-files';
import { PassTimes } from './pass-times';
import type { SearchRequest } from './search-request';
import { WatchedCalibration } from './watched-calibration';

export interface MadeCandidate extends RecipeRun {
  readonly files: ModelFiles;
}

interface MakeOptions {
  /** False if the candidate is not kept; true if absent. */
  readonly isKept?: boolean;
  onProgress?(progress: RecipeProgress): void;
}

/** Bytes of candidates that are kept; the oldest give way. The same recipe gives the same bytes. */
const usuallyKeptBytes = 512_000_000;

export class MadeCandidates {
  readonly #request: Pick<SearchRequest, 'opened' | 'original' | 'data'>;
  readonly #host: RecipeHost;
  readonly #cache = new RecipeCache(4);
  readonly #kept = new Map<string, MadeCandidate>();
  readonly #times = new PassTimes();
  readonly #mostKeptBytes: number;
  /** Calibration data by the number of samples. */
  readonly #calibrations = new Map<number, WatchedCalibration>();

  constructor(
    host: RecipeHost,
    request: Pick<SearchRequest, 'opened' | 'original' | 'data'>,
    mostKeptBytes = usuallyKeptBytes,
  ) {
    this.#host = host;
    this.#request = request;
    this.#mostKeptBytes = mostKeptBytes;
  }

  /** Calibration data with that many samples; all by default. `undefined`: nothing calibrates. */
  #calibrationOf(samples: number | undefined): WatchedCalibration | undefined {
    const calibration = this.#request.data?.calibration;
    if (!calibration) return undefined;
    const count = samples ?? calibration.samples;
    const known = this.#calibrations.get(count) ?? new WatchedCalibration(calibration.take(count));
    this.#calibrations.set(count, known);
    return known;
  }

  /** Throws what the data threw, if it could no longer be read. */
  throwIfDataIsLost(): void {
    for (const calibration of this.#calibrations.values()) calibration.throwIfLost();
  }

  /** Throws as `runRecipe` does. Candidates that are needed only once need not be kept. */
  async make(
    signal: AbortSignal,
    { id, recipe, calibrationSamples }: Candidate,
    { isKept = true, onProgress = () => undefined }: MakeOptions = {},
  ): Promise<MadeCandidate> {
    const known = isKept ? this.#kept.get(id) : undefined;
    if (known !== undefined) return known;
    const { opened, original } = this.#request;
    const sinks: { readonly file: EncodedFile; readonly sink: BlobSink }[] = [];
    let atWork = { passIndex: 0, sinceMs: performance.now() };
    const follow = (progress: RecipeProgress): void => {
      const { passIndex } = progress;
      if (passIndex !== atWork.passIndex) atWork = { passIndex, sinceMs: performance.now() };
      onProgress(progress);
    };
    const run = await runRecipe(
      opened,
      {
        recipe,
        variantName: original.name,
        storage: 'auto',
        cache: this.#cache,
        data: this.#calibrationOf(calibrationSamples)?.data,
        // Every candidate is evaluated anyway.
        warnsOfCost: false,
        onProgress: follow,
        openSink(file) {
          const sink = new BlobSink();
          sinks.push({ file, sink });
          return sink;
        },
      },
      { ...this.#host, signal, checkpoint: () => this.#checkpoint(signal) },
    ).catch((error: unknown) => {
      this.#times.noteStopped(recipe, atWork.passIndex, performance.now() - atWork.sinceMs);
      throw error;
    });
    // Passes make do without data that cannot be read, which gives another file.
    this.throwIfDataIsLost();
    this.#times.noteRun(recipe, run.optimization.passes);
    const made = { ...run, files: filesOf(original.name, sinks) };
    if (isKept) this.#keep(id, made);
    return made;
  }

  /** The candidate as a file; `undefined` if it is not kept. */
  kept(id: string): MadeCandidate | undefined {
    return this.#kept.get(id);
  }

  /** The expected time to make it; 0 if unknown. */
  expectedMs({ recipe }: Pick<Candidate, 'recipe'>): number {
    return this.#times.expectedMs(recipe);
  }

  async #checkpoint(signal: AbortSignal): Promise<void> {
    await this.#host.checkpoint();
    signal.throwIfAborted();
  }

  #keep(id: string, made: MadeCandidate): void {
    this.#kept.set(id, made);
    let bytes = [...this.#kept.values()].reduce((sum, { optimization }) => sum + optimization.variant.sizeBytes, 0);
    for (const [oldest, { optimization }] of this.#kept) {
      if (bytes <= this.#mostKeptBytes || oldest === id) break;
      this.#kept.delete(oldest);
      bytes -= optimization.variant.sizeBytes;
    }
  }
}

function filesOf(name: string, sinks: readonly { readonly file: EncodedFile; readonly sink: BlobSink }[]): ModelFiles {
  return {
    name,
    model: sinks.find(({ file }) => file.kind === 'model')!.sink.toBlob(),
    externalData: sinks
      .filter(({ file }) => file.kind === 'data')
      .map(({ file, sink }) => ({ path: file.name, data: sink.toBlob() })),
  };
}
