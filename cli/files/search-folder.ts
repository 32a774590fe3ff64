/** The folder that a search writes: its results so far, and at its end the best model with its recipe. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParetoError } from '../../src/engine/errors';
import { documentOf } from '../../src/engine/search/describe-search';
import type { SearchResult, SearchState } from '../../src/engine/search/search-journal';
import { parseSearchText } from '../../src/engine/search/search-schema';
import type { MadeCandidate } from '../../src/runtime/search/made-candidates';
import type { SearchBasis } from '../../src/work/search';
import { whyNot } from '../../src/runtime/node/disk/disk-path';
import type { InputFiles } from './input-files';
import { makeFolder, OutputFile, refuseOutput } from './output-file';
import { findPartAtWork } from './part-files';

const searchFile = 'search.json';
const recipeFile = 'recipe.json';

/** A search can resume with another device: it measures times again. */
const device = 'device';

export class SearchFolder {
  readonly #folder: string;
  readonly #inputs: InputFiles;
  readonly #model: OutputFile;

  /** Makes the folder. Throws as `OutputFile` does, and `search/folder-in-use` if another search writes there, before any time is spent. */
  constructor(folder: string, inputs: InputFiles) {
    this.#folder = folder;
    this.#inputs = inputs;
    makeFolder(folder);
    for (const name of [searchFile, recipeFile]) refuseOutput(join(folder, name), inputs);
    this.#model = new OutputFile(join(folder, 'best.onnx'), inputs);
    const other = findPartAtWork(this.#model.path, this.#model.temporaryPath);
    if (other === undefined) return;
    this.discard();
    throw new ParetoError(
      'search/folder-in-use',
      `Another search writes to ${folder}. Wait for its end, or name another folder. If it was killed, remove ${other}.`,
    );
  }

  /** Writes the whole file or nothing, so that a search that is ended at any moment leaves its results. */
  writeFound(state: SearchState): void {
    this.#writeJson(searchFile, documentOf(state));
  }

  async writeBest(result: SearchResult, best: MadeCandidate | null): Promise<void> {
    const candidate = result.candidates.find(({ id }) => id === result.best);
    if (best === null || candidate === undefined) return this.discard();
    this.#model.write(new Uint8Array(await best.files.model.arrayBuffer()));
    this.#model.commit();
    this.#writeJson(recipeFile, candidate.recipe);
  }

  discard(): void {
    this.#model.discard();
  }

  #writeJson(name: string, value: unknown): void {
    OutputFile.writeWhole(join(this.#folder, name), `${JSON.stringify(value, null, 2)}\n`, this.#inputs);
  }
}

/**
 * Reads the results of an earlier search in its folder. Throws `search/nothing-to-resume` if there are none, and what
 * `parseSearchText` throws. Throws `search/basis` with the differing names if the search had another model or other
 * data.
 */
export function readFound(
  folder: string,
  basis: SearchBasis,
): { readonly from: SearchState; readonly keepsTimings: boolean } {
  const path = join(folder, searchFile);
  if (!existsSync(path)) {
    throw new ParetoError('search/nothing-to-resume', `There is no ${path} to continue. Leave out --resume.`);
  }
  const from = parseSearchText(readText(path));
  const differing = differingNames(from.basis, basis);
  const refused = differing.filter((name) => name !== device);
  if (refused.length > 0) {
    throw new ParetoError(
      'search/basis',
      `The search in ${path} used ${nameOthers(refused)}, so its results do not apply here. Leave out --resume, or use the same inputs.`,
    );
  }
  return { from, keepsTimings: differing.length === 0 };
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ParetoError('input/unreadable', `${path} cannot be read: ${whyNot(error)}.`, { cause: error });
  }
}

/** Names of the parts of the basis that differ from the earlier search. */
export function differingNames(before: string | undefined, now: SearchBasis): readonly string[] {
  const earlier = new Map(Object.entries(parseBasis(before)));
  return Object.entries(now).flatMap(([name, value]) =>
    JSON.stringify(value) === JSON.stringify(earlier.get(name)) ? [] : [name],
  );
}

/** `another model, other data` */
export function nameOthers(names: readonly string[]): string {
  return names.map((name) => (name === 'data' ? 'other data' : `another ${name}`)).join(', ');
}

function parseBasis(text: string | undefined): object {
  try {
    const basis: unknown = JSON.parse(text ?? '');
    return typeof basis === 'object' && basis !== null ? basis : {};
  } catch {
    return {};
  }
}
