/**
 * Writes the npm package as one tarball: the command line and the library, bundled, with types, and the built page, which
 * `pareto studio` serves. `npm run package` prints its path.
 *
 * Packages that it stands on are bundled, but for onnxruntime-web, whose WASM is larger than the rest: the page lacks it too.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint, forgetOldBundles } from '../src/runtime/node/bundle.mjs';
import { bundleForBrowsers, bundleForNode } from './package/bundle-package.mjs';
import { noticesOf } from './package/third-party-notices.mjs';
import { writeTypes } from './package/write-types.mjs';
import { buildIfNeeded, root } from './preparation.mjs';

export const packageName = 'pareto-onnx';

/** Besides onnxruntime-web. */
export const mostPackedBytes = 10_000_000;

/** Larger samples stay out of the page in the package. */
const largestSampleBytes = 1_000_000;

const cache = path.join(root, 'node_modules', '.cache', 'pareto-package');
const sourceFolders = ['cli', 'library', 'scripts', 'src', 'workers'];
const documentFolders = ['guide', 'reference', 'design'];
const documents = documentFolders.flatMap((folder) =>
  readdirSync(path.join(root, 'docs', folder)).map((file) => `docs/${folder}/${file}`),
);
const imageOrLinkOut = new RegExp(
  String.raw`!\[[^\]]*\]\([^)]*\)|\[([^\]]*)\]\(\.\./(?!${documentFolders.join('|')})[^)]*\)`,
  'g',
);
const otherSources = [
  ...documents,
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.library.json',
  'library/README.md',
  'CHANGELOG.md',
  'LICENSE',
  // Its list of the page's files changes with each of them.
  'dist/service-worker.js',
];

/**
 * @typedef {object} BuiltPackage
 * @property {string} folder   with the files of the package
 * @property {string} tarball
 * @property {number} packedBytes
 */

/**
 * The package of the present sources, built now if any is new. Tests of one run share it.
 * @returns {Promise<BuiltPackage>}
 */
export async function packageIfNeeded() {
  await buildIfNeeded();
  const { GITHUB_REPOSITORY: place = '' } = process.env;
  const built = path.join(cache, fingerprint(root, sourceFolders, otherSources) + place.replace('/', '+'));
  if (!existsSync(built)) {
    const unfinished = `${built}.${process.pid}`;
    try {
      mkdirSync(cache, { recursive: true });
      forgetOldBundles(cache);
      await buildPackage(unfinished);
      renameSync(unfinished, built);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      // Another process may have been faster.
      if (!existsSync(built)) throw error;
    }
  }
  const { version } = readJson('package.json');
  const tarball = path.join(built, `${packageName}-${version}.tgz`);
  return { folder: path.join(built, 'package'), tarball, packedBytes: statSync(tarball).size };
}

/** @param {string} target */
async function buildPackage(target) {
  const folder = path.join(target, 'package');
  mkdirSync(folder, { recursive: true });
  const bundled = [
    ...(await bundleForNode(path.join(folder, 'dist', 'node'))),
    ...(await bundleForBrowsers(path.join(folder, 'dist', 'browser'))),
  ];
  copyPage(path.join(folder, 'dist', 'node', 'page'));
  await writeTypes(path.join(folder, 'dist', 'types'));
  cpSync(path.join(root, 'library', 'README.md'), path.join(folder, 'README.md'));
  for (const file of ['LICENSE', 'CHANGELOG.md']) cpSync(path.join(root, file), path.join(folder, file));
  copyDocuments(folder);
  writeFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), noticesOf(bundled));
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  const { status, stderr, error } = spawnSync('npm', ['pack', '--ignore-scripts', '--pack-destination', target], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw error ?? new Error(`npm pack failed.\n${stderr}`);
}

/**
 * Copies the documents that messages name, without their images and their links to what is not in the package.
 * @param {string} folder
 */
function copyDocuments(folder) {
  for (const document of documents) {
    const text = readFileSync(path.join(root, document), 'utf8').replaceAll(imageOrLinkOut, '$1');
    mkdirSync(path.join(folder, path.dirname(document)), { recursive: true });
    writeFileSync(path.join(folder, document), text);
  }
}

/**
 * Copies the built page without the builds of onnxruntime-web, the page of `--browser` and large samples.
 * @param {string} folder
 */
function copyPage(folder) {
  const built = path.join(root, 'dist');
  const leftOut = /^(bench\.html|manifest-of-chunks\.json|assets\/(bench-[\w-]+\.js|ort-wasm-[^/]*\.(wasm|packed)))$/;
  cpSync(built, folder, {
    recursive: true,
    filter(source) {
      const file = path.relative(built, source).replaceAll(path.sep, '/');
      return !leftOut.test(file) && !(file.startsWith('samples/') && statSync(source).size > largestSampleBytes);
    },
  });
  const list = path.join(folder, 'samples', 'samples.json');
  const { samples } = JSON.parse(readFileSync(list, 'utf8'));
  const kept = samples.filter((/** @type {{ file: string }} */ { file }) =>
    existsSync(path.join(folder, 'samples', file)),
  );
  writeFileSync(list, JSON.stringify({ samples: kept }));
}

/** The package.json of the package. Its entries are those of `library/`. */
export function manifest() {
  const { version, license, engines, dependencies } = readJson('package.json');
  // The place of the release: npm compares it with the place that signs the package.
  const { GITHUB_REPOSITORY } = process.env;
  const place = GITHUB_REPOSITORY && `https://github.com/${GITHUB_REPOSITORY}`;
  const types = (/** @type {string} */ entry) => `./dist/types/library/${entry}.d.ts`;
  return {
    name: packageName,
    version,
    description: 'Makes ONNX models smaller and faster, and measures what that cost. Command line, library and studio.',
    keywords: ['onnx', 'quantization', 'pruning', 'onnxruntime', 'onnxruntime-web', 'machine-learning'],
    license,
    ...(place && {
      homepage: `${place}#readme`,
      repository: { type: 'git', url: `git+${place}.git` },
      bugs: { url: `${place}/issues` },
    }),
    type: 'module',
    engines,
    bin: { pareto: 'dist/node/pareto.js' },
    exports: {
      '.': { types: types('index'), node: './dist/node/index.js', default: './dist/browser/index.js' },
      './node': { types: types('node'), default: './dist/node/node.js' },
      './browser': { types: types('browser'), default: './dist/browser/browser.js' },
      './package.json': './package.json',
    },
    files: ['dist', 'docs', 'CHANGELOG.md', 'THIRD-PARTY-NOTICES.txt'],
    // npm refuses provenance outside of a workflow.
    publishConfig: { access: 'public', ...(place && { provenance: true }) },
    // Exactly this version: its WASM is loaded by glue of the same version.
    dependencies: { 'onnxruntime-web': dependencies['onnxruntime-web'] },
    // For `benchmark --ep native`. Its sessions describe their inputs from this version on.
    peerDependencies: { 'onnxruntime-node': '>=1.22' },
    peerDependenciesMeta: { 'onnxruntime-node': { optional: true } },
  };
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { tarball, packedBytes } = await packageIfNeeded();
  if (packedBytes > mostPackedBytes) {
    throw new Error(`The package has ${packedBytes} bytes, and at most ${mostPackedBytes} are allowed.`);
  }
  const copy = path.join(root, '.cache', path.basename(tarball));
  mkdirSync(path.dirname(copy), { recursive: true });
  cpSync(tarball, copy);
  console.log(`${path.relative(root, copy)}, ${packedBytes} bytes`);
}
