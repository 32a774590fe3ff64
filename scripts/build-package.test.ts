/** The npm package, unpacked in a bare folder: what it holds, its command line, its types and the examples. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { manifest, mostPackedBytes, packageIfNeeded, packageName } from './build-package.mjs';
import { flagsOfShortSessions } from '../src/runtime/node/test-browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const sample = join(root, 'public/samples/digits-mlp.onnx');
/** A process of Node whose sessions are short. */
const runNode = (...parameters: readonly string[]) => run(process.execPath, ...flagsOfShortSessions, ...parameters);
const example = (path: string) => join(root, 'examples', path);

/** The address of a file beside a module, also through another name of `URL`. */
const placed = /new \w+\(\s*["']([^"']+)["'],\s*import\.meta\.url/g;

let folder = '';
let packed: Awaited<ReturnType<typeof packageIfNeeded>>;
const installed = () => join(folder, 'node_modules', packageName);

beforeAll(async () => {
  packed = await packageIfNeeded();
  folder = mkdtempSync(join(tmpdir(), 'pareto-package-'));
  mkdirSync(installed(), { recursive: true });
  run('tar', '-xzf', packed.tarball, '-C', installed(), '--strip-components=1');
  symlinkSync(join(root, 'node_modules/onnxruntime-web'), join(folder, 'node_modules/onnxruntime-web'), 'junction');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nothing of the checkout helps: neither its folder nor its environment. */
function run(command: string, ...parameters: readonly string[]): string {
  const env = { PATH: process.env.PATH, HOME: folder };
  const { status, stdout, stderr } = spawnSync(command, parameters, { cwd: folder, encoding: 'utf8', env });
  expect(status, `${command} ${parameters.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

describe('the package', () => {
  it('is small, and holds the page without the runtime, and no sources', () => {
    expect(packed.packedBytes).toBeLessThan(mostPackedBytes);
    const files = readdirSync(installed(), { recursive: true, encoding: 'utf8' });
    const ofPage = (file: string) => file.startsWith(join('dist', 'node', 'page'));
    expect(files.filter((file) => /\.map$|(?<!\.d)\.ts$|ort-wasm[^/]*\.(wasm|packed)$|bench\.html/.test(file))).toEqual(
      [],
    );
    expect(files.filter((file) => /\.(html|css|onnx)$/.test(file) && !ofPage(file))).toEqual([]);
    expect(files).toContain(join('dist', 'node', 'page', 'index.html'));
    const { dependencies, exports, bin } = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8')) as {
      dependencies: object;
      exports: Record<string, Record<string, string> | string>;
      bin: Record<string, string>;
    };
    expect(Object.keys(dependencies)).toEqual(['onnxruntime-web']);
    const named = [
      ...Object.values(exports).flatMap((each) => Object.values(Object(each) as object)),
      ...Object.values(bin),
    ];
    for (const file of named as string[])
      if (file.length > 1) expect(existsSync(join(installed(), file)), file).toBe(true);
  });

  it('passes the check of npm before it is published', () => {
    const alone = ['--registry=http://127.0.0.1:9', '--fetch-retries=0'];
    const { status, stderr } = spawnSync('npm', ['publish', '--dry-run', ...alone, packed.tarball], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder },
    });
    expect(status, stderr).toBe(0);
    expect(stderr).not.toMatch(/auto-corrected|npm error/);
  });

  it('names its place if a workflow builds it, and never guesses one', () => {
    vi.stubEnv('GITHUB_REPOSITORY', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(Object.keys(manifest())).not.toEqual(expect.arrayContaining(['repository']));
    expect(manifest().publishConfig).toEqual({ access: 'public' });
    vi.stubEnv('GITHUB_REPOSITORY', 'a/b');
    expect(manifest()).toMatchObject({
      homepage: 'https://github.com/a/b#readme',
      repository: { type: 'git', url: 'git+https://github.com/a/b.git' },
      bugs: { url: 'https://github.com/a/b/issues' },
      publishConfig: { access: 'public', provenance: true },
    });
  });

  it('includes the licenses of its bundled packages', () => {
    const notices = readFileSync(join(installed(), 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['onnx-proto', 'protobufjs', 'fflate', 'comlink', '@jsquash/webp', 'Independent JPEG Group'])
      expect(notices).toContain(name);
  });

  it('includes its documents, and each file that they link to', () => {
    const pages = readdirSync(installed(), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.md'),
    );
    for (const page of ['README.md', 'CHANGELOG.md', 'docs/guide/use-it-from-code.md', 'docs/reference/limits.md'])
      expect(pages).toContain(join(page));
    const links = pages.flatMap((page) =>
      [...readFileSync(join(installed(), page), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) =>
        join(installed(), page, '..', link),
      ),
    );
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });

  it('names by place only files that a bundler finds', () => {
    const browser = join(installed(), 'dist/browser');
    const { resolve } = createRequire(join(browser, 'browser.js'));
    const named = readdirSync(browser)
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => [...readFileSync(join(browser, file), 'utf8').matchAll(placed)].map(([, path = '']) => path));
    expect(named.length).toBeGreaterThan(8);
    for (const path of named) {
      // A path without a dot is looked for beside the module too.
      if (!existsSync(join(browser, path))) expect(() => resolve(path), path).not.toThrow();
    }
  });

  it('serves the page, the model and the runtime that npm installs beside it', async () => {
    const shell = spawn(process.execPath, [join(installed(), 'dist/node/pareto.js'), 'studio', sample, '--port', '0'], {
      env: { PATH: process.env.PATH, HOME: folder },
    });
    try {
      const [printed] = (await once(shell.stdout, 'data')) as [Buffer];
      const [address = ''] = /http:\/\/localhost:\d+\/\S*/.exec(String(printed)) ?? [];
      const { origin, searchParams } = new URL(address);
      const at = (path: string) => fetch(new URL(path, origin.replace('localhost', '127.0.0.1')));
      expect(await (await at('/')).text()).toContain('<title>Pareto');
      const model = new Uint8Array(await (await at(`/${searchParams.get('open')}`)).arrayBuffer());
      expect(Buffer.from(model).equals(readFileSync(sample))).toBe(true);
      const worker = await (await at('/service-worker.js')).text();
      const runtimes = [...new Set(worker.match(/assets\/ort-wasm-[\w.-]+\.(wasm|packed)/g))];
      expect(runtimes).toHaveLength(3);
      for (const path of runtimes) {
        const bytes = new Uint8Array(await (await at(path)).arrayBuffer());
        expect([path, ...bytes.slice(0, 4)]).toEqual([path, 0, 0x61, 0x73, 0x6d]);
      }
      const { samples } = (await (await at('/samples/samples.json')).json()) as { samples: { file: string }[] };
      expect(samples.length).toBeGreaterThan(4);
      for (const { file } of samples) expect((await at(`/samples/${file}`)).status).toBe(200);
      expect((await at('/opened/other.onnx')).status).toBe(404);
    } finally {
      shell.kill('SIGINT');
    }
    expect(await once(shell, 'exit')).toEqual([0, null]);
  });

  it('runs commands, with sessions in threads', () => {
    const shell = join(installed(), 'dist/node/pareto.js');
    runNode(shell, 'optimize', sample, '-o', 'smaller.onnx', '--goal', 'smaller');
    const data = join(root, 'public/samples/digits-evaluation.npz');
    const given = ['evaluate', 'smaller.onnx', '--against', sample, '--data', data, '--limit', '50', '--json'];
    const printed = JSON.parse(runNode(shell, ...given)) as { metrics: { top1: { value: number } } };
    expect(printed.metrics.top1.value).toBeGreaterThan(0.9);
  });

  it('decodes pictures with its own files', () => {
    const pictures = join(root, 'src/engine/data/pictures/fixtures/files');
    const model = join(root, 'public/samples/face_detection_front_128x128_barracuda.onnx');
    writeFileSync(
      join(folder, 'look.mjs'),
      `import { readFile } from 'node:fs/promises';
       import { evaluate } from '${packageName}/node';
       const files = {};
       for (const name of ['jpeg-rgb.jpg', 'webp-alpha.webp']) files[name] = await readFile('${pictures}/' + name);
       const model = await readFile(${JSON.stringify(model)});
       const { samples, skippedSamples } = await evaluate(model, { against: model, data: { files } });
       console.log(JSON.stringify({ samples, skippedSamples }));`,
    );
    expect(JSON.parse(runNode('look.mjs'))).toEqual({ samples: 2, skippedSamples: [] });
  });
});

describe('its examples', () => {
  it('a script of Node', () => {
    cpSync(example('node-script/shrink.mjs'), join(folder, 'shrink.mjs'));
    expect(runNode('shrink.mjs', sample)).toMatch(/smaller\.onnx: \d+ → \d+ bytes/);
  });

  it('a route of Next.js, run by Node as a handler', async () => {
    const { transformSync } = createRequire(fileURLToPath(import.meta.resolve('tsx')))('esbuild') as {
      transformSync: (text: string, options: object) => { readonly code: string };
    };
    const source = readFileSync(example('next-route/app/api/optimize/route.ts'), 'utf8');
    writeFileSync(join(folder, 'route.mjs'), transformSync(source, { loader: 'ts' }).code);
    writeFileSync(
      join(folder, 'ask.mjs'),
      `import { readFile } from 'node:fs/promises';
       import { POST } from '${pathToFileURL(join(folder, 'route.mjs')).href}';
       const ask = (query, body) => POST(new Request('http://localhost/api/optimize' + query, { method: 'POST', body }));
       const made = await ask('?goal=smaller', await readFile(${JSON.stringify(sample)}));
       const refused = await ask('', 'no model');
       console.log(JSON.stringify([made.status, (await made.arrayBuffer()).byteLength, await refused.json(), (await ask('?goal=fame', '')).status]));`,
    );
    const [status, bytes, refused, unknown] = JSON.parse(runNode('ask.mjs')) as [number, number, object, number];
    expect([status, unknown]).toEqual([200, 400]);
    expect(bytes).toBeLessThan(readFileSync(sample).length);
    expect(refused).toMatchObject({ code: expect.stringMatching(/^format\//) as string });
  });

  it.each(['nodenext', 'bundler'])('types that hold for "moduleResolution": "%s"', (moduleResolution) => {
    cpSync(example('next-route/app/api/optimize/route.ts'), join(folder, 'route.ts'));
    writeFileSync(
      join(folder, 'all-entries.ts'),
      `import { diff, inspect, type Inspection } from '${packageName}';
       import { search } from '${packageName}/browser';
       export const inspection: Promise<Inspection> = inspect(new Uint8Array());
       export const found = (await search(new Uint8Array(), { limits: { accuracyLoss: 0.01 } })).report.candidates[0]?.recipe.steps;
       // @ts-expect-error A goal is one of four.
       export const wrong = (await import('${packageName}/node')).optimize(new Uint8Array(), { goal: 'fame' });
       export const same: number = (await diff(new Uint8Array(), new Uint8Array())).same;`,
    );
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: 'es2023', lib: ['es2023', 'dom'], types: [], moduleResolution },
      module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
    };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['route.ts', 'all-entries.ts'] }),
    );
    expect(run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--singleThreaded')).toBe(
      '',
    );
  });
});
