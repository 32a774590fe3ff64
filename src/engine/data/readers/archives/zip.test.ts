import fc from 'fast-check';
import { zipSync, type Zippable } from 'fflate';
import { describe, expect, it } from 'vitest';
import { mutate, mutations } from '../../../onnx/testing/mutate';
import { answerOf, CountingSource, memoryFile, quietContext } from '../../testing/memory-files';
import { seekSource } from './inflated-source';
import { isZip, openZip } from './zip';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const large = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 9)) & 0xff);
const noise = Uint8Array.from({ length: 500_000 }, (_, index) => Math.imul(index + 1, 2654435761) >>> 24);

function zip(contents: Zippable): Uint8Array {
  return zipSync(contents);
}

const open = (bytes: Uint8Array) => openZip(memoryFile('data.zip', bytes), quietContext);

async function readAll(bytes: Uint8Array): Promise<void> {
  for (const entry of await open(bytes)) entry.source.read();
}

describe('openZip', () => {
  it('lists files with clean paths and omits folders and system files', async () => {
    const files = await open(
      zip({
        a: { 'b.txt': text('b'), empty: {} },
        '__MACOSX/a/._b.txt': text('x'),
        '../../c.txt': text('c'),
        '.DS_Store': text('x'),
      }),
    );
    expect(files.map(({ path }) => path)).toEqual(['a/b.txt', 'c.txt']);
    expect(files.map(({ source }) => new TextDecoder().decode(source.read()))).toEqual(['b', 'c']);
  });

  it('gives stored files as slices that copy nothing', async () => {
    const bytes = zip({ 'x.bin': [large, { level: 0 }] });
    const [file] = await open(bytes);
    expect(file!.source.read(10, 20).buffer).toBe(bytes.buffer);
    expect(Buffer.compare(file!.source.read(), large)).toBe(0);
  });

  it('inflates forwards, backwards and in slices', async () => {
    const [file] = await open(zip({ 'x.bin': large }));
    const { source } = file!;
    expect(source.sizeBytes).toBe(large.length);
    expect(source.read(2_000_000, 2_000_100)).toEqual(large.slice(2_000_000, 2_000_100));
    expect(Buffer.compare(source.read(5, 1_000_000), large.slice(5, 1_000_000))).toBe(0);
    const slice = source.slice(1_000_000, 1_000_010);
    expect(slice.sizeBytes).toBe(10);
    expect(slice.read(2, 5)).toEqual(large.slice(1_000_002, 1_000_005));
    await seekSource(source, 2_900_000, quietContext);
    expect(source.read(2_900_000, 2_900_001)).toEqual(large.slice(2_900_000, 2_900_001));
    expect(Buffer.compare(source.read(), large)).toBe(0);
  });

  it('reads only the table of contents and the requested part of a file', async () => {
    const source = new CountingSource(zip({ 'x.bin': [noise, { level: 0 }], 'y.bin': noise }));
    const [, y] = await openZip({ path: 'data.zip', source }, quietContext);
    expect(source.readBytes).toBeLessThan(70_000);
    const before = source.readBytes;
    y!.source.read(0, 100);
    expect(source.readBytes - before).toBeLessThan(70_000);
  });

  it('reads an archive that follows other bytes', async () => {
    const [file] = await open(
      Uint8Array.from([...text('#!/bin/sh\n'), ...zip({ 'a.txt': text('hello hello hello') })]),
    );
    expect(new TextDecoder().decode(file!.source.read())).toBe('hello hello hello');
  });

  it('reads Zip64', async () => {
    const [file] = await open(zip64(text('content')));
    expect([file!.path, new TextDecoder().decode(file!.source.read())]).toEqual(['a.txt', 'content']);
  });

  it('names the entry that it cannot read', async () => {
    const bytes = zip({ 'a.txt': text('some text, some text, some text'), 'b.txt': text('b') });
    const entry = bytes.findIndex((_, at) => bytes[at] === 0x50 && bytes[at + 1] === 0x4b && bytes[at + 2] === 1);
    const changed = (at: number, value: number): Uint8Array => bytes.with(entry + at, value);
    expect(await answerOf(() => readAll(changed(8, 1)))).toMatch(/^"a.txt" in "data.zip" is password-protected/);
    expect(await answerOf(() => readAll(changed(10, 14)))).toMatch(/"a.txt".*LZMA/);
    expect(await answerOf(() => readAll(changed(16, 1)))).toMatch(/"a.txt".*checksum/);
    expect(await answerOf(() => readAll(changed(26, 1)))).toMatch(/"a.txt".*stated sizes are impossible/);
    expect(await answerOf(() => readAll(bytes.subarray(0, bytes.length - 30)))).toMatch(/cut short/);
    expect(await answerOf(() => readAll(bytes.with(bytes.length - 18, 1)))).toMatch(/split/);
    expect(
      await answerOf(() =>
        open(zip({ 'a.txt': text('a') }).map((byte, at, all) => (at === all.length - 22 - 51 + 8 ? 1 : byte))),
      ),
    ).toMatch(/password/);
  });

  it('refuses entries that share bytes', async () => {
    const bytes = zip({ 'a.txt': [text('aaaa'), { level: 0 }], 'b.txt': [text('bbbb'), { level: 0 }] });
    const entry = bytes.findLastIndex((_, at) => bytes[at] === 0x50 && bytes[at + 1] === 0x4b && bytes[at + 2] === 1);
    expect(await answerOf(() => open(bytes.with(entry + 42, 0)))).toMatch(/overlaps/);
  });

  it('answers mutated files with a sentence', async () => {
    const whole = zip({
      'a.txt': [text('stored'), { level: 0 }],
      'folder/b.txt': text('deflated, deflated, deflated, deflated'),
      'c.bin': noise.subarray(0, 300),
    });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        if ((await answerOf(() => readAll(mutate(whole, changes)))) !== null) refused++;
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(300);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await answerOf(() => readAll(Uint8Array.from([...whole.subarray(0, 60), ...bytes, ...whole.subarray(-200)])));
      }),
      { numRuns: 500 },
    );
  });
});

