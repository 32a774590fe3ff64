/** Labeled boxes beside pictures: annotations of COCO, or text files as YOLO writes them. */
import { isForEvaluation, partNamed } from '../../evaluation-names';
import { baseName } from '../file-name';
import type { DataFile } from '../../dataset';
import { folderOf } from '../listed-folder';
import { listedPaths } from '../listed-paths';
import type { FoundLabels } from '../open-labeled-files';
import { boxColumn } from './box-column';
import { openCocoBoxes } from './coco-boxes';
import { looksLikeYolo, openYoloBoxes, yoloLabelPaths } from './yolo-boxes';

/** More JSON files beside pictures are labels of another kind, one for each picture. */
const mostJson = 20;
/** The most texts that are read to distinguish boxes from captions. */
const mostRead = 20;

/**
 * Finds the boxes of `samples` in the best of the other files. `undefined` if they hold none. COCO: the JSON file that names most of the
 * pictures, one for testing before one for training. YOLO: a text file for each picture, beside it or in `labels/` if the picture is in
 * `images/`. A picture without one has no box if the other pictures of its folder have some. Throws `data/labels` for annotations of COCO
 * that are too large, or whose lists are damaged.
 */
export function findBoxLabels(files: readonly DataFile[], samples: readonly DataFile[]): FoundLabels | undefined {
  const json = files.filter(({ path }) => /\.json$/i.test(path));
  const coco = json.length > mostJson ? [] : json.flatMap((file) => openCocoBoxes(file, samples) ?? []);
  const [best] = coco.toSorted(
    (a, b) =>
      Number(isForEvaluation(baseName(b.file.path))) - Number(isForEvaluation(baseName(a.file.path))) ||
      b.boxesOf.size - a.boxesOf.size,
  );
  if (best !== undefined) {
    const { file, boxesOf, ...classes } = best;
    const named = samples.filter((sample) => boxesOf.has(sample));
    const left = samples.filter((sample) => !boxesOf.has(sample));
    const notes =
      left.length === 0 ? [] : [`Left out, because "${file.path}" does not name them: ${listedPaths(left)}.`];
    return {
      files: named,
      columns: [boxColumn(named, (sample) => boxesOf.get(sample)!(), classes)],
      sources: [file],
      notes,
    };
  }
  return fromTexts(files, samples);
}

function fromTexts(files: readonly DataFile[], samples: readonly DataFile[]): FoundLabels | undefined {
  const texts = new Map(files.filter(({ path }) => /\.txt$/i.test(path)).map((file) => [file.path, file]));
  const textOf = (sample: DataFile): DataFile | undefined =>
    yoloLabelPaths(sample.path).flatMap((path) => texts.get(path) ?? [])[0];
  const labeled = samples.filter((sample) => textOf(sample) !== undefined);
  const seen = labeled.slice(0, mostRead).flatMap((sample) => looksLikeYolo(textOf(sample)!) ?? []);
  if (labeled.length === 0 || (seen.length > 0 && !seen.includes(true))) return undefined;
  const folders = new Set(labeled.map(({ path }) => folderOf(path)));
  const known = samples.filter(({ path }) => folders.has(folderOf(path)));
  const forTests = known.filter(({ path }) => isForEvaluation(partFolder(path)));
  const used = forTests.length > 0 ? forTests : known;
  const kept = new Set(used);
  const left = samples.filter((sample) => !kept.has(sample));
  const sources = used.flatMap((sample) => textOf(sample) ?? []);
  const { boxesOf, classFile, ...classes } = openYoloBoxes(files, textOf, new Set(sources));
  const notes =
    left.length === 0
      ? []
      : [`Left out, because they are of another part of the data or have no labels: ${listedPaths(left)}.`];
  return {
    files: used,
    columns: [boxColumn(used, boxesOf, classes)],
    sources: [...sources, ...(classFile ? [classFile] : [])],
    notes,
  };
}

/** The folder that is named after a part of the data: `val` in `coco8/images/val/1.jpg`. Empty without one. */
function partFolder(path: string): string {
  return (
    folderOf(path)
      .split('/')
      .find((folder) => partNamed(folder) !== undefined) ?? ''
  );
}
