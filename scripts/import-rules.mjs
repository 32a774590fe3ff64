/**
 * Import rules for each part of the program. Imports go one way: engine ← runtime ← work ← library,
 * workers, cli and engine ← app. A linter's lists of forbidden paths cannot state these rules. They depend on where a relative
 * path leads and on whether only types are imported. They also cover `import()` and `new Worker(new URL(…))`.
 */

/**
 * @typedef {'value' | 'type' | 'url'} ImportKind  url: `new URL('./file', import.meta.url)`
 * @typedef {object} Target  where an import leads: a file of this repository or a package
 * @property {string} [file]     path from the root, with forward slashes
 * @property {string} [package]  the package's name without a sub-path; `node:` for Node's own modules
 *
 * @typedef {object} Room
 * @property {string} name
 * @property {RegExp} files                        the files that the room holds; the first room that holds a file counts
 * @property {readonly RegExp[]} imports           folders that it may import from, besides packages
 * @property {readonly RegExp[]} [typeImports]     folders that it may import types from
 * @property {readonly RegExp[]} [urls]            files that it may refer to by URL (workers)
 * @property {readonly RegExp[]} packages          packages that it may import
 */

const engine = /^src\/engine\//;
/** Without what starts workers: in Firefox, a worker that starts a worker may wait forever. Both sides of a call use `call.ts`. */
const runtime = /^src\/runtime\/(?!jobs\/(?!call\.ts))/;
/** The client of workers, which page and library use. Workers take only types from it. */
const calls = /^src\/runtime\/jobs\//;
const work = /^src\/work\//;
const workers = /^workers\//;
const app = /^src\/app\//;
const jobs = /^src\/app\/jobs\//;
const library = /^library\//;

const enginePackages =
  /^(valibot|onnx-proto|protobufjs|long|@noble\/hashes|fflate|fzstd|hyparquet|@huggingface\/tokenizers)$/;
const interfacePackages = /^(react|react-dom|@mantine\/.+|@tanstack\/react-virtual|recharts|uqr|zustand|valibot)$/;

