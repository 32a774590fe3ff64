import { isNamedAs } from '../data-formats';
import type { DataFile, Dataset, PictureDecoder } from '../dataset';
import { decodePicture } from '../pictures/decode-picture';
import { isGray16Png, pngDepthBytes } from '../pictures/png-chunks';
import { findBoxLabels } from './boxes/box-labels';
import { reopenedSource } from './archives/inflated-source';
import { openLabeledFiles } from './open-labeled-files';
import { reasonOf } from './unreadable-sample';

/**
 * Opens pictures in folders or in a zip, as the field `image`. Labels come from `labels.csv`, from boxes (field
 * `boxes`), or from the names of the subfolders (field `folder`). The name decides whether a file is a picture, and the
 * content decides its format. Pictures are read on demand, except the first bytes of the first one, for a note about
 * 16-bit gray. `name` is shown to users. Throws `data/empty` without pictures and `data/labels` for a table of labels
 * that does not fit.
 */
export function openPictureFolder(files: readonly DataFile[], name: string, decoder: PictureDecoder): Dataset {
  return openLabeledFiles(files, name, {
    format: 'pictures',
    what: 'pictures',
    formats: 'PNG, JPEG, WebP and GIF',
    isSample: ({ path }) => isNamedAs('pictures', path),
    findLabels: findBoxLabels,
    content: {
      field: { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
      maximumBytes: 2 ** 29,
      decode: async (bytes) => ({ kind: 'picture', picture: await decodePicture(bytes, decoder) }),
    },
    notesOf: notesOfDepth,
  });
}

function notesOfDepth({ path, source }: DataFile): readonly string[] {
  try {
    // Some zip entries keep what they unpacked for reading on, and this one is read again from its start.
    const start = reopenedSource(source).read(0, Math.min(pngDepthBytes, source.sizeBytes));
    return isGray16Png(start) ? [noteOfGray16(path)] : [];
  } catch (error) {
    // The error is reported when the sample is read.
    reasonOf(error);
    return [];
  }
}

function noteOfGray16(path: string): string {
  return `"${path}" is 16-bit gray: values over 255 become 255, as in Pillow. Use arrays (.npy) for the full range.`;
}
