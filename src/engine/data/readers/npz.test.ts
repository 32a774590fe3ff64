import { gzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../onnx/byte-source';
import { openDataset } from '../open-dataset';
import { answerOf, CountingSource, memoryFile, noDecoder, quietContext } from '../testing/memory-files';
import { readSamples, valuesOf } from '../testing/read-samples';
import { collectGarbage } from '../../testing/collect-garbage';
import { openGzip } from './archives/gzip';
import { suggestMapping } from '../mapping/suggest-mapping';
import { openNpy, openNpz } from './npz';

/** The header of an .npy file. */
function header(descr: string, shape: readonly number[], fortran = false): Uint8Array {
  const order = fortran ? 'True' : 'False';
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
  const bytes = new Uint8Array(10 + text.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
  bytes.set(new TextEncoder().encode(text), 10);
  return bytes;
}

function npy(values: Float32Array, shape: readonly number[], fortran = false): Uint8Array {
  return Uint8Array.from([...header('<f4', shape, fortran), ...new Uint8Array(values.buffer)]);
}

/** A file of any size that is nowhere: a header, then bytes that tell where they are. */
class EndlessSource implements ByteSource {
  readonly #head: Uint8Array;
  readonly #start: number;
  readonly sizeBytes: number;
  static largestReadBytes = 0;

  constructor(head: Uint8Array, sizeBytes: number, start = 0) {
    this.#head = head;
    this.#start = start;
    this.sizeBytes = sizeBytes;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    EndlessSource.largestReadBytes = Math.max(EndlessSource.largestReadBytes, end - start);
    return Uint8Array.from({ length: end - start }, (_, at) => {
      const position = this.#start + start + at;
      return this.#head[position] ?? Math.floor((position - this.#head.length) / 1000) % 251;
    });
  }

  slice(start: number, end: number): ByteSource {
    return new EndlessSource(this.#head, end - start, this.#start + start);
  }
}

describe('openNpy and openNpz', () => {
  it('chooses test samples and labels by Keras array names, regardless of the file name', async () => {
    const rows = { x_train: 900, y_train: 900, x_val: 900, y_val: 900, x_test: 897, y_test: 897 };
    const entries = Object.entries(rows).map(([name, count]) => {
      const width = name.startsWith('x') ? 2 : 1;
      return [`${name}.npy`, npy(new Float32Array(count * width), width === 1 ? [count] : [count, width])] as const;
    });
    for (const [parts, taken] of [
      [entries.slice(0, 2), 'train'],
      [[...entries.slice(0, 2), ...entries.slice(4)], 'test'],
      [entries, 'val'],
    ] as const) {
      const file = memoryFile('mnist_val.npz', zipSync(Object.fromEntries(parts)));
      const { description } = await openNpz(file, quietContext);
      const { mapping } = suggestMapping(description, {
        inputs: [{ name: 'image', dtype: 'float32', shape: ['N', 2] }],
        outputs: [],
      });
      expect(mapping).toEqual({ inputs: { image: { array: `x_${taken}` } }, labels: { array: `y_${taken}` } });
      expect(description.part).toBe(taken);
    }
  });

  it('reads samples of a file of 20 GB without holding it', async () => {
    const rows = 20_000_000;
    const head = header('|u1', [rows, 1000]);
    const source = new EndlessSource(head, head.length + rows * 1000);
    const dataset = await openNpy([{ path: 'huge.npy', source }], 'huge.npy', quietContext);
    const samples = await readSamples(dataset, ['huge'], [0, 7, 10_000_000, 19_999_999]);
    const firsts = valuesOf(samples, 'huge').map((values) => (values as number[])[0]);
    expect(firsts).toEqual([0, 7, 10_000_000 % 251, 19_999_999 % 251]);
    expect(EndlessSource.largestReadBytes).toBeLessThanOrEqual(1 << 20);
  });

  it('refuses samples over 256 MB by their header, without reading one', async () => {
    const head = header('<f4', [4, 2 ** 28]);
    const source = new EndlessSource(head, head.length + 4 * 2 ** 30);
    EndlessSource.largestReadBytes = 0;
    const opened = async () => openNpy([{ path: 'rows.npy', source }], 'rows.npy', quietContext);
    expect(await answerOf(opened)).toContain('larger than 256 MB');
    expect(EndlessSource.largestReadBytes).toBeLessThanOrEqual(1 << 20);
  });

  it('copies each sample into separate memory, even if it is the only one read', async () => {
    const file = memoryFile(
      'x.npy',
      npy(
        Float32Array.from({ length: 2 ** 19 }, (_, index) => index),
        [2, 2 ** 18],
      ),
    );
    const dataset = await openNpy([file], 'x.npy', quietContext);
    const [first, second] = await readSamples(dataset, ['x'], [0, 1]);
    const again = await readSamples(dataset, ['x'], [0]);
    const buffers = [first, second, again[0]].map((sample) => valuesOf([sample!], 'x')[0] as ArrayLike<number>);
    expect(new Set(buffers).size).toBe(3);
    expect(buffers.map((values) => values[0])).toEqual([0, 2 ** 18, 0]);
  });

  it('reads a deflated array of 128 MB in little memory, forwards and again', async () => {
    const rows = 128;
    const content = new Uint8Array(128 + rows * 2 ** 20);
    content.set(header('|u1', [rows, 2 ** 20]));
    for (let row = 0; row < rows; row++) content[128 + row * 2 ** 20] = row;
    const file = memoryFile('large.npz', zipSync({ 'x.npy': [content, { level: 1 }] }));
    expect(file.source.sizeBytes).toBeLessThan(2_000_000);
    const dataset = await openNpz(file, quietContext);
    collectGarbage();
    const before = process.memoryUsage();
    let most = 0;
    let sum = 0;
    for await (const sample of dataset.read([1, 50, 100, 127, 2], ['x'], quietContext)) {
      const { rss, arrayBuffers } = process.memoryUsage();
      most = Math.max(most, Math.min(rss - before.rss, arrayBuffers - before.arrayBuffers));
      const value = 'values' in sample ? sample.values['x'] : undefined;
      sum += value?.kind === 'tensor' ? Number(value.tensor.data[0]) : Number.NaN;
    }
    expect(sum).toBe(1 + 50 + 100 + 127 + 2);
    expect(most).toBeLessThan(64_000_000);
  });

  it('reads arrays in Fortran order block by block', async () => {
    const [rows, columns] = [50_000, 3];
    // Element (row, column) is row + column ÷ 8.
    const values = Float32Array.from({ length: rows * columns }, (_, at) => (at % rows) + Math.floor(at / rows) / 8);
    const bytes = npy(values, [rows, columns], true);
    const source = new CountingSource(bytes);
    const dataset = await openNpy([{ path: 'f.npy', source }], 'f.npy', quietContext);
    expect(valuesOf(await readSamples(dataset, ['f'], [0, 9, 49_999]), 'f')).toEqual([
      [0, 0.125, 0.25],
      [9, 9.125, 9.25],
      [49_999, 49_999.125, 49_999.25],
    ]);
    expect(source.largestReadBytes).toBeLessThanOrEqual(1 << 22);
  });

  it('reports the samples behind damage and reads those before it', async () => {
    // Noise hardly compresses, so that damage to the file is damage at the same place of the content.
    const values = new Float32Array(new Uint32Array(200_000).map((_, at) => Math.imul(at, 2654435761) >>> 9).buffer);
    const whole = zipSync({ 'x.npy': npy(values, [200, 1000]) });
    const half = Math.floor(whole.length / 2);
    const damaged = whole.map((byte, at) => (at > half && at < half + 2000 ? 0xff : byte));
    const dataset = await openNpz(memoryFile('x.npz', damaged), quietContext);
    const samples = await readSamples(dataset, ['x']);
    const readable = samples.filter((sample) => 'values' in sample).length;
    expect(samples).toHaveLength(200);
    expect(readable).toBeGreaterThan(10);
    expect(readable).toBeLessThan(190);
    expect(samples.at(-1)).toMatchObject({ index: 199, place: '"x.npy" in "x.npz", row 199' });
    expect(valuesOf(samples, 'x').at(-1)).toMatch(/"x.npy" in "x.npz" is damaged/);
  });

  it('gathers texts of single samples as the classes that they may be', async () => {
    const texts = ['dog', 'cat', '', 'dog'];
    const codes = Uint32Array.from(
      texts.flatMap((text) => Array.from({ length: 3 }, (_, at) => text.charCodeAt(at) || 0)),
    );
    const y = Uint8Array.from([...header('<U3', [4]), ...new Uint8Array(codes.buffer)]);
    const file = zipSync({ 'x.npy': npy(new Float32Array(4), [4]), 'y.npy': y });
    const { description } = await openNpz(memoryFile('pets.npz', file), quietContext);
    expect(description.fields[1]).toMatchObject({ kind: 'text', dtype: 'string', classes: ['cat', 'dog'] });
  });

  it('lists the omitted arrays and refuses a file without samples', async () => {
    const array = npy(Float32Array.of(1, 2), [2]);
    const rest = { 'notes.txt': new Uint8Array(3), 'z.npy': npy(Float32Array.of(1, 2, 3), [3]) };
    const some = zipSync({ 'x.npy': array, 'y.npy': array, ...rest });
    const { description } = await openNpz(memoryFile('some.npz', some), quietContext);
    expect(description.notes.join(' ')).toMatch(/notes.txt.*"z.npy" in "some.npz" with 3 rows/);
    const empty = memoryFile('e.npz', zipSync({ 'x.npy': npy(new Float32Array(0), [0, 4]) }));
    expect(await answerOf(() => openNpz(empty, quietContext))).toMatch(/no samples in "e.npz"/);
    const scalar = memoryFile(
      's.npy',
      npy(Float32Array.of(1), []).map((byte) => (byte === 0x2c ? 0x20 : byte)),
    );
    expect(await answerOf(() => openNpy([scalar], 's.npy', quietContext))).not.toBeNull();
    const cut = memoryFile('cut.npy', npy(new Float32Array(100), [10, 10]).subarray(0, 300));
    expect(await answerOf(() => openNpy([cut], 'cut.npy', quietContext))).toMatch(/"cut.npy" is incomplete.*400 bytes/);
  });
});

describe('openGzip', () => {
  const content = Uint8Array.from({ length: 100_000 }, (_, at) => (at * at) >> 5);

  it('inflates the content for any header', () => {
    const file = openGzip(memoryFile('a/x.bin.gz', gzipSync(content, { filename: 'x.bin', mtime: 0 })));
    expect(file.path).toBe('a/x.bin');
    expect(Buffer.compare(file.source.read(), content)).toBe(0);
  });

  it('refuses several files in one, a wrong checksum and a file cut short', async () => {
    const packed = gzipSync(content);
    const read = (bytes: Uint8Array) => answerOf(async () => openGzip(memoryFile('x.gz', bytes)).source.read());
    expect(await read(packed)).toBeNull();
    expect(await read(Uint8Array.from([...packed, ...gzipSync(content.subarray(0, 5))]))).toMatch(/"x.gz"/);
    expect(await read(packed.with(packed.length - 8, packed.at(-8)! ^ 1))).toMatch(/checksum/);
    expect(await read(packed.subarray(0, 1000))).toMatch(/"x.gz" is/);
    expect(await read(packed.subarray(0, 12))).toMatch(/cut short/);
  });

  it('is opened through to a data set', async () => {
    const file = memoryFile('x.npy.gz', gzipSync(npy(Float32Array.of(1, 2, 3), [3])));
    const dataset = await openDataset([file], { decoder: noDecoder, context: quietContext });
    expect(valuesOf(await readSamples(dataset, ['x']), 'x')).toEqual([1, 2, 3]);
  });
});
