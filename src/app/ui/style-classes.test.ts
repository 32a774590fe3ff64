import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const sources = import.meta.glob<string>('./**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });
const sheets = Object.keys(import.meta.glob('./**/*.module.css'));

const importedStyles = /import (\w+) from '(\.[^']+\.module\.css)'/g;

/** Classes as `sheet: class`. */
function usedClasses(): readonly string[] {
  return Object.entries(sources).flatMap(([path, source]) => {
    const code = source.replaceAll(importedStyles, '');
    return [...source.matchAll(importedStyles)].flatMap(([, name, relative]) => {
      const sheet = `.${new URL(relative!, `file:///${path}`).pathname}`;
      const uses = code.matchAll(new RegExp(String.raw`\b${name}\.(\w+)`, 'g'));
      return [...uses].map(([, used]) => `${sheet}: ${used}`);
    });
  });
}

function definedClasses(): readonly string[] {
  return sheets.flatMap((sheet) => {
    const css = readFileSync(new URL(sheet, import.meta.url), 'utf8');
    const selectors = css.replaceAll(/\/\*[^]*?\*\//g, '').matchAll(/\.([a-z]\w*)(?![\w-])(?=[^{};]*\{)/gi);
    return [...selectors].map(([, defined]) => `${sheet}: ${defined}`);
  });
}

const [used, defined] = [new Set(usedClasses()), new Set(definedClasses())];

it('style sheets define every class that components use', () => {
  expect(used.size).toBeGreaterThan(100);
  expect([...used].filter((each) => !defined.has(each))).toEqual([]);
});

it('components use every class that style sheets define', () => {
  expect([...defined].filter((each) => !used.has(each))).toEqual([]);
});
