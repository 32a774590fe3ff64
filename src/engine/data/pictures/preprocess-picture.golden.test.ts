/** Compares preprocessed pictures with Pillow's and torchvision's, to the bit. tools/golden/preprocessing.py makes the fixtures. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ImagePreprocessing } from '../mapping/mapping';
import { decodePng } from './decode-png';
import { preprocessPicture } from './preprocess-picture';
import { resizePicture } from './resize-picture';
import { hashOf } from './testing/picture-hash';

interface ResizedCase {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly filter: ImagePreprocessing['filter'];
  readonly sha256: string;
}
interface PreprocessedCase {
  readonly file: string;
  readonly options: ImagePreprocessing;
  readonly sha256: string;
  readonly first: readonly number[];
}

const fixture = (path: string) => readFileSync(new URL(`./fixtures/${path}`, import.meta.url));
const casesOf = <Case>(name: string) => JSON.parse(fixture(name).toString()) as Case[];
const open = (file: string) => decodePng(fixture(`files/${file}`));

describe('Image.resize of Pillow', () => {
  it.each(
    casesOf<ResizedCase>('resized.json').map((each) => {
      return [`${each.file} to ${each.width} × ${each.height}, ${each.filter}`, each] as const;
    }),
  )('%s', (_name, { file, width, height, filter, sha256 }) => {
    const result = resizePicture(open(file), { width, height }, filter);
    expect(result).toMatchObject({ width, height });
    expect(hashOf(result.pixels)).toBe(sha256);
  });
});

describe('transforms of torchvision, YOLO and Keras', () => {
  it.each(
    casesOf<PreprocessedCase>('preprocessed.json').map((each) => {
      const { fit, width, height, filter, channels, layout } = each.options;
      return [`${each.file} ${fit} ${width} × ${height}, ${filter}, ${channels}, ${layout}`, each] as const;
    }),
  )('%s', (_name, { file, options, sha256, first }) => {
    const values = preprocessPicture(open(file), options);
    expect([...values.subarray(0, 4)]).toEqual(first);
    expect(hashOf(values)).toBe(sha256);
  });
});
