/** Compares decoded pictures with Pillow's, to the bit. tools/golden/preprocessing.py makes the fixtures. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNodePictureDecoder } from '../../../runtime/node/node-picture-decoder';
import { decodePicture } from './decode-picture';
import { decodedCase, type DecodedCase } from './testing/picture-hash';

const fixture = (path: string) => readFileSync(new URL(`./fixtures/${path}`, import.meta.url));
const cases = JSON.parse(fixture('decoded.json').toString()) as DecodedCase[];
const decoder = createNodePictureDecoder();

describe('pixels of decoded pictures', () => {
  it.each(cases.map((expected) => [expected.file, expected] as const))('%s', async (file, expected) => {
    const picture = await decodePicture(fixture(`files/${file}`), decoder);
    expect(decodedCase(file, picture, expected.rgba !== undefined)).toEqual(expected);
  });
});
