/** The samples of the page, as files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SampleFiles {
  readonly id: string;
  readonly path: string;
  /** Labeled. */
  readonly data?: { readonly calibration: string; readonly evaluation: string } | undefined;
}

interface ListedSample {
  readonly id: string;
  readonly file: string;
  readonly data?: Readonly<Record<'calibration' | 'evaluation', { readonly file: string }>> & {
    readonly classNames?: readonly string[];
  };
}

const folder = fileURLToPath(new URL('../../public/samples', import.meta.url));
const listed = JSON.parse(readFileSync(join(folder, 'samples.json'), 'utf8')) as {
  readonly samples: readonly ListedSample[];
};

export const samples: readonly SampleFiles[] = listed.samples.map(({ id, file, data }) => ({
  id,
  path: join(folder, file),
  data: data?.classNames && {
    calibration: join(folder, data.calibration.file),
    evaluation: join(folder, data.evaluation.file),
  },
}));
