import { expect, it } from 'vitest';
import { drawQrCode, mostQrBytes } from './QrCodeDialog';

/** The modules of a drawing, read back from its path. */
function modulesOf({ size, path }: NonNullable<ReturnType<typeof drawQrCode>>): readonly string[] {
  const rows = Array.from({ length: size }, () => Array<string>(size).fill('.'));
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) {
    rows[Number(y)]!.fill('#', Number(x), Number(x) + Number(length));
  }
  return rows.map((row) => row.join(''));
}

it('draws the three finder patterns inside a light border of four modules', () => {
  const rows = modulesOf(drawQrCode('https://example.org/#r=1.AAAA')!);
  const finder = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];
  const cut = (left: number, top: number) => rows.slice(top, top + 7).map((row) => row.slice(left, left + 7));
  const far = rows.length - 4 - 7;
  expect([cut(4, 4), cut(far, 4), cut(4, far)]).toEqual([finder, finder, finder]);
  expect((rows.length - 8 - 17) % 4).toBe(0);
  expect(rows.slice(0, 4).concat(rows.slice(-4)).join('')).not.toContain('#');
  for (const row of rows) expect(row).toMatch(/^\.{4}.*\.{4}$/);
});

it('takes as many bytes as the largest code holds, and no more', () => {
  expect(drawQrCode('a'.repeat(mostQrBytes))?.size).toBe(177 + 8);
  expect(drawQrCode('a'.repeat(mostQrBytes + 1))).toBeNull();
  expect(drawQrCode('é'.repeat(mostQrBytes / 2 + 1))).toBeNull();
});
