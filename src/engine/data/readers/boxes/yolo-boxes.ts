/** Boxes from text files as YOLO writes them: one file for each picture, one line for each box. */
import { ParetoError } from '../../../errors';
import type { DataFile } from '../../dataset';
import { reopenedSource } from '../archives/inflated-source';
import { decodeText } from '../decode-text';
import { baseName } from '../file-name';
import { mostBoxes, type BoxClasses, type BoxesOf } from './box-column';

const maximumBytes = 2 ** 22;
const mostClasses = 10_000;

/** The paths at which the labels of a picture may be: `labels/` instead of the last `images/`, or beside it. */
export function yoloLabelPaths(picture: string): readonly string[] {
  const beside = picture.replace(/\.[^./]*$/, '.txt');
  // The greedy pattern finds the last such folder.
  const apart = beside.replace(/^(.*\/|)images\//i, '$1labels/');
  return apart === beside ? [beside] : [apart, beside];
}

/** True if the first line begins with a class and a number, false for captions and other texts. `undefined` for an empty text. */
export function looksLikeYolo(file: DataFile): boolean | undefined {
  if (file.source.sizeBytes > maximumBytes) return false;
  const [first] = linesOf(file);
  return first === undefined ? undefined : /^[\d.]+\s+[-+]?[\d.]/.test(first);
}

/**
 * Reads a line as `class x y width height` in fractions of the picture, with the center as x and y, or as `class x1 y1 x2 y2 x3 y3 …`. The
 * second is an outline, which becomes the box around it. Names of classes come from `classes.txt`, `obj.names` or `data.yaml`. Without
 * them, any class number is accepted.
 */
export function openYoloBoxes(
  files: readonly DataFile[],
  textOf: (sample: DataFile) => DataFile | undefined,
  texts: ReadonlySet<DataFile>,
): BoxClasses & { readonly boxesOf: BoxesOf; readonly classFile?: DataFile } {
  const named = files
    .filter((file) => !texts.has(file))
    .flatMap((file) => {
      const classes = classesIn(file);
      return classes === undefined ? [] : [{ classes, classFile: file }];
    })[0];
  return {
    ...named,
    boxesOf(sample) {
      const text = textOf(sample);
      return text === undefined ? new Float64Array(0) : boxesIn(text, named?.classes.length ?? mostClasses);
    },
  };
}

function readText({ path, source }: DataFile): string {
  if (source.sizeBytes > maximumBytes) {
    throw new ParetoError(
      'data/label',
      `"${path}" is too large for the labels of a picture: at most 4 MB can be read.`,
    );
  }
  return decodeText(reopenedSource(source).read());
}

/** The lines of a text that are not empty. */
function linesOf(file: DataFile): readonly string[] {
  return readText(file)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function boxesIn(file: DataFile, classCount: number): Float64Array {
  const lines = linesOf(file);
  if (lines.length > mostBoxes) {
    throw new ParetoError('data/label', `"${file.path}" has ${lines.length} boxes, more than ${mostBoxes}.`);
  }
  return Float64Array.from(
    lines.flatMap((line, index) => boxIn(line, classCount, () => `Line ${index + 1} of "${file.path}"`)),
  );
}

function boxIn(line: string, classCount: number, where: () => string): readonly number[] {
  const [own = Number.NaN, ...numbers] = line.split(/\s+/).map(Number);
  const isOutline = numbers.length > 4 && numbers.length % 2 === 0;
  if ((numbers.length !== 4 && !isOutline) || ![own, ...numbers].every(Number.isFinite)) {
    throw new ParetoError('data/label', `${where()} is not a class and four numbers, such as "0 0.5 0.5 0.2 0.1".`);
  }
  if (!Number.isInteger(own) || own < 0 || own >= classCount) {
    throw new ParetoError('data/label', `${where()} has the class ${own}, but there are only ${classCount} classes.`);
  }
  if (isOutline) {
    const [across, down] = [0, 1].map((first) => numbers.filter((_, index) => index % 2 === first));
    return [own, Math.min(...across!), Math.min(...down!), Math.max(...across!), Math.max(...down!), 0];
  }
  const [x, y, width, height] = numbers as [number, number, number, number];
  if (width < 0 || height < 0) throw new ParetoError('data/label', `${where()} has a box with a negative side.`);
  return [own, x - width / 2, y - height / 2, x + width / 2, y + height / 2, 0];
}

/** The names in a list of classes; `undefined` for another file. */
function classesIn(file: DataFile): readonly string[] | undefined {
  const name = baseName(file.path);
  const isList = /^(classes\.txt|.*\.names)$/i.test(name);
  if ((!isList && !/\.ya?ml$/i.test(name)) || file.source.sizeBytes > maximumBytes) return undefined;
  const names = isList ? linesOf(file) : namesInYaml(readText(file).split(/\r?\n/));
  return names.length === 0 || names.length > mostClasses ? undefined : names.map((each) => each.slice(0, 1024));
}

/** `names: [cat, dog]`, or `names:` with `0: cat` or `- cat` on the lines below. */
function namesInYaml(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => /^names\s*:/.test(line));
  if (start < 0) return [];
  const listed = /^names\s*:\s*\[(.*)\]\s*(#.*)?$/.exec(lines[start]!)?.[1];
  if (listed !== undefined) return listed.split(',').map(unquoted);
  const names: string[] = [];
  for (const line of lines.slice(start + 1)) {
    const match = /^\s*(?:-|\d+\s*:)\s+(.*)$/.exec(line);
    if (match === null) {
      if (line.trim() === '' || /^\s*#/.test(line)) continue;
      break;
    }
    names.push(unquoted(match[1]!));
  }
  return names;
}

function unquoted(text: string): string {
  return text
    .replace(/\s+#.*$/, '')
    .trim()
    .replace(/^(['"])(.*)\1$/, '$2');
}
