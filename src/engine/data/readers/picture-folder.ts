import type { DataFile, Dataset, PictureDecoder } from '../dataset';
import { decodePicture } from '../pictures/decode-picture';
import { openLabelledFiles } from './open-labelled-files';

/** True for a file whose name ends like that of a picture. */
export function isPictureName(path: string): boolean {
  return /\.(png|jpe?g|jfif|webp|gif)$/i.test(path);
}

/**
 * Pictures as they lie in folders or in a zip: the field `image`, and labels from `labels.csv` or, in the field `folder`,
 * from the names of the sub-folders. A file is a picture by its name, and of a format by its content. No picture is read
 * before it is asked for. `name` is for people. Throws `data/empty` without pictures and `data/labels` for a table of
 * labels that does not fit.
 */
export function openPictureFolder(files: readonly DataFile[], name: string, decoder: PictureDecoder): Dataset {
  return openLabelledFiles(files, name, {
    format: 'pictures',
    what: 'pictures',
    formats: 'PNG, JPEG, WebP and GIF',
    isSample: ({ path }) => isPictureName(path),
    content: {
      field: { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
      maximumBytes: 2 ** 29,
      decode: async (bytes) => ({ kind: 'picture', picture: await decodePicture(bytes, decoder) }),
    },
  });
}
