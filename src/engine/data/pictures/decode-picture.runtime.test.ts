import fc from 'fast-check';
import { zlibSync } from 'fflate';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNodePictureDecoder } from '../../../runtime/node/node-picture-decoder';
import { mutate, mutations } from '../../onnx/testing/mutate';
import { crc32 } from '../../files/crc32';
import { answerOf } from '../testing/memory-files';
import { decodePicture, recognizePicture } from './decode-picture';

const folder = new URL('./fixtures/files/', import.meta.url);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const decoder = createNodePictureDecoder();
const decode = (bytes: Uint8Array) => decodePicture(bytes, decoder);
const answer = (bytes: Uint8Array) => answerOf(() => decode(bytes));

function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(data.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(data, 8);
  view.setUint32(data.length + 8, crc32(chunk.subarray(4, data.length + 8)));
  return chunk;
}

function png(width: number, height: number, rows: Uint8Array, colorType = 0): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colorType, 0, 0, 0], 8);
  const chunks = [
    pngChunk('IHDR', header),
    pngChunk('IDAT', zlibSync(rows, { level: 9 })),
    pngChunk('IEND', new Uint8Array(0)),
  ];
  return Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...chunks.flatMap((chunk) => [...chunk])]);
}

/** Makes the checksums of a damaged PNG right again, so that the damage gets past them. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const result = bytes.slice();
  const view = new DataView(result.buffer);
  for (let offset = 8; offset + 12 <= result.length;) {
    const length = view.getUint32(offset);
    const end = offset + 8 + length;
    if (end + 4 > result.length) break;
    view.setUint32(end, crc32(result.subarray(offset + 4, end)));
    offset = end + 4;
  }
  return result;
}

describe('decodePicture', () => {
  it('knows formats by their first bytes only', async () => {
    expect(recognizePicture(fixture('png-2-8.png'))).toBe('png');
    expect(recognizePicture(fixture('webp-lossy.webp').subarray(0, 12))).toBe('webp');
    expect(recognizePicture(Uint8Array.of(0xff, 0xd8))).toBeNull();
    expect(await answer(new TextEncoder().encode('%PDF-1.7'))).toContain('not a supported image');
    expect(await answer(new Uint8Array(0))).toContain('not a supported image');
  });

  it('refuses sizes before it allocates them', async () => {
    const claims = 'This PNG image has';
    expect(await answer(png(30_000, 30_000, new Uint8Array(10)))).toContain(`${claims} 30000 × 30000 pixels`);
    expect(await answer(png(100_000, 1, new Uint8Array(10)))).toContain(claims);
    expect(await answer(png(0, 5, new Uint8Array(10)))).toContain('its size is stated as 0 × 5 pixels');
    expect(await answer(png(9_000, 9_000, new Uint8Array(10)))).toContain('ends too early');
    const jpeg = fixture('jpeg-gray.jpg');
    const frame = jpeg.findIndex((byte, index) => byte === 0xff && jpeg[index + 1] === 0xc0);
    jpeg.set([0xff, 0xff, 0xff, 0xff], frame + 5);
    expect(await answer(jpeg)).toContain('65535 × 65535 pixels');
  });

  it('stops unpacking once a picture is complete', async () => {
    // Only six bytes of the 20 MB that this unpacks to are the picture. An error further on is not reached.
    const bomb = png(2, 2, new Uint8Array(20_000_000));
    bomb.fill(0xff, bomb.length - 3000, bomb.length - 100);
    expect((await decode(withChecksums(bomb))).pixels).toEqual(new Uint8Array(4));
    bomb.fill(0xff, 43, 60);
    expect(await answer(withChecksums(bomb))).toContain('its pixels cannot be decompressed');
  });

  it('distinguishes damaged pictures from unsupported ones', async () => {
    const good = fixture('png-2-8.png');
    const flipped = good.slice();
    flipped[60]! ^= 4;
    expect(await answer(flipped)).toMatch(/the checksum of the chunk IDAT at byte 33 is wrong/);
    expect(await answer(good.subarray(0, good.length - 30))).toContain('ends too early');
    expect(await answer(png(1, 1, Uint8Array.of(9, 0)))).toContain('has the filter 9');
    expect(await answer(png(1, 1, Uint8Array.of(0, 0), 3))).toContain('needs a color palette');
    expect(await answer(fixture('jpeg-rgb.jpg').subarray(0, 900))).toContain('ends too early');
    const printing = fixture('jpeg-rgb.jpg');
    const frame = printing.findIndex((byte, index) => byte === 0xff && printing[index + 1] === 0xc0);
    printing[frame + 9] = 4;
    expect(await answer(printing)).toContain('colors are for printing (CMYK)');
    expect(await answer(fixture('webp-lossy.webp').subarray(0, 500))).toContain('ends too early');
  });

  it('goes on decoding after a picture that the C library gave up on', async () => {
    const broken = fixture('jpeg-subsampling-2.jpg');
    broken.fill(0xff, 30, 300);
    expect(await answer(broken)).not.toBeNull();
    expect(await decode(fixture('jpeg-subsampling-2.jpg'))).toMatchObject({ width: 61, height: 43, channels: 3 });
  });

  // The checksums of a PNG are made right again, or the damage would not get past them.
  it.each(readdirSync(folder).filter((name) => /^(png-3-4-alpha|png-6-16-interlaced|jpeg-|webp-)/.test(name)))(
    'answers a damaged %s with a picture or a sentence',
    async (name) => {
      const good = fixture(name);
      await fc.assert(
        fc.asyncProperty(mutations, fc.boolean(), async (changes, onlyStart) => {
          const damaged = mutate(good, changes, onlyStart ? 80 : good.length);
          const isPng = recognizePicture(damaged) === 'png';
          await answerOf(async () => {
            const { width, height, channels, pixels } = await decode(isPng ? withChecksums(damaged) : damaged);
            expect(pixels.length).toBe(width * height * channels);
          });
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );
});