describe('isZip', () => {
  it('knows a zip by its start', () => {
    expect(isZip(memoryFile('', zip({ a: text('a') })).source)).toBe(true);
    expect(isZip(memoryFile('', text('PK is how this text starts')).source)).toBe(false);
    expect(isZip(memoryFile('', new Uint8Array(0)).source)).toBe(false);
  });
});

/** A zip with one stored file, whose sizes and places stand in the fields of 64 bits only. */
function zip64(content: Uint8Array): Uint8Array {
  const plain = zip({ 'a.txt': [content, { level: 0 }] });
  const entryStart = 30 + 5 + content.length;
  const entry = plain.slice(entryStart, entryStart + 46 + 5);
  const view = new DataView(entry.buffer);
  for (const at of [20, 24, 42]) view.setUint32(at, 0xffffffff, true);
  view.setUint16(30, 28, true);
  const extra = new DataView(new ArrayBuffer(28));
  extra.setUint16(0, 1, true);
  extra.setUint16(2, 24, true);
  extra.setBigUint64(4, BigInt(content.length), true);
  extra.setBigUint64(12, BigInt(content.length), true);
  const end = new DataView(new ArrayBuffer(56 + 20 + 22));
  end.setUint32(0, 0x06064b50, true);
  end.setBigUint64(24, 1n, true);
  end.setBigUint64(32, 1n, true);
  end.setBigUint64(40, BigInt(entry.length + 28), true);
  end.setBigUint64(48, BigInt(entryStart), true);
  end.setUint32(56, 0x07064b50, true);
  end.setBigUint64(64, BigInt(entryStart + entry.length + 28), true);
  end.setUint32(76, 0x06054b50, true);
  for (const at of [84, 86]) end.setUint16(at, 0xffff, true);
  for (const at of [88, 92]) end.setUint32(at, 0xffffffff, true);
  return Uint8Array.from([
    ...plain.subarray(0, entryStart),
    ...entry,
    ...new Uint8Array(extra.buffer),
    ...new Uint8Array(end.buffer),
  ]);
}
