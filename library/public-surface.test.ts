/** The public surface changes only on purpose: `node scripts/write-public-surface.mjs` records it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { manifest } from '../scripts/build-package.mjs';
import { entries, readSurface, surfaceText } from '../scripts/package/public-surface.mjs';

const recorded = new URL('public-surface.txt', import.meta.url);

describe('the public surface', () => {
  it('equals the recorded one', () => {
    // A change that breaks programs needs a new major version.
    expect(surfaceText(), 'Meant? Run: node scripts/write-public-surface.mjs').toBe(readFileSync(recorded, 'utf8'));
  });

  it('is the same for Node and for browsers, and every export is explained', () => {
    const { entries: exported } = readSurface();
    expect(Object.keys(exported)).toEqual(Object.keys(manifest().exports).filter((entry) => entry in entries));
    const signaturesOf = (entry: string) => exported[entry]!.map(({ signature }) => signature);
    expect(signaturesOf('./browser')).toEqual(signaturesOf('./node'));
    for (const { name, comment } of Object.values(exported).flat()) expect(comment, name).toMatch(/\.$/);
  });

  it('reaches the types that results are made of', () => {
    const names = readSurface().types.map(({ name }) => name);
    for (const name of [
      'Inspection',
      'PassReport',
      'SearchResult',
      'Candidate',
      'CellResult',
      'DataMapping',
      'Recipe',
    ]) {
      expect(names).toContain(name);
    }
  });
});
