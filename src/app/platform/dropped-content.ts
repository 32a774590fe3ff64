/** Classifies dropped, chosen or pasted files from names and, for small JSON, from content. */

import { isNamedAs } from '../../engine/data/data-formats';
import { foreignModel } from '../../engine/onnx/codec/recognize';
import { isTextName, isTokenizerName } from '../../engine/data/readers/tokenizer-name';
import { isTestDataName } from '../../engine/data/readers/test-data-name';
import { mayHoldBoxes } from '../../engine/data/readers/boxes/box-file-name';
import { isDataName, isSurelyData } from './data-name';
import { dataBeside, findDroppedFolder, modelFilesOf, type DroppedFolder } from './dropped-folder';
import { isEmptyFolder } from './dropped-files';
import { droppedPath } from './dropped-path';
import { isModelName } from './model-name';

export type DroppedContent =
  /** `data`: possible data beside the model. The external data of the model may be among it. */
  | {
      readonly kind: 'model';
      readonly files: readonly File[];
      readonly data: readonly File[];
      /** The folder with the model, as it lies on Hugging Face. */
      readonly folder?: DroppedFolder;
    }
  | { readonly kind: 'data'; readonly files: readonly File[] }
  | { readonly kind: 'recipe'; readonly text: string; readonly name: string }
  | { readonly kind: 'report'; readonly text: string; readonly name: string }
  /** A measurement of `measure-server`: its document, or a bundle with it. */
  | { readonly kind: 'server-times'; readonly files: readonly File[] }
  | { readonly kind: 'nothing' };

/** Recipes and reports are far smaller; anything larger is not read into memory to find out. */
const maximumTextBytes = 4_000_000;

type JsonKind = 'recipe' | 'report' | 'server-times' | null;

/** A recipe has steps; a report has variants and cells; a measurement has a server and rates. Everything else is not ours. */
export function kindOfJson(text: string): JsonKind {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if ('steps' in value) return 'recipe';
  if ('server' in value && 'rates' in value) return 'server-times';
  return 'variants' in value && 'cells' in value ? 'report' : null;
}

/** Files the system adds to folders by itself. */
function isClutter(file: File): boolean {
  return file.name === '.DS_Store' || file.name === 'Thumbs.db' || file.name === 'desktop.ini';
}

/**
 * Sorts what came in. A model wins over everything beside it: the other files may be its external data. A single JSON
 * file is a recipe or a report when it looks like one. Files are data if their names say so. Names that could also be
 * models of another format count as data only if a model is open. The other files go to the model reader, which reports
 * what they are.
 */
export async function recognizeFiles(files: readonly File[], hasModel = false): Promise<DroppedContent> {
  const folders = files.filter(isEmptyFolder);
  const relevant = files.filter((file) => !isClutter(file) && !isEmptyFolder(file));
  const [only] = relevant;
  if (only === undefined) return { kind: 'nothing' };
  const measurements = relevant.filter((file) => measurementPath.test(droppedPath(file)));
  if (hasModel && measurements.length > 0) return { kind: 'server-times', files: measurements };
  if (relevant.some((file) => isModelName(file.name))) {
    const folder = findDroppedFolder(relevant);
    if (folder !== undefined) return { kind: 'model', files: modelFilesOf(folder), data: dataBeside(folder), folder };
    const data = relevant.filter(mayBeData(relevant));
    return { kind: 'model', files: relevant, data: data.length > 0 ? [...data, ...folders] : data };
  }
  if (relevant.length === 1 && only.size <= maximumTextBytes && /\.json$/i.test(only.name)) {
    const text = await only.text();
    const kind = kindOfJson(text);
    if (kind === 'server-times') return { kind, files: relevant };
    if (kind !== null) return { kind, text, name: only.name };
  }
  if (relevant.length === 1) {
    const names = await namesInZip(only);
    if (hasModel && names.some((name) => measurementPath.test(name))) return { kind: 'server-times', files: relevant };
    // The model reader opens a packed model. Test data may be packed with it.
    if (names.some((name) => /\.onnx$/i.test(name))) {
      return { kind: 'model', files: relevant, data: names.some(isTestDataName) ? relevant : [] };
    }
  }
  if (!hasModel && isForeignModel(relevant)) return { kind: 'model', files: relevant, data: [] };
  const isData = hasModel ? relevant.some(mayBeData(relevant)) : relevant.some(isSurelyData);
  if (isData) return { kind: 'data', files: [...relevant, ...folders] };
  return { kind: 'model', files: relevant, data: [] };
}

/** The directory of a zip is at its end. */
const directoryBytes = 65_536;
const entrySignature = 'PK\x01\x02';
/** The places of the name and of its length in an entry, counted from the end of its signature. */
const [lengthAt, nameAt] = [24, 42];

/** Paths of server measurements in a bundle. */
const measurementPath = /(^|\/)evidence\/server(-\d+)?\.json$/;

/** Names of the last entries of a zip. Other files have none. */
async function namesInZip(file: File): Promise<readonly string[]> {
  if (!/\.zip$/i.test(file.name)) return [];
  const end = new Uint8Array(await file.slice(Math.max(0, file.size - directoryBytes)).arrayBuffer());
  const text = Array.from(end, (byte) => String.fromCharCode(byte)).join('');
  return text.split(entrySignature).slice(1).map(nameOfEntry);
}

function nameOfEntry(entry: string): string {
  const length = entry.charCodeAt(lengthAt) + 256 * entry.charCodeAt(lengthAt + 1);
  return entry.slice(nameAt, nameAt + length);
}

/** Weights of another framework with the tokenizer that lies beside them: the model reader says how to export them. */
function isForeignModel(files: readonly File[]): boolean {
  const hasWeights = files.some(({ name }) => foreignModel(name) !== undefined);
  return hasWeights && files.filter(isSurelyData).every(({ name }) => isTokenizerName(name));
}

/** A plain text is data beside a tokenizer. A file that may hold labels is data beside pictures. */
function mayBeData(files: readonly File[]): (file: File) => boolean {
  const hasTokenizer = files.some(({ name }) => isTokenizerName(name));
  const hasPictures = files.some(({ name }) => isNamedAs('pictures', name));
  return ({ name }) => isDataName(name) || (hasTokenizer && isTextName(name)) || (hasPictures && mayHoldBoxes(name));
}

/** True if pasted text is an address, which nothing here visits. */
export function isAddress(text: string): boolean {
  return /^(https?|ftp|file|hf|s3):\/\/\S+$/i.test(text.trim());
}

/** The fragment of a report link in pasted text, or `null`. Only the fragment is used: the rest of the address is not visited. */
export function reportLinkInText(text: string): string | null {
  const match = /#r=([A-Za-z0-9._~-]+)\s*$/.exec(text.trim());
  return match?.[1] ?? null;
}
