import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from './preparation.mjs';

const statements = (count: number) => Array.from({ length: count }, (_, index) => `  add(${index});`).join('\n');
const longFunction = `import { add } from './add';\nexport function f(): void {\n${statements(61)}\n}\n`;
const timed = `export const started = performance.now();`;
const mocked = `import { vi } from 'vitest';\nvi.mock(import('./a'), () => ({ a: 1 }));`;
const hook = `import { useEffect, useState } from 'react';\n`;

/** Name of the file, its source, and the rule that must object (null: none may). */
const cases: [name: string, source: string, rule: string | null][] = [
  ['src/console.ts', `console.log('a');`, 'no-console'],
  ['cli/console.ts', `console.log('a');`, null],
  ['src/long-file.ts', `import { add } from './add';\n${statements(401)}`, 'max-lines'],
  ['src/long-function.ts', longFunction, 'max-lines-per-function'],
  ['src/long-function.test.ts', longFunction, null],
  ['src/any.ts', `export const a = (value: any): unknown => value;`, 'no-explicit-any'],
  ['src/type-import.ts', `import { T } from './t';\nexport const a: T = 1;`, 'consistent-type-imports'],
  ['src/ignore.ts', `// @ts-ignore\nexport const a = 1;`, 'ban-ts-comment'],
  ['src/eval.ts', `eval('1');`, 'no-eval'],
  ['src/equal.ts', `import { a } from './a';\nexport const b = a == 1;`, 'eqeqeq'],
  ['src/cycle-a.ts', `import { b } from './cycle-b';\nexport const a = () => b;`, 'no-cycle'],
  ['src/cycle-b.ts', `import { a } from './cycle-a';\nexport const b = () => a;`, 'no-cycle'],
  ['src/only.test.ts', `import { it } from 'vitest';\nit.only('a', () => {});`, 'no-focused-tests'],
  ['src/skip.test.ts', `import { it } from 'vitest';\nit.skip('a', () => {});`, 'no-disabled-tests'],
  ['src/nothing.test.ts', `import { it } from 'vitest';\nit('a', () => {});`, 'expect-expect'],
  ['src/clock.test.ts', timed, 'no-restricted-properties'],
  ['src/clock.timing.test.ts', timed, null],
  ['src/clock.ts', timed, null],
  ['src/mock.test.ts', mocked, 'no-restricted-vi-methods'],
  ['src/mock.isolated.test.ts', mocked, null],
  ['src/Danger.tsx', `export const D = () => <p dangerouslySetInnerHTML={{ __html: '' }} />;`, 'no-danger'],
  ['src/Hook.tsx', `${hook}export const H = (p: { a: boolean }) => (p.a ? useState(1)[0] : null);`, 'rules-of-hooks'],
  [
    'src/Effect.tsx',
    `${hook}export function E({ a }: { a: () => void }) { useEffect(() => a(), []); return null; }`,
    'exhaustive-deps',
  ],
  ['src/Image.tsx', `export const I = () => <img src="a.png" />;`, 'alt-text'],
];

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

let root: string;
let diagnostics: readonly Diagnostic[];

beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'pareto-lint-'));
  copyFileSync(fileURLToPath(new URL('../.oxlintrc.json', import.meta.url)), path.join(root, '.oxlintrc.json'));
  for (const [name, source] of cases) {
    mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(root, name), `${source}\n`);
  }
  const { stdout } = spawnSync(tool('oxlint'), ['--format', 'json'], { cwd: root, encoding: 'utf8' });
  ({ diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] });
});
afterAll(() => rmSync(root, { recursive: true }));

describe('lint rules', () => {
  it.each(cases)('%s', (name, _source, rule) => {
    const rules = diagnostics
      .filter(({ filename }) => filename === name)
      .map(({ code }) => code.replace(/^.*\((.*)\)$/, '$1'));
    expect(rules).toEqual(rule === null ? [] : expect.arrayContaining([rule]));
  });
});
