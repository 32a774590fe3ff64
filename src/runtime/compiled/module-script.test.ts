/** Runs `model.mjs` and its types as a developer gets them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileModel, type CompiledModel } from '../../engine/compile/compile-model';
import { exampleHtml, moduleScript, moduleTypes } from '../../engine/compile/module-script';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';

/** Each would end a string, a template, a comment, a line or a script if it was code. */
const hostile = [
  `'"\`);globalThis.hacked=1;//`,
  '${globalThis.hacked=1}',
  '*/globalThis.hacked=1;/*',
  '</script><script>globalThis.hacked=1</script>',
  '\u2028globalThis.hacked=1\n',
  '__proto__',
];

interface Script {
  load(options?: object): Promise<{
    run(feeds: unknown): Readonly<Record<string, Float32Array>>;
    readonly inputs: readonly { readonly name: string }[];
  }>;
}

const folder = mkdtempSync(join(tmpdir(), 'pareto-module-'));
const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href) as Promise<Script>;

/** Relu of every input, to an output whose name is as hostile. */
function hostileModel(): CompiledModel {
  const built = model(
    graph({
      nodes: hostile.map((name) => node('Relu', [name], [`${name}!`])),
      inputs: hostile.map((name) => valueInfo(name, [4])),
      outputs: hostile.map((name) => valueInfo(`${name}!`, [4])),
    }),
  );
  return compileModel(built).compiled!;
}

let compiled: CompiledModel;
beforeAll(() => {
  compiled = hostileModel();
  write('inline.mjs', moduleScript(compiled, { inline: true }));
  write('model.mjs', moduleScript(compiled, { inline: false }));
  write('model.d.mts', moduleTypes(compiled));
  write('model.wasm', compiled.modules.get('simd')!);
  write('model.relaxed.wasm', compiled.modules.get('relaxed')!);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const feedsOf = (values: readonly number[]) =>
  Object.fromEntries(hostile.map((name) => [name, Float32Array.from(values)]));

describe('model.mjs', () => {
  it.each(['model.mjs', 'inline.mjs'])('treats names of the model as text: %s', async (name) => {
    const before = Object.keys(globalThis);
    const loaded = await (await load(name)).load();
    expect(loaded.inputs.map((input) => input.name)).toEqual(hostile);
    const outputs = loaded.run(feedsOf([-1, 2, 0, 3]));
    expect(Object.keys(outputs)).toEqual(hostile.map((each) => `${each}!`));
    for (const each of Object.values(outputs)) expect([...each]).toEqual([0, 2, 0, 3]);
    expect(() => loaded.run({})).toThrow(`The input "${hostile[0]!}" is missing.`);
    expect(Object.keys(globalThis)).toEqual(before);
  });

  it('passes NaN and infinities through', async () => {
    const loaded = await (await load('model.mjs')).load();
    const [output] = Object.values(loaded.run(feedsOf([Number.NaN, Infinity, -Infinity, -0])));
    expect([...output!].slice(0, 3)).toEqual([Number.NaN, Infinity, 0]);
  });

  it('returns copies, which later runs and other instances leave as they are', async () => {
    const script = await load('model.mjs');
    const [first, second] = [await script.load({ build: 'simd' }), await script.load()];
    const [name] = hostile;
    const kept = first.run(feedsOf([1, 2, 3, 4]))[`${name!}!`]!;
    first.run(feedsOf([5, 6, 7, 8]));
    second.run(feedsOf([9, 9, 9, 9]));
    expect([...kept]).toEqual([1, 2, 3, 4]);
  });

  it('takes bytes in place of its file, and refuses a build that it lacks', async () => {
    const wasm = compiled.modules.get('simd')!;
    for (const name of ['model.mjs', 'inline.mjs']) {
      const loaded = await (await load(name)).load({ wasm });
      expect(Object.values(loaded.run(feedsOf([1, -1, 1, -1])))[0]).toEqual(Float32Array.of(1, 0, 1, 0));
    }
    await expect((await load('model.mjs')).load({ build: 'fast' })).rejects.toThrow('must be simd or relaxed');
  });

  it('runs in a worker', async () => {
    const feeds = JSON.stringify(hostile.map((name) => [name, [1, -1, 2, -2]]));
    const worker = new Worker(
      `import(${JSON.stringify(pathToFileURL(join(folder, 'inline.mjs')).href)}).then(async ({ load }) => {
        const model = await load();
        const feeds = Object.fromEntries(${feeds}.map(([name, values]) => [name, Float32Array.from(values)]));
        require('node:worker_threads').parentPort.postMessage(Object.values(model.run(feeds)));
      });`,
      { eval: true },
    );
    const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
    expect(answer).toEqual(hostile.map(() => Float32Array.of(1, 0, 2, 0)));
  });
});

describe('model.d.ts', () => {
  it('compiles under strict, and refuses other names and types', () => {
    const inputs = hostile.map((name) => `[${JSON.stringify(name)}]: new Float32Array(4),`).join('\n');
    write(
      'use.mts',
      `import { load, type Outputs } from './model.mjs';
const model = await load({ build: 'simd' });
const outputs: Outputs = model.run({ ${inputs} });
const values: Float32Array = outputs[${JSON.stringify(`${hostile[1]!}!`)}];
// @ts-expect-error another type
model.run({ ${inputs.replace('Float32Array', 'Int8Array')} });
// @ts-expect-error no such output
console.log(values, outputs.other);`,
    );
    const compiler = createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace('package.json', 'bin/tsc');
    const options = '--strict --noEmit --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext';
    const given = [compiler, ...options.split(' '), '--lib', 'es2022,dom', '--types', '', 'use.mts'];
    const { stdout, status } = spawnSync(process.execPath, given, { cwd: folder, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe('example.html', () => {
  it('holds the title and names as text, and asks for a server', () => {
    const html = exampleHtml(compiled, hostile[3]!);
    expect(html.match(/<\/?script/g)).toEqual(['<script', '</script']);
    expect(html).toContain('This page needs a server');
  });
});
