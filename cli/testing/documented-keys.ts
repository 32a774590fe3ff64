/** The keys of JSON documents, as docs/reference/json-documents.md has them. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

const page = readFileSync(new URL('../../docs/reference/json-documents.md', import.meta.url), 'utf8');

/** A row for each command. */
export const documentedKeys = page
  .slice(0, page.indexOf('## A recipe'))
  .split('\n')
  .flatMap((line) => {
    const [, command, keys, optional] = /^\| `([\w-]+)` +\| (.*) \| (.*) \|$/.exec(line) ?? [];
    return command === undefined ? [] : [{ command, keys: keysIn(keys!), optional: keysIn(optional!) }];
  });

/** Without the names in parentheses, which are keys of a key. */
function keysIn(cell: string): readonly string[] {
  return [...cell.replaceAll(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(([, key]) => key!);
}

/** The document that a command printed has the keys that its row names, and no others. */
export function expectDocumentedKeys(command: string, printed: string): void {
  const { keys, optional } = documentedKeys.find((row) => row.command === command)!;
  const found = Object.keys(JSON.parse(printed) as object);
  expect(found.filter((key) => !keys.includes(key) && !optional.includes(key))).toEqual([]);
  expect(keys.filter((key) => !found.includes(key))).toEqual([]);
}
