import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports, findCircles, importsOf } from './check-imports.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'pareto-imports-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, source = 'export {};'): void {
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(root, file), source);
}

/** The verdict on one import in a tree that holds the usual files. */
function verdict(importer: string, source: string): string | undefined {
  const files = ['src/engine/onnx/graph.ts', 'src/engine/onnx/graph.test.ts', 'src/engine/testing/models.ts'];
  files.push('src/engine/testing/run.runtime.ts');
  files.push(
    'src/runtime/session.ts',
    'src/runtime/jobs/serve-worker.ts',
    'src/work/optimize.ts',
    'cli/command.ts',
    'workers/benchmark.ts',
    'src/app/jobs/jobs.ts',
    'src/app/state/store.ts',
  );
  files.push('src/app/ui/features/start/Start.tsx', 'src/app/ui/features/report/Report.tsx', 'cli/pareto.ts');
  for (const file of files) write(file);
  write(importer, source);
  const [violation, ...more] = checkImports(root);
  expect(more).toEqual([]);
  return violation?.replace(/^\S+ /, '');
}

const namedForRuntime =
  'a test of the engine that needs a runtime is named *.runtime.test.ts, its helpers *.runtime.ts: it imports';

const startsWorkers = (room: string): string =>
  `${room} may import only types from src/runtime/jobs/serve-worker.ts (write "import type")`;

