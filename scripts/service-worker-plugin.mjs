/** Tells the service worker which files the build consists of. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const script = 'service-worker.js';
const placeholder = 'BUILD_FILES';

/**
 * @param {readonly string[]} files  of the build, relative to its folder
 */
export function sortBuildFiles(files) {
  const runtimes = files.filter((file) => /\/ort-wasm-[^/]*\.(wasm|mjs|packed)$/.test(file));
  const shell = files.filter(
    (file) =>
      !runtimes.includes(file) &&
      // Samples are kept when someone opens one; the rest is for hosts, people and the command line, not for the page.
      !/^(samples\/.*\.(onnx|npz|md|txt)|bench\.html|assets\/bench-[^/]*\.js|_headers|manifest-of-chunks\.json|index\.html|service-worker\.js)$/.test(
        file,
      ),
  );
  return { shell, runtimes };
}

/** @returns {import('vite').Plugin} */
export function serviceWorkerFiles() {
  let folder = '';
  return {
    name: 'service-worker-files',
    apply: 'build',
    configResolved(config) {
      folder = path.resolve(config.root, config.build.outDir);
    },
    writeBundle() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
        .toSorted();
      const hash = createHash('sha256');
      for (const file of files) hash.update(file).update(readFileSync(path.join(folder, file)));
      const list = { version: hash.digest('hex').slice(0, 16), ...sortBuildFiles(files) };
      const source = readFileSync(path.join(folder, script), 'utf8');
      if (!source.includes(placeholder)) throw new Error(`${script} has no ${placeholder} to fill in.`);
      writeFileSync(path.join(folder, script), source.replaceAll(placeholder, JSON.stringify(list)));
    },
  };
}