/** @type {readonly Room[]} */
export const rooms = [
  { name: 'engine', files: engine, imports: [engine], packages: [enginePackages] },
  {
    name: 'runtime in Node',
    files: /^src\/runtime\/node\//,
    imports: [engine, runtime],
    typeImports: [calls],
    urls: [/^src\/runtime\/node\//, /^dist(\/|$)/],
    packages: [/^(onnxruntime-web|onnxruntime-common|comlink|playwright|tsx|node:.*)$/],
  },
  {
    name: 'calls to workers',
    files: calls,
    imports: [engine, runtime, calls],
    // A page starts the workers of sessions for its workers.
    urls: [/^workers\/(session|thread)\.ts$/],
    packages: [],
  },
  {
    name: 'runtime',
    files: runtime,
    imports: [engine, runtime],
    typeImports: [calls],
    packages: [/^(onnxruntime-web|onnxruntime-common|comlink|valibot|@jsquash\/(jpeg|webp))$/],
  },
  { name: 'work', files: work, imports: [engine, runtime, work], typeImports: [calls], packages: [/^valibot$/] },
  {
    name: 'workers',
    files: workers,
    imports: [engine, runtime, work, workers, library],
    typeImports: [calls],
    packages: [/^comlink$/],
  },
  {
    name: 'library in browsers',
    files: /^library\/browser\.ts$/,
    // It makes calls as the page does. The worker does the work.
    imports: [engine, calls, library],
    typeImports: [runtime, work],
    urls: [/^workers\/library\.ts$/],
    packages: [],
  },
  {
    name: 'library in Node',
    files: /^library\/(node|thread)\.ts$/,
    imports: [engine, runtime, work, library],
    typeImports: [calls],
    packages: [/^node:.*$/],
  },
  {
    name: 'library',
    files: library,
    imports: [engine, runtime, work, library],
    typeImports: [calls],
    packages: [/^valibot$/],
  },
  {
    name: 'cli',
    files: /^cli\//,
    imports: [engine, runtime, work, /^cli\//],
    typeImports: [calls],
    packages: [/^(node:.*|valibot|tsx|vite|@modelcontextprotocol\/sdk)$/],
  },
  {
    name: 'app jobs',
    files: jobs,
    imports: [engine, calls, jobs],
    typeImports: [workers, calls, runtime, work],
    urls: [workers],
    packages: [/^(comlink|valibot)$/],
  },
  {
    name: 'user interface',
    files: /^src\/app\/ui\//,
    imports: [engine, app],
    packages: [interfacePackages],
  },
  {
    name: 'app',
    files: app,
    imports: [engine, app],
    typeImports: [workers, calls, runtime, work],
    packages: [/^(react|zustand|valibot)$/],
  },
  { name: 'entry', files: /^src\/[^/]+$/, imports: [app, /^src\/[^/]+$/], packages: [interfacePackages] },
];

/**
 * The folders of the engine, from the ground up: each may import those before it. Files outside these folders (errors,
 * progress, number formats) are the ground, and import nothing.
 * docs/design/architecture.md says what each is for.
 */
const engineFolders = [
  'onnx',
  'files',
  'gguf',
  'data',
  'metrics',
  'verdict',
  'analysis',
  'profiling',
  'inference.ts',
  'linear-algebra',
  'calibration',
  'training',
  'passes',
  'recipe',
  'compile',
  'search',
  'report',
  'advisor',
  'serving',
  'deploy',
  'gate',
];

/**
 * The folders of the runtime in their order, for imports of values. Types may come from any folder, because `jobs/`
 * states the requests to all others.
 */
const runtimeFolders = [
  'jobs',
  'files',
  'session',
  'generation',
  'nodes',
  'serving',
  'evaluation',
  'compiled',
  'parts',
  'data',
  'deploy',
  'benchmark',
  'models',
  'search',
  'node',
];

/**
 * The folders of the app, and within `state/` its subjects, for imports of values. An `import()` may lead to any of
 * them.
 */
const appFolders = [
  'jobs',
  'platform',
  'state/window',
  'state/jobs',
  'state/workspace',
  'state/storage',
  'state/models',
  'state/data',
  'state/recipe',
  'state/benchmark',
  'state/search',
  'state/report',
  'state/serving',
  'node-facts',
  'commands',
  'ui',
];

/**
 * @typedef {object} Order
 * @property {string} name
 * @property {RegExp} folder                                       its first group names a folder, or a file of the ground
 * @property {readonly string[]} folders                           from the ground up
 * @property {(kind: ImportKind, isLazy: boolean) => boolean} holdsFor
 */

/** @type {readonly Order[]} */
const orders = [
  { name: 'engine', folder: /^src\/engine\/([^/]+)/, folders: engineFolders, holdsFor: () => true },
  {
    name: 'runtime',
    folder: /^src\/runtime\/([^/]+)/,
    folders: runtimeFolders,
    holdsFor: (kind) => kind === 'value',
  },
  {
    name: 'app',
    folder: /^src\/app\/(state\/[^/]+|(?!state\/)[^/]+)\//,
    folders: appFolders,
    holdsFor: (kind, isLazy) => kind === 'value' && !isLazy,
  },
];

const feature = /^src\/app\/ui\/features\/([^/]+)\//;
export const belongsToTests = /(\.test\.tsx?$)|(^|\/)testing\//;
/** Tests of the engine, and helpers in `testing/`, that run models. The name tells what they need before they are opened. */
const runsModels = /\.runtime\.([a-z]+\.)*ts$/;

/**
 * @param {Order} order
 * @param {string} file
 * @returns {number | undefined}  its place in the order, -1 on the ground; `undefined` outside of the order
 */
function floorOf({ name, folder, folders }, file) {
  const found = folder.exec(file);
  if (found === null) return undefined;
  const place = folders.indexOf(found[1] ?? '');
  if (place < 0 && found[0] !== file) {
    throw new Error(`import-rules.mjs: ${name}/${found[1]} has no place in the order.`);
  }
  return place;
}

/**
 * @param {string} importer
 * @param {string} file
 * @param {ImportKind} kind
 * @param {boolean} isLazy
 */
function standsBelow(importer, file, kind, isLazy) {
  const order = orders.find(({ folder, holdsFor }) => folder.test(importer) && holdsFor(kind, isLazy));
  if (order === undefined) return false;
  const [own, other] = [floorOf(order, importer), floorOf(order, file)];
  return own !== undefined && other !== undefined && (own < 0 ? other >= 0 : other > own);
}

/**
 * @param {string} importer  a test, or a helper of tests
 * @param {Target} target
 * @returns {string | null}
 */
function testViolation(importer, { file = '' }) {
  const needsRuntime = runtime.test(file) || runsModels.test(file);
  return engine.test(importer) && needsRuntime && !runsModels.test(importer)
    ? `a test of the engine that needs a runtime is named *.runtime.test.ts, its helpers *.runtime.ts: it imports ${file}`
    : null;
}

/** Screens and shell: they show conclusions and draw none. */
const shows = /^(src\/app\/ui|cli|library)\//;
/** Intervals, tests and the choice among candidates. Their outcome is in `verdict/`, and in the files that apply it. */
const concludes =
  /^src\/engine\/(metrics\/(mean-interval|median-interval|proportion-interval|normal-quantile)|search\/(loss|frontier|recommend|confirmations|expected-loss))\.ts$/;

/**
 * Why a file may not import a target, or null when it may.
 * @param {string} importer  path from the root
 * @param {Target} target
 * @param {ImportKind} kind
 * @param {boolean} [isLazy]  by `import()`
 * @returns {string | null}
 */
export function importViolation(importer, target, kind, isLazy = false) {
  const room = rooms.find(({ files }) => files.test(importer));
  // Scripts are not part of the program, and tests hold a part against others on purpose.
  if (room === undefined) return null;
  if (belongsToTests.test(importer)) return testViolation(importer, target);
  if (target.package !== undefined) {
    const name = target.package;
    return room.packages.some((allowed) => allowed.test(name)) ? null : `${room.name} may not import ${name}`;
  }
  const file = target.file ?? '';
  if (belongsToTests.test(file)) return `${room.name} may not import what belongs to tests`;
  // The version of the program.
  if (file === 'package.json') return null;
  const own = feature.exec(importer)?.[1];
  const other = feature.exec(file)?.[1];
  if (own !== undefined && other !== undefined && own !== other) {
    return `the feature ${own} may not import the feature ${other}`;
  }
  const allowed = [
    ...(kind === 'url' ? (room.urls ?? []) : room.imports),
    ...(kind === 'type' ? (room.typeImports ?? []) : []),
  ];
  if (kind === 'value' && shows.test(importer) && concludes.test(file)) {
    return `${room.name} may not draw conclusions from ${file}: src/engine/verdict/ has them`;
  }
  if (standsBelow(importer, file, kind, isLazy)) return `${importer} may not import ${file}, which stands above it`;
  if (allowed.some((folder) => folder.test(file))) return null;
  if (kind === 'value' && room.typeImports?.some((folder) => folder.test(file))) {
    return `${room.name} may import only types from ${file} (write "import type")`;
  }
  return kind === 'url' ? `${room.name} may not start ${file}` : `${room.name} may not import ${file}`;
}
