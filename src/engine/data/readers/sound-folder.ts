import { isNamedAs } from '../data-formats';
import type { DataFile, Dataset } from '../dataset';
import { decodeWav } from '../sounds/decode-wav';
import { openLabeledFiles } from './open-labeled-files';

/**
 * WAV files as they lie in folders or in a zip: the field `sound`, and labels as for pictures. No sound is read before it
 * is asked for. `name` is for people. Throws `data/empty` without sounds and `data/labels` for a table of labels that does
 * not fit.
 */
export function openSoundFolder(files: readonly DataFile[], name: string): Dataset {
  return openLabeledFiles(files, name, {
    format: 'sounds',
    what: 'sounds',
    formats: 'WAV files',
    isSample: ({ path }) => isNamedAs('sounds', path),
    content: {
      field: { name: 'sound', kind: 'sound', dtype: 'float32', shape: [null] },
      maximumBytes: 2 ** 30,
      decode: (bytes) => Promise.resolve({ kind: 'sound', sound: decodeWav(bytes) }),
    },
  });
}
