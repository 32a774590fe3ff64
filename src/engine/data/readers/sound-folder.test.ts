import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memoryFile, quietContext } from '../testing/memory-files';
import { readSamples } from '../testing/read-samples';
import { openSoundFolder } from './sound-folder';
import { openZip } from './archives/zip';

/** Two values of 16 bits at 8 kHz. */
const wav = new TextEncoder().encode(
  'RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\0\0\0\0\x02\0\x10\0data\x04\0\0\0\0\x40\0\x20',
);

const entryStart = Buffer.from('PK\x01\x02');

describe('openSoundFolder', () => {
  it('gives sounds and the classes of their folders', async () => {
    const files = [memoryFile('no/2.wav', wav), memoryFile('no/notes.md', wav), memoryFile('yes/1.WAV', wav)];
    const dataset = openSoundFolder([...files, memoryFile('yes/3.wav', wav.subarray(0, 30))], 'words');
    expect(dataset.description).toMatchObject({ name: 'words', format: 'sounds', samples: 3 });
    expect(dataset.description.fields).toEqual([
      { name: 'sound', kind: 'sound', dtype: 'float32', shape: [null] },
      { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes: ['no', 'yes'] },
    ]);
    expect(dataset.description.notes).toEqual(['Left out, because they are not sounds: no/notes.md.']);
    const [first, , last] = await readSamples(dataset, ['sound', 'folder']);
    expect(first).toEqual({
      index: 0,
      place: 'no/2.wav',
      values: {
        sound: { kind: 'sound', sound: { sampleRateHz: 8000, values: Float32Array.of(0.5, 0.25) } },
        folder: { kind: 'tensor', tensor: { dtype: 'int64', dims: [], data: BigInt64Array.of(0n) } },
      },
    });
    expect(last).toMatchObject({ index: 2, place: 'yes/3.wav' });
  });

  it.each([0, 6] as const)(
    'tells a sound that was damaged in its zip (level %i), which a WAV cannot',
    async (level) => {
      const zip = zipSync({ 'a.wav': wav, 'b.wav': wav }, { level });
      // The checksum that the table of contents has for the second one.
      const [, second] = Array.from(zip.keys()).filter((at) =>
        Buffer.from(zip.subarray(at, at + 4)).equals(entryStart),
      );
      zip[second! + 16]! ^= 1;
      const files = await openZip(memoryFile('x.zip', zip), quietContext);
      const [first, last] = await readSamples(openSoundFolder(files, 'x'), ['sound']);
      expect(first).toHaveProperty('values');
      expect(last).toMatchObject({ reason: expect.stringMatching(/"b.wav" in "x.zip" is damaged: its checksum/) });
    },
  );
});
