/** Boxes from a file of annotations in the format of COCO. */
import * as v from 'valibot';
import { ParetoError } from '../../../errors';
import { isRecord } from '../../../versioned-document';
import { isText } from '../../foreign-data';
import type { DataFile } from '../../dataset';
import { decodeText } from '../decode-text';
import { FileFinder } from '../label-table';
import { mostBoxes, type BoxClasses } from './box-column';

/** The annotations of COCO's training pictures have 450 MB with outlines, and 120 MB without. */
const maximumBytes = 2 ** 28;
const mostCategories = 10_000;

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const pictureSchema = v.object({
  id,
  file_name: v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096)),
  width: v.number(),
  height: v.number(),
});
const categorySchema = v.object({ id, name: v.pipe(v.string(), v.maxLength(1024)) });
const annotationSchema = v.object({
  category_id: id,
  bbox: v.tuple([v.number(), v.number(), v.number(), v.number()]),
  iscrowd: v.optional(v.union([v.picklist([0, 1]), v.boolean()])),
});

export interface CocoBoxes extends BoxClasses {
  readonly file: DataFile;
  /** Reads the boxes of each picture that the file names. */
  readonly boxesOf: ReadonlyMap<DataFile, () => Float64Array>;
}

/**
 * Reads the boxes of the pictures that a COCO file names. Classes are the categories in the order of their ids. `undefined` for a file that
 * is not JSON, has no list of annotations, or names none of the pictures. Throws `data/labels` for a file that is too large, or whose lists
 * of pictures or categories are damaged. A picture with a damaged annotation cannot be read, and the others can.
 */
export function openCocoBoxes(file: DataFile, samples: readonly DataFile[]): CocoBoxes | undefined {
  const { path, source } = file;
  if (!isText(source)) return undefined;
  if (source.sizeBytes > maximumBytes) {
    throw new ParetoError(
      'data/labels',
      `"${path}" is too large for annotations: at most 256 MB can be read. Remove "segmentation" from them.`,
    );
  }
  const given = parsed(decodeText(source.read()));
  if (given === undefined) return undefined;
  const categories = listOf(categorySchema, given.categories, `"categories" in "${path}"`, mostCategories)
    .filter(({ id: own }, index, all) => all.findIndex((other) => other.id === own) === index)
    .toSorted((a, b) => a.id - b.id);
  const classOf = new Map(categories.map(({ id: own }, index) => [own, index]));
  const finder = new FileFinder(file, samples);
  const pictures = new Map<
    unknown,
    { readonly sample: DataFile; readonly annotations: unknown[]; readonly width: number; readonly height: number }
  >();
  for (const { id: own, file_name: name, width, height } of listOf(
    pictureSchema,
    given.images,
    `"images" in "${path}"`,
    Infinity,
  )) {
    const sample = finder.find(name);
    if (sample !== undefined) pictures.set(own, { sample, annotations: [], width, height });
  }
  if (pictures.size === 0) return undefined;
  for (const annotation of given.annotations) {
    if (!isRecord(annotation)) continue;
    // Outlines, which most files have, take far more memory than boxes, so they are not kept.
    const { image_id, category_id, bbox, iscrowd } = annotation;
    pictures.get(image_id)?.annotations.push({ category_id, bbox, iscrowd });
  }
  const boxesOf = new Map(
    [...pictures.values()].map(({ sample, annotations, width, height }) => [
      sample,
      () => boxesIn(annotations, { width, height, classOf, path }),
    ]),
  );
  return {
    file,
    boxesOf,
    classes: categories.map(({ name, id: own }) => (name === '' ? String(own) : name)),
    classNumbers: categories.map(({ id: own }) => own),
  };
}

interface CocoLists {
  readonly images: unknown;
  readonly categories: unknown;
  readonly annotations: readonly unknown[];
}

/** `undefined` for a text that is not a JSON object with pictures and a list of annotations. */
function parsed(text: string): CocoLists | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { images, categories, annotations } = value;
  return images !== undefined && Array.isArray(annotations) ? { images, categories, annotations } : undefined;
}

function listOf<Item extends v.GenericSchema>(
  schema: Item,
  list: unknown,
  what: string,
  most: number,
): readonly v.InferOutput<Item>[] {
  const damaged = (why: string): ParetoError =>
    new ParetoError('data/labels', `${what} ${why}. Export the annotations again.`);
  if (!Array.isArray(list)) throw damaged('is not a list');
  if (list.length > most) throw damaged(`has ${list.length} entries, more than ${most}`);
  return list.map((item: unknown, index) => {
    const result = v.safeParse(schema, item);
    if (result.success) return result.output;
    throw damaged(
      `has an entry without a valid ${v.getDotPath(result.issues[0])?.slice(0, 40) ?? 'form'} (entry ${index})`,
    );
  });
}

interface PictureFacts {
  readonly width: number;
  readonly height: number;
  readonly classOf: ReadonlyMap<number, number>;
  readonly path: string;
}

function boxesIn(annotations: readonly unknown[], { width, height, classOf, path }: PictureFacts): Float64Array {
  const refuse = (why: string): ParetoError => new ParetoError('data/label', `"${path}" ${why}.`);
  if (!(width > 0 && height > 0)) throw refuse('does not give this picture a width and a height');
  if (annotations.length > mostBoxes)
    throw refuse(`has ${annotations.length} boxes for this picture, more than ${mostBoxes}`);
  return Float64Array.from(
    annotations.flatMap((annotation) => {
      const { success, output } = v.safeParse(annotationSchema, annotation);
      const own = success ? classOf.get(output.category_id) : undefined;
      if (!success || own === undefined)
        throw refuse('has an annotation of this picture without a "bbox" or a known category');
      const [x, y, w, h] = output.bbox;
      if (![x, y, w, h].every(Number.isFinite) || w < 0 || h < 0)
        throw refuse('has a box of this picture that is not x, y, width, height');
      return [own, x / width, y / height, (x + w) / width, (y + h) / height, Number(output.iscrowd ?? 0)];
    }),
  );
}
