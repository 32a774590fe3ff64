/** Makes candidates as files, and makes them again where their bytes were not kept. */
import { RecipeCache, resolveRecipe, type RecipeProgress } from '../../engine/recipe/pipeline';
import { runRecipe, type RecipeRun } from '../../engine/recipe/run-recipe';
import type { EncodedFile } from '../../engine/recipe/check-written';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import type { Recipe } from '../../engine/recipe/recipe';
import type { Candidate } from '../../engine/search/candidate';
import { BlobSink } from '../models/blob-sink';
import type { ModelFiles } from '../models/model-files';
import type { SearchRequest } from './search-request';
import { WatchedCalibration } from './watched-calibration';

export interface MadeCandidate extends RecipeRun {
  readonly files: ModelFiles;
}

interface MakeOptions {
  /** Absent: it is. */
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
  /** The longest that a pass took, by what tells how it works. */
  readonly #passMs = new Map<string, number>();
  /** Beginnings of recipes that were run. */
  readonly #begun = new Set<string>();

  readonly #mostKeptBytes: number;
  readonly #calibration: WatchedCalibration | undefined;

  constructor(
    host: RecipeHost,
    request: Pick<SearchRequest, 'opened' | 'original' | 'data'>,
    mostKeptBytes = usuallyKeptBytes,
  ) {
    this.#host = host;
    this.#request = request;
    this.#mostKeptBytes = mostKeptBytes;
    const calibration = request.data?.calibration;
    this.#calibration = calibration ? new WatchedCalibration(calibration) : undefined;
  }

  /** Throws what the data threw, if it could no longer be read. */
  throwIfDataIsLost(): void {
    this.#calibration?.throwIfLost();
  }

  /** Throws as `runRecipe` does. What is asked for once need not be kept. */
  async make(
    signal: AbortSignal,
    { id, recipe }: Candidate,
    { isKept = true, onProgress = () => undefined }: MakeOptions = {},
  ): Promise<MadeCandidate> {
    const known = isKept ? this.#kept.get(id) : undefined;
    if (known !== undefined) return known;
    const { opened, original } = this.#request;
    const sinks: { readonly file: EncodedFile; readonly sink: BlobSink }[] = [];
    const run = await runRecipe(
      opened,
      {
        recipe,
        variantName: original.name,
        storage: 'auto',
        cache: this.#cache,
        data: this.#calibration?.data,
        onProgress,
        openSink(file) {
          const sink = new BlobSink();
          sinks.push({ file, sink });
          return sink;
        },
      },
      { ...this.#host, signal, checkpoint: () => this.#checkpoint(signal) },
    );
    // Passes make do without data that cannot be read, which gives another file.
    this.throwIfDataIsLost();
    this.#noteTimes(recipe, run);
    const made = { ...run, files: filesOf(original.name, sinks) };
    if (isKept) this.#keep(id, made);
    return made;
  }

  /** What it takes, as far as its passes were seen in other recipes, whatever else they were told there; 0 where none was. */
  expectedMs({ recipe }: Pick<Candidate, 'recipe'>): number {
    let ms = 0;
    for (const { key, beginning } of stepsOf(recipe)) {
      if (!this.#begun.has(beginning)) ms += this.#passMs.get(key) ?? 0;
    }
    return ms;
  }

  #noteTimes(recipe: Recipe, { optimization: { passes } }: RecipeRun): void {
    for (const [index, { key, beginning }] of stepsOf(recipe).entries()) {
      this.#begun.add(beginning);
      this.#passMs.set(key, Math.max(this.#passMs.get(key) ?? 0, passes[index]?.ms ?? 0));
    }
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

/** Of each step what its time depends on, and all steps up to it. */
function stepsOf(recipe: Recipe): readonly { readonly key: string; readonly beginning: string }[] {
  const steps = resolveRecipe(recipe).map(({ step: { pass, options } }) => ({ pass, options }));
  return steps.map(({ pass, options }, index) => ({
    key: `${pass} ${String(options['method'] ?? '')}`,
    beginning: JSON.stringify(steps.slice(0, index + 1)),
  }));
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
