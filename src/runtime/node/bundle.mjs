/**
 * The command line and the threads of its sessions in JavaScript. Compiling the sources file by file takes most of the
 * time of a short command, and a quarter of a second in each thread. The sources are therefore bundled once, into a
 * folder that is named after their content.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';

/** The folders of the sources, and the files that decide which packages they find. */
const sourceFolders = ['cli', 'library', 'src/engine', 'src/runtime', 'src/work'];
const packageFiles = ['package.json', 'package-lock.json'];
const cacheFolder = 'node_modules/.cache/pareto';

/** These packages find their own files by their place. */
const unbundledPackages = ['onnxruntime-web', 'playwright', '@sparticuz/chromium', '@jsquash/*', 'tsx'];

/** A replaced bundle is kept this long, because another process may still load parts of it. */
const forgottenAfterMs = 60 * 60 * 1000;

/**
 * The address of a source file of a checkout bundled with what it imports, built now if any source is new.
 * Rejects when it cannot be built, for example where nothing can be written.
 * @param {string} root folder of the checkout
 * @param {string} source path from there: `cli/main.ts`
 * @param {string} [sources] what `fingerprint` gives, where it is known
 * @returns {Promise<string>}
 */
export async function bundleSource(root, source, sources = fingerprint(root)) {
  const name = path.basename(source, '.ts');
  const cache = path.join(root, cacheFolder);
  const folder = path.join(cache, `${name}-${sources}`);
  const entry = path.join(folder, `${name}.mjs`);
  if (!statSync(entry, { throwIfNoEntry: false })) {
    // Threads of one process may build at once too.
    const unfinished = `${folder}.${process.pid}.${threadId}`;
    try {
      mkdirSync(cache, { recursive: true });
      forgetOldBundles(cache);
      await build(root, source, unfinished);
      renameSync(unfinished, folder);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      // Somebody else may have been faster.
      if (!statSync(entry, { throwIfNoEntry: false })) throw error;
    }
  }
  return pathToFileURL(entry).href;
}

/**
 * Changes when a source file does, or its place. Sizes and times decide: to read all files takes as long as it saves.
 * @param {string} root folder of the checkout
 * @param {readonly string[]} [folders] folders with sources
 * @param {readonly string[]} [files] other files that count
 */
export function fingerprint(root, folders = sourceFolders, files = packageFiles) {
  const facts = [root];
  /** @param {string} file */
  const add = (file) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats) facts.push(file, String(stats.size), String(stats.mtimeMs));
  };
  // Three times as fast as a recursive `readdirSync`, which looks at each entry to know whether it is a folder.
  /** @param {string} folder */
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const at = `${folder}${path.sep}${entry.name}`;
      if (entry.isDirectory()) visit(at);
      else if (/(?<!\.test)\.(ts|mjs)$/.test(entry.name)) add(at);
    }
  };
  for (const name of files) add(path.join(root, name));
  for (const name of folders) visit(path.join(root, name));
  return createHash('sha256').update(facts.join('\0')).digest('hex').slice(0, 16);
}

/**
 * @param {string} root
 * @param {string} source
 * @param {string} folder where the bundle goes
 */
async function build(root, source, folder) {
  // The compiler that tsx brings.
  const { build: bundle } = createRequire(fileURLToPath(import.meta.resolve('tsx')))('esbuild');
  await bundle({
    absWorkingDir: root,
    entryPoints: [source],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: unbundledPackages,
    logLevel: 'silent',
    plugins: [keepPlaces(root)],
  });
}

/**
 * Sources that look for files next to them find them from the bundle too.
 * @param {string} root
 */
function keepPlaces(root) {
  return {
    name: 'keep-places',
    /** @param {{ onLoad: Function }} compiler */
    setup({ onLoad }) {
      onLoad({ filter: /\.(ts|mjs)$/ }, (/** @type {{ path: string }} */ file) => {
        if (/^(\.\.|node_modules)[/\\]/.test(path.relative(root, file.path))) return undefined;
        const url = JSON.stringify(pathToFileURL(file.path).href);
        const contents = readFileSync(file.path, 'utf8').replaceAll('import.meta.url', url);
        return { contents, loader: file.path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

/**
 * Deletes bundles that no other process can still load.
 * @param {string} cache
 */
export function forgetOldBundles(cache) {
  for (const name of readdirSync(cache)) {
    const folder = path.join(cache, name);
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats && Date.now() - stats.mtimeMs > forgottenAfterMs) rmSync(folder, { recursive: true, force: true });
  }
}
