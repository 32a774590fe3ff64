import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountingSource, memoryFile, quietContext } from '../testing/memory-files';
import { openUtf16 } from './utf16-source';

type ByteOrder = 'little' | 'big';

function utf16(text: string, order: ByteOrder): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let unit = 0; unit < text.length; unit++) view.setUint16(2 * unit, text.charCodeAt(unit), order === 'little');
  return new Uint8Array(view.buffer);
}

const readText = async (bytes: Uint8Array): Promise<string> => {
  const { source } = await openUtf16(memoryFile('table.txt', bytes), quietContext);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source.read());
};

const orders = fc.constantFrom<ByteOrder>('little', 'big');

describe('openUtf16', () => {
  it('restores any text, regardless of the characters at block boundaries', async () => {
    const long = fc.tuple(fc.nat({ max: 3 }), fc.constantFrom('a', 'é', '€', '😀'), fc.string({ unit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(orders, long, async (order, [shift, unit, end]) => {
        const text = 'x'.repeat(shift) + unit.repeat(70_000 / unit.length) + end;
        expect(await readText(utf16(`\ufeff${text}`, order))).toBe(text);
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same bytes in any window as from the start', async () => {
    const text = Array.from({ length: 60_000 }, (_, row) => `${row}\té€😀`[row % 6]).join('');
    const { source } = await openUtf16(memoryFile('t.csv', utf16(`\ufeff${text}`, 'little')), quietContext);
    const whole = new TextEncoder().encode(text);
    expect(source.sizeBytes).toBe(whole.length);
    fc.assert(
      fc.property(fc.nat(whole.length + 10), fc.nat(whole.length + 10), (a, b) => {
        expect(Buffer.compare(source.read(a, b), whole.subarray(Math.min(a, whole.length), Math.max(a, b)))).toBe(0);
        const slice = source.slice(Math.min(a, b), Math.max(a, b));
        expect(slice.read(1, 9)).toEqual(whole.subarray(Math.min(a, b), Math.max(a, b)).subarray(1, 9));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['little', 'big'] as const)('knows text without a mark by its zeros (%s endian)', async (order) => {
    expect(await readText(utf16('a,b\n1,2\n', order))).toBe('a,b\n1,2\n');
  });

  it('reads small windows only', async () => {
    const source = new CountingSource(utf16(`\ufeff${'1,2\n'.repeat(200_000)}`, 'little'));
    const opened = await openUtf16({ path: 'a.csv', source }, quietContext);
    opened.source.read(1_000, 2_000);
    expect(source.largestReadBytes).toBeLessThanOrEqual(1 << 16);
  });

  it('leaves every other file as it is', async () => {
    for (const bytes of [utf16('', 'little'), new TextEncoder().encode('a,b\n1,2'), Uint8Array.of(0, 0, 0, 0)]) {
      const file = memoryFile('a.csv', bytes);
      expect(await openUtf16(file, quietContext)).toBe(file);
    }
  });

  it('ends a text that is cut within a character with the sign for that', async () => {
    expect(await readText(utf16('\ufeffab', 'little').subarray(0, 5))).toBe('a\ufffd');
    expect(await readText(utf16('\ufeffa\ud83d', 'big'))).toBe('a\ufffd');
  });
});
