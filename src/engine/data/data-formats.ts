/** Facts about every data format, except its reader: `open-dataset.ts` opens it. */
import type { DataFormat } from './dataset';

interface FormatFacts {
  /** The name in the list of formats that Pareto reads. Absent for formats that the list leaves out. */
  readonly name?: string;
  /** The title that is shown with the name of a data set. */
  readonly title: string;
  /** Endings of its files, in lower case. None if names do not show the format. */
  readonly endings: readonly string[];
  /**
   * The files that make one data set, if there are several: one of them, the numbered parts of one table, all of them,
   * or all of them with one sample in each. Folders and tables beside files with one sample may hold their labels.
   */
  readonly files: 'one' | 'parts' | 'all' | 'samples';
  /** Samples are rows of named columns, which can be read together. */
  readonly isTable?: true;
  /** Fields may be texts, which a tokenizer converts. */
  readonly mayHoldTexts?: true;
}

/** In the order of the list of formats. */
const factsOf: Readonly<Record<DataFormat, FormatFacts>> = {
  pictures: {
    name: 'images',
    title: 'pictures',
    endings: ['.png', '.jpg', '.jpeg', '.jfif', '.webp'],
    files: 'samples',
  },
  sounds: { name: 'WAV files', title: 'sounds', endings: ['.wav', '.wave'], files: 'samples' },
  npz: { name: '.npz', title: 'NumPy arrays (.npz)', endings: ['.npz'], files: 'one' },
  npy: { name: '.npy', title: 'NumPy array (.npy)', endings: ['.npy'], files: 'all' },
  csv: {
    name: 'CSV',
    title: 'table (CSV)',
    endings: ['.csv', '.tsv'],
    files: 'one',
    isTable: true,
    mayHoldTexts: true,
  },
  jsonl: { name: 'JSONL', title: 'JSON Lines', endings: ['.jsonl', '.ndjson'], files: 'one', mayHoldTexts: true },
  parquet: {
    name: 'Parquet',
    title: 'table (Parquet)',
    endings: ['.parquet'],
    files: 'parts',
    isTable: true,
    mayHoldTexts: true,
  },
  // Files of the MNIST family have no ending.
  idx: { name: 'IDX', title: 'IDX files', endings: ['.idx'], files: 'all' },
  safetensors: { name: 'safetensors', title: 'safetensors', endings: ['.safetensors'], files: 'all' },
  'onnx-test-data': { name: 'ONNX test data', title: 'ONNX test data', endings: ['.pb'], files: 'all' },
  // Only a tokenizer makes a text file data.
  'text-lines': { title: 'lines of text', endings: [], files: 'one', mayHoldTexts: true },
};

const all = Object.values(factsOf);

/** Endings of the files of all formats. */
export const formatEndings: readonly string[] = all.flatMap(({ endings }) => endings);

/** Names of the formats that Pareto reads, for sentences. */
export const formatNames: readonly string[] = all.flatMap(({ name }) => name ?? []);

/** Names of the formats whose files hold many samples each. */
export const arrayFormatNames: readonly string[] = all.flatMap(({ name, files }) =>
  name === undefined || files === 'samples' ? [] : name,
);

const endingsOfTexts = [...all.flatMap((facts) => (facts.mayHoldTexts ? facts.endings : [])), '.txt', '.zip'];

/** True for a file that may hold texts, by its name. */
export function mayHoldTexts(path: string): boolean {
  return endsWithOneOf(path, endingsOfTexts);
}

export function titleOfFormat(format: DataFormat): string {
  return factsOf[format].title;
}

/** True for a file whose name has an ending of the format. */
export function isNamedAs(format: DataFormat, path: string): boolean {
  return endsWithOneOf(path, factsOf[format].endings);
}

function endsWithOneOf(path: string, endings: readonly string[]): boolean {
  const lower = path.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}

/** The files of the format that make one data set. */
export function filesOfDataset(format: DataFormat): FormatFacts['files'] {
  return factsOf[format].files;
}

/** True for formats whose samples are rows of named columns, which can be read together. */
export function isTable(format: DataFormat): boolean {
  return factsOf[format].isTable === true;
}
