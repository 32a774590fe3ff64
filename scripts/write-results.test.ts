/** The pages of docs/results match their JSON, and every result is listed with the command that makes it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedPages, notMeasured, resultPages, writeResult } from './write-results.mjs';

const folder = 'docs/results';
const files = readdirSync(folder);

it('generates every page from its JSON: node scripts/write-results.mjs', async () => {
  const pages = await generatedPages();
  expect(files.filter((file) => file.endsWith('.md')).toSorted()).toEqual([...pages.keys()].toSorted());
  for (const [file, text] of pages) expect(readFileSync(`${folder}/${file}`, 'utf8'), file).toBe(text);
});

it('lists every result once', () => {
  const names = resultPages.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const stored = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  expect(stored.filter((name) => !names.includes(name))).toEqual([]);
  expect(stored.length + notMeasured().length).toBe(names.length);
});

it.each(resultPages)('$name names a script that writes it', ({ name, command }) => {
  const script = /\b(?:bench|tools)\/[\w-]+\.(?:ts|py)\b/.exec(command)?.[0] ?? '';
  expect(existsSync(script), command).toBe(true);
  const source = readFileSync(script, 'utf8');
  const family = `${name.split('-')[0]}-\${`;
  expect(/writeResults?\(|write_results\(/.test(source) && (source.includes(name) || source.includes(family))).toBe(
    true,
  );
  expect(command).toContain('--write');
});

it('stores no measurement that is not listed, and none whose rows do not fit its columns', async () => {
  const measurement = { command: 'x', machine: 'y', tables: [{ columns: [{ name: 'a' }], rows: [['1', '2']] }] };
  await expect(writeResult('not-listed', measurement)).rejects.toThrow('does not list "not-listed"');
  const { name } = resultPages[0]!;
  await expect(writeResult(name, measurement)).rejects.toThrow(`"${name}" has 2 cells for 1 columns`);
});
