/**
 * Compares the built page with its budgets: the files that screens load before they can be used (an entry and everything
 * that it imports statically), and the largest file that hosts take. `node scripts/check-bundle.mjs`, after a build.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Limit for the JavaScript of the start screen, compressed. */
const budgetBytes = 140_000;
/** Each is a request, which costs more than the few bytes that finer pieces spare: see code-splitting.mjs. */
const mostScripts = { 'index.html': 4, 'src/app/ui/window/StudioWithViews.tsx': 8 };

/** 25 MiB. Cloudflare Pages takes no larger file. */
const mostBytesOfFile = 25 * 1024 ** 2;

/** @typedef {{ file: string, css?: string[], imports?: string[], isEntry?: boolean, src?: string }} Chunk */

/**
 * Files of the entry and of its static imports, each once.
 * @param {Readonly<Record<string, Chunk>>} manifest
 * @param {string} entry
 */
export function initialFiles(manifest, entry) {
  /** @type {Set<string>} */
  const scripts = new Set();
  /** @type {Set<string>} */
  const styles = new Set();
  const queue = [entry];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`The build's manifest has no chunk "${key}".`);
    if (scripts.has(chunk.file)) continue;
    scripts.add(chunk.file);
    for (const style of chunk.css ?? []) styles.add(style);
    queue.push(...(chunk.imports ?? []));
  }
  return { scripts: [...scripts], styles: [...styles] };
}

/**
 * Bytes after gzip at its best level, file by file, as a static host sends them.
 * @param {string} folder
 * @param {readonly string[]} files
 */
export function gzippedBytes(folder, files) {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(path.join(folder, file)), { level: 9 }).length, 0);
}

/**
 * The files of a folder, and of those in it, that are larger than a host takes.
 * @param {string} folder
 * @param {number} [mostBytes]
 * @returns {{ file: string, sizeBytes: number }[]}
 */
export function filesAbove(folder, mostBytes = mostBytesOfFile) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => ({ file, stats: statSync(path.join(folder, file)) }))
    .flatMap(({ file, stats }) => (stats.isFile() && stats.size > mostBytes ? [{ file, sizeBytes: stats.size }] : []));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = fileURLToPath(new URL('../dist', import.meta.url));
  const manifest = JSON.parse(readFileSync(path.join(dist, 'manifest-of-chunks.json'), 'utf8'));
  const { scripts, styles } = initialFiles(manifest, 'index.html');
  const scriptBytes = gzippedBytes(dist, scripts);
  for (const file of scripts) console.log(`${kilobytes(gzippedBytes(dist, [file]))}  ${file}`);
  console.log(`JavaScript of the start screen: ${kilobytes(scriptBytes)} gzipped of ${kilobytes(budgetBytes)}`);
  console.log(`Styles of the start screen: ${kilobytes(gzippedBytes(dist, styles))} gzipped`);
  if (scriptBytes > budgetBytes) {
    console.error('Over budget. Load what the start screen does not need with import() when it is needed.');
    process.exitCode = 1;
  }
  for (const { file, sizeBytes } of filesAbove(dist)) {
    console.error(`${file} has ${sizeBytes} bytes. Static hosts take at most ${mostBytesOfFile} (25 MiB).`);
    process.exitCode = 1;
  }
  for (const [entry, most] of Object.entries(mostScripts)) {
    const count = initialFiles(manifest, entry).scripts.length;
    console.log(`Scripts of ${entry}: ${count} of ${most}`);
    if (count > most) {
      console.error('Too many requests. See scripts/code-splitting.mjs.');
      process.exitCode = 1;
    }
  }
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