describe('import rules', () => {
  it.each([
    ['src/engine/analysis/x.ts', `import { g } from '../onnx/graph'; import * as v from 'valibot';`],
    ['src/runtime/x.ts', `import { g } from '../engine/onnx/graph'; import * as ort from 'onnxruntime-web/webgpu';`],
    ['src/runtime/x.ts', `import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';`],
    ['src/runtime/node/x.ts', `import fs from 'node:fs'; import { s } from '../session';`],
    ['workers/x.ts', `import { s } from '../src/runtime/session'; import * as Comlink from 'comlink';`],
    ['workers/x.ts', `import type { s } from '../src/runtime/jobs/serve-worker';`],
    ['src/work/x.ts', `import { s } from '../runtime/session'; import * as v from 'valibot';`],
    ['cli/x.ts', `import { o } from '../src/work/optimize';`],
    ['src/app/state/x.ts', `import type { o } from '../../work/optimize';`],
    ['cli/x.ts', `import { s } from '../src/runtime/session'; import fs from 'node:fs';`],
    ['src/app/jobs/x.ts', `import type { W } from '../../../workers/benchmark';`],
    ['src/app/jobs/x.ts', `new Worker(new URL('../../../workers/benchmark.ts', import.meta.url), { type: 'module' });`],
    ['src/app/state/x.ts', `import type { S } from '../../runtime/session';`],
    [
      'src/app/ui/features/start/deep/x.tsx',
      `import { S } from '../Start'; import { s } from '../../../../state/store';`,
    ],
    ['src/app/ui/window/x.tsx', `const r = import('../features/report/Report');`],
    ['src/app/state/x.ts', `import { version } from '../../../package.json';`],
    ['src/main.tsx', `import { s } from './app/state/store'; import { createRoot } from 'react-dom/client';`],
    ['src/engine/a/x.test.ts', `import { m } from '../testing/models'; import { g } from '../onnx/graph';`],
    ['src/engine/a/x.runtime.test.ts', `import { s } from '../../runtime/session'; import '../testing/run.runtime';`],
    ['src/engine/a/x.runtime.corpus.test.ts', `import { s } from '../../runtime/session';`],
    ['src/engine/testing/y.runtime.ts', `import { s } from '../../runtime/session'; import './run.runtime';`],
    ['src/runtime/x.test.ts', `import { s } from './session'; import '../engine/testing/run.runtime';`],
  ])('lets %s do: %s', (importer, source) => {
    expect(verdict(importer, source)).toBeUndefined();
  });

  it.each([
    ['src/engine/x.ts', `import { s } from '../runtime/session';`, 'engine may not import src/runtime/session.ts'],
    ['workers/x.ts', `import { s } from '../src/runtime/jobs/serve-worker';`, startsWorkers('workers')],
    ['src/work/x.ts', `import { s } from '../runtime/jobs/serve-worker';`, startsWorkers('work')],
    ['src/engine/x.ts', `import type { s } from '../app/jobs/jobs';`, 'engine may not import src/app/jobs/jobs.ts'],
    ['src/engine/x.ts', `import 'react';`, 'engine may not import react'],
    ['src/engine/x.ts', `import type { A } from 'comlink';`, 'engine may not import comlink'],
    ['src/engine/x.ts', `type T = import('onnxruntime-web').Tensor;`, 'engine may not import onnxruntime-web'],
    ['src/engine/x.ts', `const fs = await import('node:fs');`, 'engine may not import node:fs'],
    ['src/engine/x.ts', `export * from './onnx/graph.test';`, 'engine may not import what belongs to tests'],
    ['src/engine/x.ts', `import { m } from './testing/models';`, 'engine may not import what belongs to tests'],
    ['src/engine/x.ts', `import './testing/run.runtime';`, 'engine may not import what belongs to tests'],
    ...['src/engine/x.test.ts', 'src/engine/x.isolated.test.ts'].flatMap((test) => [
      [test, `import { s } from '../runtime/session';`, `${namedForRuntime} src/runtime/session.ts`],
      [test, `import './testing/run.runtime';`, `${namedForRuntime} src/engine/testing/run.runtime.ts`],
    ]),
    [
      'src/engine/testing/y.ts',
      `import { s } from '../../runtime/session';`,
      `${namedForRuntime} src/runtime/session.ts`,
    ],
    ['src/runtime/x.ts', `import { b } from '../../workers/benchmark';`, 'runtime may not import workers/benchmark.ts'],
    ['src/runtime/x.ts', `import fs from 'node:fs';`, 'runtime may not import node:fs'],
    ['workers/x.ts', `import { s } from '../src/app/state/store';`, 'workers may not import src/app/state/store.ts'],
    ['workers/x.ts', `import { j } from '../src/app/jobs/jobs';`, 'workers may not import src/app/jobs/jobs.ts'],
    ['src/work/x.ts', `import { c } from '../../cli/command';`, 'work may not import cli/command.ts'],
    ['src/runtime/x.ts', `import { o } from '../work/optimize';`, 'runtime may not import src/work/optimize.ts'],
    ['cli/x.ts', `import { s } from '../src/app/state/store';`, 'cli may not import src/app/state/store.ts'],
    [
      'src/app/jobs/x.ts',
      `import { type W } from '../../../workers/benchmark';`,
      'app jobs may import only types from workers/benchmark.ts (write "import type")',
    ],
    [
      'src/app/state/x.ts',
      `export { s } from '../../runtime/session';`,
      'app may import only types from src/runtime/session.ts (write "import type")',
    ],
    [
      'src/app/state/x.ts',
      `new Worker(new URL('../../../workers/benchmark.ts', import.meta.url));`,
      'app may not start workers/benchmark.ts',
    ],
    ['src/app/state/x.ts', `import 'comlink';`, 'app may not import comlink'],
    ['src/app/ui/window/x.tsx', `import 'onnx-proto';`, 'user interface may not import onnx-proto'],
    ['src/app/ui/window/x.tsx', `import('onnxruntime-web');`, 'user interface may not import onnxruntime-web'],
    ['src/app/ui/window/x.tsx', `import 'protobufjs/minimal';`, 'user interface may not import protobufjs'],
    [
      'src/app/ui/window/x.tsx',
      `import type { W } from '../../../../workers/benchmark';`,
      'user interface may not import workers/benchmark.ts',
    ],
    [
      'src/app/ui/features/start/x.tsx',
      `import { R } from '../report/Report';`,
      'the feature start may not import the feature report',
    ],
    [
      'src/app/ui/features/start/x.tsx',
      `import('../report/Report');`,
      'the feature start may not import the feature report',
    ],
  ])('catches in %s: %s', (importer, source, violation) => {
    expect(verdict(importer, source)).toBe(violation);
  });

  it('names the line', () => {
    write('src/engine/x.ts', `// a\n\nimport 'react';\n`);
    expect(checkImports(root)).toEqual(['src/engine/x.ts:3: engine may not import react']);
  });

  it('finds every way to import', () => {
    const source = `import a from 'a'; import type { B } from 'b'; export * from 'c'; export type { D } from 'd';
      import('e'); type F = import('f').F; new URL('g', import.meta.url); new URL('h', 'https://example.org'); export const i = 1;`;
    expect(importsOf(source).map(({ specifier, kind }) => `${specifier} ${kind}`)).toEqual([
      'a value',
      'b type',
      'c value',
      'd type',
      'e value',
      'f type',
      'g url', // prettier-ignore
    ]);
  });
});

