/** The sample models as files, and as the start screen names them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../public/samples', import.meta.url));

export interface Sample {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly freeDimensions: Readonly<Record<string, number>>;
  readonly data?: {
    readonly evaluation: { readonly file: string };
    /** The results of the training script on the same samples. */
    readonly recorded: { readonly evaluationTop1: { readonly correct: number; readonly total: number } };
  };
}

export const { samples } = JSON.parse(readFileSync(path.join(folder, 'samples.json'), 'utf8')) as { samples: Sample[] };

export function sample(id: string): Sample & { readonly path: string } {
  const found = samples.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`There is no sample "${id}".`);
  return { ...found, path: path.join(folder, found.file) };
}

/** A file of the samples' folder. */
export function sampleFile(file: string): string {
  return path.join(folder, file);
}
