import { describe, expect, it } from 'vitest';
import { findIndexedRecords } from './check-records.mjs';

describe('records by names of a file', () => {
  it.each([
    'const found: Record<string, number> = {};\nfound[name] = 1;',
    'export function read(feeds: Feeds, name: string) {\n  return feeds[name];\n}',
    'class A {\n  readonly #sizes: Readonly<Record<string, number>>;\n  size = (key: string) => this.#sizes[key];\n}',
    'const f = ({ dimensions }: { readonly dimensions?: FreeDimensions }) =>\n  dimensions?.[`${input}.${axis}`];',
  ])('may not be indexed: %s', (source) => {
    expect(findIndexedRecords(source)).toHaveLength(1);
  });

  it.each([
    'const found: Record<string, number> = {};\nownValue(found, name);',
    'const sets: Feeds[] = [];\nsets[index];',
    'const byUnion: Record<Provider, number> = all;\nbyUnion[provider];',
    '/** feeds: Feeds\n * `feeds[name]` is not read. */',
    "const own: Record<string, number> = {};\nown['fixed'];",
  ])('are left alone otherwise: %s', (source) => {
    expect(findIndexedRecords(source)).toEqual([]);
  });
});
