/** Damaged files of every format: a data set, or a sentence; never a hang, never an error that is not meant for people. */
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { mutate, mutations } from '../onnx/testing/mutate';
import type { DataFile } from './dataset';
import { openDataset } from './open-dataset';
import { answerOf, memoryFile, noDecoder, quietContext } from './testing/memory-files';

const folder = 'src/engine/data/readers/fixtures';
const samplesRead = 40;

interface Victim {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const load = (name: string): Victim => ({ name, bytes: new Uint8Array(readFileSync(`${folder}/${name}`)) });
const victims = readdirSync(folder, { recursive: true })
  .map((name) => String(name).replaceAll('\\', '/'))
  .filter((name) => /\.\w+$|ubyte/.test(name) && !name.endsWith('cases.json'))
  .map(load);
const zipped = zipSync(Object.fromEntries(victims.slice(0, 6).map(({ name, bytes }) => [name, bytes])));

/** Opens files and reads their first samples; gives how many could not be read. */
async function readThrough(files: readonly DataFile[]): Promise<number> {
  const dataset = await openDataset(files, { decoder: noDecoder, context: quietContext });
  const { samples, fields } = dataset.description;
  const indices = Array.from({ length: Math.min(samples, samplesRead) }, (_, index) => index);
  let unreadable = 0;
  const names = fields.map(({ name }) => name);
  for await (const sample of dataset.read(indices, names, quietContext)) {
    if ('values' in sample) continue;
    unreadable += 1;
    expect(sample.reason).toMatch(/^["A-Z].*[.?]$/s);
    expect(sample.place.length).toBeGreaterThan(0);
  }
  return unreadable;
}

const path = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

describe('damaged data', () => {
  it.each(victims.map((victim) => [victim.name, victim.bytes] as const))('answers for %s', async (name, bytes) => {
    let touched = 0;
    const run = async (damaged: Uint8Array): Promise<void> => {
      let unreadable = 0;
      const answer = await answerOf(async () => {
        unreadable = await readThrough([memoryFile(path(name), damaged)]);
      });
      if (answer !== null || unreadable > 0) touched += 1;
    };
    await fc.assert(
      fc.asyncProperty(mutations, (changes) => run(mutate(bytes, changes))),
      { numRuns: 60 },
    );
    // The header decides most: damage there gets deeper than damage among the values.
    await fc.assert(
      fc.asyncProperty(mutations, (changes) => run(mutate(bytes, changes, 64))),
      { numRuns: 60 },
    );
    expect(touched).toBeGreaterThan(0);
  });

  it('answers for Parquet whose table of contents is damaged', async () => {
    let seed = 12345;
    const next = (below: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
    const tables = victims.filter(({ name }) => name.endsWith('.parquet'));
    let refused = 0;
    for (let run = 0; run < 1500; run++) {
      const bytes = new Uint8Array(tables[next(tables.length)]!.bytes);
      const footerBytes = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
      bytes[bytes.length - 8 - footerBytes + next(footerBytes)]! ^= 1 << next(8);
      const answer = await answerOf(async () => void (await readThrough([memoryFile('table.parquet', bytes)])));
      if (answer !== null) refused += 1;
    }
    expect(refused).toBeGreaterThan(100);
  });

  it('answers for a zip of many formats', async () => {
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        await answerOf(() => readThrough([memoryFile('all.zip', mutate(zipped, changes))]));
      }),
      { numRuns: 200 },
    );
  });

  it('answers wherever a file is cut', async () => {
    for (const { name, bytes } of victims) {
      const step = Math.ceil(bytes.length / 40);
      for (let length = 0; length < bytes.length; length += step) {
        await answerOf(() => readThrough([memoryFile(path(name), bytes.subarray(0, length))]));
      }
    }
  });

  it('answers for random bytes behind the start of each format', async () => {
    const heads = victims.map(({ name, bytes }) => ({ name: path(name), head: bytes.subarray(0, 16) }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }), async ({ name, head }, tail) => {
        await answerOf(() => readThrough([memoryFile(name, Uint8Array.from([...head, ...tail]))]));
      }),
      { numRuns: 1500 },
    );
  });
});
