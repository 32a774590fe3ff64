/** Bundles the sources of the npm package, for Node and for browsers. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../preparation.mjs';

const { build } = createRequire(fileURLToPath(import.meta.resolve('tsx')))('esbuild');
const { resolve } = createRequire(import.meta.url);

/** Beside the bundles, which find them by their place. */
const decoders = {
  'mozjpeg_dec.wasm': '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  'webp_dec.wasm': '@jsquash/webp/codec/dec/webp_dec.wasm',
};

/** The sources that start workers by their places, each with those places and the places in the package. */
const workerPlaces = new Map([
  [
    'src/runtime/jobs/serve-worker.ts',
    { '../../../workers/session.ts': './session-worker.js', '../../../workers/thread.ts': './thread-worker.js' },
  ],
  ['library/browser.ts', { '../workers/library.ts': './library-worker.js' }],
]);

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  legalComments: 'none',
  logLevel: 'silent',
  metafile: true,
  minifySyntax: true,
};

/**
 * @param {string} folder  where the bundles go
 * @returns {Promise<string[]>} paths of the sources in them
 */
export async function bundleForNode(folder) {
  const { metafile } = await build({
    ...common,
    entryPoints: {
      index: 'library/index.ts',
      node: 'library/node.ts',
      shell: 'cli/main.ts',
      'session-thread': 'src/runtime/node/session-thread.ts',
      'library-thread': 'library/thread.ts',
    },
    outdir: folder,
    splitting: true,
    platform: 'node',
    target: 'node20',
    external: ['onnxruntime-web', 'playwright'],
    plugins: [packedFiles],
  });
  copyDecoders(folder);
  copyFileSync(path.join(root, 'cli/run-shell.mjs'), path.join(folder, 'run-shell.mjs'));
  const shell = path.join(folder, 'pareto.js');
  writeFileSync(
    shell,
    "#!/usr/bin/env node\nimport { runShell } from './run-shell.mjs';\n\nawait runShell(() => import('./shell.js'));\n",
  );
  chmodSync(shell, 0o755);
  return Object.keys(metafile.inputs);
}

/**
 * Workers are one file each: a bundler that joins them into a program of its own may split them no further.
 * @param {string} folder  where the bundles go
 * @returns {Promise<string[]>} paths of the sources in them
 */
export async function bundleForBrowsers(folder) {
  const forBrowsers = {
    ...common,
    outdir: folder,
    platform: 'browser',
    target: 'es2023',
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'production'],
    plugins: [placedWorkers, urlsOfFiles, placelessRuntime],
  };
  const entries = { index: 'library/index.ts', browser: 'library/browser.ts' };
  const bundles = [
    await build({ ...forBrowsers, entryPoints: entries, splitting: true }),
    // A bundler reads it as one text.
    await build({ ...forBrowsers, entryPoints: { 'library-worker': 'workers/library.ts' }, minify: true }),
    // Comments in it keep bundlers from following imports of addresses.
    await build({
      ...forBrowsers,
      entryPoints: { 'session-worker': 'workers/session.ts', 'thread-worker': 'workers/thread.ts' },
    }),
  ];
  copyDecoders(folder);
  return bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

/** @param {string} folder */
function copyDecoders(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(decoders)) copyFileSync(resolve(source), path.join(folder, name));
}

/** Files that the runtime opens lie elsewhere in a checkout. */
const packedFiles = {
  name: 'packed-files',
  /** @param {{ onResolve: Function }} compiler */
  setup({ onResolve }) {
    onResolve({ filter: /\/own-files$/ }, () => ({ path: path.join(root, 'src/runtime/node/packed-files.ts') }));
  },
};

const placedWorkers = {
  name: 'placed-workers',
  /** @param {{ onLoad: Function }} compiler */
  setup({ onLoad }) {
    onLoad({ filter: /(serve-worker|library.browser)\.ts$/ }, (/** @type {{ path: string }} */ file) => {
      const places = workerPlaces.get(path.relative(root, file.path).replaceAll('\\', '/'));
      if (places === undefined) throw new Error(`${file.path} starts no worker that is known.`);
      let contents = readFileSync(file.path, 'utf8');
      for (const [source, place] of Object.entries(places)) {
        if (!contents.includes(source)) throw new Error(`${file.path} does not start ${source}.`);
        contents = contents.replace(source, place);
      }
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * The page imports addresses of files as Vite names them. A file of onnxruntime-web is referenced by the name of that
 * package. The bundler of the library's user resolves it.
 */
const urlsOfFiles = {
  name: 'urls-of-files',
  /** @param {{ onResolve: Function, onLoad: Function }} compiler */
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?url$/ }, (/** @type {{ path: string }} */ file) => ({
      path: file.path.replace(/\?url$/, ''),
      namespace: 'url',
    }));
    onLoad({ filter: /.*/, namespace: 'url' }, (/** @type {{ path: string }} */ file) => {
      const own = Object.entries(decoders).find(([, source]) => source === file.path);
      const address = JSON.stringify(own === undefined ? file.path : `./${own[0]}`);
      return { contents: `export default new URL(${address}, import.meta.url).href;`, loader: 'js' };
    });
  },
};

/** onnxruntime-web names its own file to find itself. No bundle contains that file, and webpack would look for it. */
const placelessRuntime = {
  name: 'placeless-runtime',
  /** @param {{ onLoad: Function }} compiler */
  setup({ onLoad }) {
    onLoad({ filter: /onnxruntime-web.dist.ort\.\w+\.min\.mjs$/ }, (/** @type {{ path: string }} */ file) => {
      const text = readFileSync(file.path, 'utf8');
      const contents = text.replace(/(?<=new \w+\()"ort\.\w+\.min\.mjs",(?=import\.meta\.url\))/, '');
      if (contents === text) throw new Error(`${file.path} names itself in another way.`);
      return { contents, loader: 'js' };
    });
  },
};
