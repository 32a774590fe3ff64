/** The bundle of the command line, on a small checkout of its own. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const cacheFolder = 'node_modules/.cache/pareto';
let checkout = '';

const write = (file: string, text: string) => writeFileSync(join(checkout, file), text);

/** The output of the command shows its origin and the neighbors that it found. */
const main = (word: string) => `
import { word } from '../src/engine/word';
export async function main(args: readonly string[]): Promise<number> {
  const { neighbor } = await import('../src/runtime/neighbor');
  const origin = new Error().stack!.includes('.cache') ? 'bundle' : 'sources';
  process.stdout.write([origin, '${word}', word, neighbor, ...args].join(' '));
  return 3;
}`;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'pareto-bundle-'));
  for (const folder of ['cli', 'library', 'scripts', 'src/engine', 'src/runtime/node', 'src/work', 'node_modules']) {
    mkdirSync(join(checkout, folder), { recursive: true });
  }
  for (const name of ['tsx', 'esbuild', '@esbuild', 'get-tsconfig', 'resolve-pkg-maps']) {
    if (existsSync(join(root, 'node_modules', name))) {
      symlinkSync(join(root, 'node_modules', name), join(checkout, 'node_modules', name));
    }
  }
  for (const name of ['cli/pareto.mjs', 'cli/run-shell.mjs', 'src/runtime/node/bundle.mjs']) {
    cpSync(join(root, name), join(checkout, name));
  }
  write('package.json', '{ "type": "module" }');
  write('src/engine/word.ts', `export const word: string = 'one';`);
  write('src/runtime/neighbor.ts', `export const neighbor = new URL('./x.mjs', import.meta.url).pathname;`);
  write('cli/main.ts', main('first'));
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const command = () => [join(checkout, 'cli/pareto.mjs')];
const neighbor = () => join(checkout, 'src/runtime/x.mjs');
const bundles = () => (existsSync(join(checkout, cacheFolder)) ? readdirSync(join(checkout, cacheFolder)) : []);

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command(), ...args], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(3);
  return stdout;
}

describe('the bundled command line', () => {
  it('is built on the first run, used by the next, and finds the neighbors of its sources', () => {
    expect(run('a', 'b')).toBe(`bundle first one ${neighbor()} a b`);
    const [bundle, ...others] = bundles();
    expect(others).toEqual([]);
    const built = statSync(join(checkout, cacheFolder, bundle!, 'main.mjs')).mtimeMs;
    expect(run()).toBe(`bundle first one ${neighbor()}`);
    expect(statSync(join(checkout, cacheFolder, bundle!, 'main.mjs')).mtimeMs).toBe(built);
  });

  it('is built again when a source changes, and old ones go', () => {
    run();
    const [old] = bundles();
    write('src/engine/word.ts', `export const word: string = 'three';`);
    expect(run()).toContain('bundle first three');
    expect(bundles()).toHaveLength(2);
    utimesSync(join(checkout, cacheFolder, old!), 0, 0);
    write('cli/main.ts', main('second'));
    expect(run()).toContain('bundle second three');
    expect(bundles()).toHaveLength(2);
    expect(bundles()).not.toContain(old);
  });

  it('is not built from tests', () => {
    run();
    write('src/engine/word.test.ts', 'not even a program');
    run();
    expect(bundles()).toHaveLength(1);
  });

  it('is one whole bundle when several processes build it at once', async () => {
    const outputs = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, command());
        let output = '';
        child.stdout.on('data', (data: Buffer) => (output += data.toString()));
        await new Promise((resolve) => child.on('close', resolve));
        return output;
      }),
    );
    expect(new Set(outputs)).toEqual(new Set([`bundle first one ${neighbor()}`]));
    expect(bundles()).toHaveLength(1);
  });

  it('falls back to the sources if no bundle can be made, and to show their lines', () => {
    expect(run('--debug')).toBe(`sources first one ${neighbor()} --debug`);
    expect(bundles()).toEqual([]);
    mkdirSync(join(checkout, 'node_modules/.cache'));
    write(cacheFolder, 'a file where the folder belongs');
    expect(run()).toBe(`sources first one ${neighbor()}`);
  });
});
