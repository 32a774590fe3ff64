import { describe, expect, it } from 'vitest';
import { MemorySource, SourceReadError, type ByteSource } from '../onnx/byte-source';
import { streamParts, type StreamContext } from './stream-parts';

const megabyte = 2 ** 20;
const bytes = Uint8Array.from({ length: 2.5 * megabyte }, (_, index) => (index * 7) % 251);

/** Collects everything in a sink. */
async function collect(parts: readonly (Uint8Array | ByteSource)[], context: Partial<StreamContext> = {}) {
  const windows: Uint8Array[] = [];
  const write = (window: Uint8Array) => void windows.push(window.slice());
  const size = await streamParts(parts, undefined, { write }, { progress() {}, async checkpoint() {}, ...context });
  return { size, windows, joined: Buffer.concat(windows) };
}

/** A source that fills memory that is given to it. */
function filling(content: Uint8Array): ByteSource & { readonly targets: Set<ArrayBufferLike> } {
  const targets = new Set<ArrayBufferLike>();
  return {
    targets,
    sizeBytes: content.length,
    read: () => expect.unreachable(),
    readInto(target, start = 0) {
      targets.add(target.buffer);
      target.set(content.subarray(start, start + target.length));
    },
    slice: () => expect.unreachable(),
  };
}

describe('streamParts', () => {
  it('gives bytes, sources and filled memory in order, in windows of at most 1 MB', async () => {
    const source = filling(bytes);
    const { size, windows, joined } = await collect([bytes.subarray(0, 3), source, new MemorySource(bytes)]);
    expect(size).toBe(2 * bytes.length + 3);
    expect(joined.equals(Buffer.concat([bytes.subarray(0, 3), bytes, bytes]))).toBe(true);
    expect(windows.map(({ length }) => length / megabyte)).toEqual([3 / megabyte, 1, 1, 0.5, 1, 1, 0.5]);
    // The same memory for every window.
    expect(source.targets.size).toBe(1);
  });

  it('lets a source compute its bytes in pieces before it is read, and stops there when canceled', async () => {
    const order: string[] = [];
    const prepared = {
      sizeBytes: 5,
      read(start = 0, end = 5) {
        order.push('read');
        return bytes.subarray(start, end);
      },
      async prepare(checkpoint: () => Promise<void>) {
        order.push('prepare');
        await checkpoint();
      },
      slice: () => expect.unreachable(),
    };
    expect((await collect([prepared])).joined.equals(bytes.subarray(0, 5))).toBe(true);
    expect(order).toEqual(['prepare', 'read']);
    const checkpoint = () => Promise.reject(new Error('enough'));
    await expect(collect([prepared], { checkpoint })).rejects.toThrow('enough');
    expect(order).toEqual(['prepare', 'read', 'prepare']);
  });

  it('passes on that a file cannot be read any more', async () => {
    const broken = {
      ...filling(bytes),
      readInto() {
        throw new SourceReadError('net.onnx');
      },
    };
    await expect(collect([broken])).rejects.toThrow('"net.onnx" can no longer be read');
  });
});
