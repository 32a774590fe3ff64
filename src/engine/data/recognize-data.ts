/** Recognizes the contents of dropped files: by content first, by name if the content says nothing. */
import { isNamedAs } from './data-formats';
import type { DataFile, DataFormat, ReadContext } from './dataset';
import { isText } from './foreign-data';
import { looksLikeTable } from './readers/csv-layout';
import { isGzip, openGzip } from './readers/archives/gzip';
import { isIdx } from './readers/idx';
import { isListedFolder, listedFolder } from './readers/listed-folder';
import { isNpy } from './readers/npy-header';
import { isParquet } from './readers/parquet/parquet-file';
import { isSafetensors } from './readers/safetensors';
import { isTestDataName } from './readers/test-data-name';
import { isTextName, isTokenizerName } from './readers/tokenizer-name';
import { openUtf16 } from './readers/utf16-source';
import { isZip, openZipWithFolders } from './readers/archives/zip';

export interface RecognizedFile {
  readonly file: DataFile;
  /** `null`: nothing that can be read. */
  readonly format: DataFormat | null;
}

const filesPerPiece = 64;
/** Zips in which programs keep their own files are no folders of data. */
const zipsOfPrograms = /\.(xlsx|docx|pptx|ods|pt|pth|keras|jar)$/i;

/** False for files that systems and programs leave behind. */
export function isMeant({ path }: DataFile): boolean {
  return !path.split('/').some((part) => part.startsWith('.') || /^(__MACOSX|Thumbs\.db|desktop\.ini)$/i.test(part));
}

/**
 * Returns the kind of each file. A gzip is replaced by its content. A zip that is no .npz is replaced by the files in
 * it and its folders. Their paths begin with the zip's name if there are other files. Throws the errors of a damaged
 * zip or gzip.
 */
export async function recognizeFiles(
  files: readonly DataFile[],
  context: ReadContext,
): Promise<readonly RecognizedFile[]> {
  const recognized: RecognizedFile[] = [];
  const isAlone = files.filter((file) => !isListedFolder(file)).length === 1;
  for (const [at, file] of files.entries()) {
    if (at % filesPerPiece === 0) await context.checkpoint();
    if (isListedFolder(file)) {
      recognized.push({ file, format: null });
      continue;
    }
    const { files: entries, folders } = await zipContents(file, context);
    if (entries === null) {
      recognized.push(await recognizeFile(file, context));
    } else if (entries.length > 0 && entries.every(({ path }) => isNamedAs('npy', path))) {
      recognized.push({ file, format: 'npz' });
    } else {
      const prefix = isAlone ? '' : `${file.path.replace(/\.zip$/i, '')}/`;
      for (const { path } of folders.filter(isMeant)) {
        recognized.push({ file: listedFolder(prefix + path), format: null });
      }
      for (const entry of entries.filter(isMeant)) {
        recognized.push(await recognizeEntry({ ...entry, path: prefix + entry.path }, context));
      }
    }
  }
  return recognized;
}

interface Contents {
  /** The files in a zip; `null` for any other file. */
  readonly files: readonly DataFile[] | null;
  readonly folders: readonly DataFile[];
}

async function zipContents(file: DataFile, context: ReadContext): Promise<Contents> {
  // The table of contents of a zip is at its end: named files need not be touched for it.
  const mayHoldFiles = !isMediaName(file.path) && !zipsOfPrograms.test(file.path);
  return mayHoldFiles && isZip(file.source) ? openZipWithFolders(file, context) : { files: null, folders: [] };
}

/** A zip in a zip is opened only if it is an .npz. */
async function recognizeEntry(entry: DataFile, context: ReadContext): Promise<RecognizedFile> {
  const { files: inner } = await zipContents(entry, context);
  if (inner === null) return recognizeFile(entry, context);
  return { file: entry, format: inner.length > 0 && inner.every(({ path }) => isNamedAs('npy', path)) ? 'npz' : null };
}

/** Pictures and sounds come in hundred thousands, so their content is examined only when they are read. */
function isMediaName(path: string): boolean {
  return isNamedAs('pictures', path) || isNamedAs('sounds', path);
}

async function recognizeFile(given: DataFile, context: ReadContext): Promise<RecognizedFile> {
  if (isNamedAs('pictures', given.path)) return { file: given, format: 'pictures' };
  if (isNamedAs('sounds', given.path)) return { file: given, format: 'sounds' };
  if (isTestDataName(given.path)) return { file: given, format: 'onnx-test-data' };
  const unpacked = isGzip(given) ? openGzip(given) : given;
  const file = mayBeTable(unpacked) ? await openUtf16(unpacked, context) : unpacked;
  return { file, format: formatOf(file) };
}

function formatOf(file: DataFile): DataFormat | null {
  const { path, source } = file;
  if (isNpy(source)) return 'npy';
  if (isParquet(file)) return 'parquet';
  if (isIdx(file)) return 'idx';
  if (isNamedAs('safetensors', path) || isSafetensors(source)) return 'safetensors';
  if (isNamedAs('jsonl', path) && isText(source)) return 'jsonl';
  if (/\.(csv|tsv|tab)$/i.test(path) && source.sizeBytes > 0) return 'csv';
  return mayBeTable(file) && isText(source) && looksLikeTable(file) ? 'csv' : null;
}

/**
 * Separates the tokenizer from the other files. If there is one, a text file that is no table has a text on each line.
 * Without one, so has a file of sentences, if nothing else can be read. `tokenizer` is the nearest of several.
 */
export function takeTokenizer(files: readonly RecognizedFile[]): {
  readonly rest: readonly RecognizedFile[];
  readonly tokenizer: DataFile | undefined;
} {
  const found = files.map(({ file }) => file).filter(({ path }) => isTokenizerName(path));
  const depth = ({ path }: DataFile): number => path.split('/').length;
  const tokenizer = found.toSorted((a, b) => depth(a) - depth(b) || (a.path < b.path ? -1 : 1))[0];
  const rest = files.filter(({ file }) => file !== tokenizer);
  const isUnread = rest.every(({ format }) => format === null);
  const isTexts = (each: RecognizedFile) =>
    holdsLines(each) && (tokenizer !== undefined || (isUnread && hasWords(each)));
  return { rest: rest.map((each) => (isTexts(each) ? { ...each, format: 'text-lines' } : each)), tokenizer };
}

function holdsLines({ file, format }: RecognizedFile): boolean {
  return format === null && isTextName(file.path) && isText(file.source);
}

const startBytes = 4096;

/** True if most of the first lines are sentences: several words, or letters of a script without spaces. */
function hasWords({ file: { source } }: RecognizedFile): boolean {
  const start = new TextDecoder().decode(source.read(0, Math.min(startBytes, source.sizeBytes)));
  const lines = start.split(/\r?\n/).filter((line) => line.trim() !== '');
  const sentences = lines.filter((line) => /\p{L}[\p{L}\p{M}]*\P{L}+\p{L}{2}|\p{Lo}{4}/u.test(line));
  return sentences.length * 2 > lines.length;
}

/** Tables go by many names, and by none. */
function mayBeTable({ path }: DataFile): boolean {
  return /\.(csv|tsv|tab|txt|data|dat|test|train)$/i.test(path) || !/\.[a-z]\w*$/i.test(path);
}