describe('the floors of engine, runtime and app', () => {
  it.each([
    ['src/engine/onnx/x.ts', 'import type { F } from "../data/feeds";', 'stands above'],
    ['src/engine/format.ts', 'import { cap } from "./metrics/cell";', 'stands above'],
    ['src/engine/metrics/x.ts', 'import { f } from "../data/feeds"; import { e } from "../errors";', undefined],
    ['src/engine/passes/x.ts', 'import { t } from "../training/trainer"; import { i } from "../inference";', undefined],
    ['src/runtime/session/x.ts', 'import { s } from "../models/shelf";', 'stands above'],
    ['src/runtime/session/x.ts', 'import type { S } from "../models/shelf";', undefined],
    ['src/runtime/models/x.ts', 'import { s } from "./shelf"; import { o } from "../session/open";', undefined],
    ['src/app/state/jobs/x.ts', 'import { m } from "../models/m";', 'stands above'],
    ['src/app/state/models/x.ts', 'import { c } from "../../commands/c";', 'stands above'],
    ['src/app/platform/x.ts', 'import { m } from "../state/models/m";', 'stands above'],
    ['src/app/state/jobs/x.ts', 'import type { M } from "../models/m"; import("../models/m");', undefined],
    ['src/app/commands/x.ts', 'import { m } from "../state/models/m";', undefined],
  ])('%s with %s', (importer, source, expected) => {
    const files = ['data/feeds', 'metrics/cell', 'errors', 'training/trainer', 'inference'];
    for (const file of files) write(`src/engine/${file}.ts`);
    for (const file of ['session/open', 'models/shelf']) write(`src/runtime/${file}.ts`);
    for (const file of ['state/models/m', 'commands/c']) write(`src/app/${file}.ts`);
    const said = verdict(importer, source);
    if (expected === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(expected);
  });

  it('refuses a folder without an assigned place', () => {
    write('src/engine/novelty/x.ts', `import { e } from '../errors';`);
    write('src/engine/errors.ts');
    expect(() => checkImports(root)).toThrow('engine/novelty has no place');
    rmSync(path.join(root, 'src/engine/novelty'), { recursive: true });
    write('src/runtime/novelty/x.ts', `import { e } from '../session/e';`);
    write('src/runtime/session/e.ts');
    expect(() => checkImports(root)).toThrow('runtime/novelty has no place');
    rmSync(path.join(root, 'src/runtime/novelty'), { recursive: true });
    write('src/app/state/novelty/x.ts', `import { j } from '../jobs/j';`);
    write('src/app/state/jobs/j.ts');
    expect(() => checkImports(root)).toThrow('app/state/novelty has no place');
  });
});

describe('circles', () => {
  it.each([
    ['by a value', `import './a';`],
    ['by a type', `import type { A } from './a';`],
    ['by a type in place', `export type A = import('./a').A;`],
    ['by import()', `export const a = () => import('./a');`],
    ['by passing it on', `export { a } from './a';`],
  ])('finds files that import each other %s', (_how, last) => {
    write('src/engine/a.ts', `import type { B } from './b';`);
    write('src/engine/b.ts', `export { c } from './c';`);
    write('src/engine/c.ts', last);
    expect(checkImports(root)).toEqual(['src/engine/a.ts: imports itself by src/engine/b.ts, src/engine/c.ts']);
  });

  it.each(['src/runtime/session', 'src/app/state', 'workers', 'cli'])('finds them in %s as well', (folder) => {
    write(`${folder}/a.ts`, `export const b = () => import('./b');`);
    write(`${folder}/b.ts`, `import type { A } from './a';`);
    expect(checkImports(root)).toEqual([`${folder}/a.ts: imports itself by ${folder}/b.ts`]);
  });

  it('lets a file start a worker that imports it', () => {
    write('src/runtime/node/host.ts', `new URL('./thread.ts', import.meta.url);`);
    write('src/runtime/node/thread.ts', `import './host';`);
    expect(checkImports(root)).toEqual([]);
  });

  it('catch a worker that starts a worker, also through its imports', () => {
    write(
      'workers/a.ts',
      `import { b } from '../src/runtime/session/b'; import type { T } from '../src/runtime/session/t';`,
    );
    write('src/runtime/session/b.ts', `export const b = () => import('./c');`);
    write('src/runtime/session/c.ts', `export {};\nnew Worker('x.js');`);
    for (const unloaded of ['src/runtime/session/t.ts', 'src/app/jobs/page.ts']) write(unloaded, `new Worker('x.js');`);
    expect(checkImports(root)).toEqual([
      'src/runtime/session/c.ts:2: a worker may not start a worker; the page does (page-link.ts)',
    ]);
  });

  it('finds each of several', () => {
    const imported = new Map([
      ['a', ['b', 'c']],
      ['b', ['a']],
      ['c', ['d']],
      ['d', ['c']],
      ['e', ['a', 'c']],
    ]);
    expect(findCircles(imported)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });
});

describe('small files with one reader', () => {
  const writeSmall = (
    count: number,
    linesOf: (at: number) => number,
    importOf = (at: number) => `import './p${at}';`,
  ) => {
    for (let at = 0; at < count; at++) write(`src/engine/p${at}.ts`, 'export const x = 1;\n'.repeat(linesOf(at)));
    write('src/engine/whole.ts', Array.from({ length: count }, (_, at) => importOf(at)).join('\n'));
  };

  it('may be fifteen; one more is told, with all of them', () => {
    writeSmall(15, () => 30);
    expect(checkImports(root)).toEqual([]);
    writeSmall(16, () => 30);
    const [said = '', ...more] = checkImports(root);
    expect(more).toEqual([]);
    expect(said).toMatch(/^16 files of at most 30 lines are read by one file beside them; at most 15 may be\./);
    expect(said).toContain('src/engine/p15.ts (read by whole.ts)');
  });

  it.each([
    ['longer ones', () => writeSmall(16, (at) => (at === 0 ? 31 : 1))],
    ['those of two readers', () => (writeSmall(16, () => 1), write('src/engine/other.ts', `import './p0';`))],
    [
      'those that load later',
      () =>
        writeSmall(
          16,
          () => 1,
          (at) => (at === 0 ? `import('./p0');` : `import './p${at}';`),
        ),
    ],
  ])('do not count %s', (_which, prepare) => {
    prepare();
    expect(checkImports(root)).toEqual([]);
  });

  it('count whether or not tests read them', () => {
    writeSmall(16, () => 1);
    write('src/engine/whole.test.ts', `import './p0';`);
    expect(checkImports(root)).toHaveLength(1);
  });

  it('do not count if the reader is in another folder', () => {
    writeSmall(16, () => 1);
    write('src/engine/whole.ts');
    write('src/engine/onnx/whole.ts', Array.from({ length: 16 }, (_, at) => `import '../p${at}';`).join('\n'));
    expect(checkImports(root)).toHaveLength(0);
  });
});
