/**
 * Types of the npm package: the declarations of the entries and of what they refer to, as files beside each other. Imports in them name
 * files with `.js`, as the resolution of Node asks for.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { importsOf, resolveImport } from '../check-imports.mjs';
import { run, tool } from '../preparation.mjs';
import { entries } from './public-surface.mjs';

const declarations = Object.values(entries).map((file) => file.replace(/\.ts$/, '.d.ts'));

/** @param {string} folder  where the types go */
export async function writeTypes(folder) {
  mkdirSync(folder, { recursive: true });
  const emitted = mkdtempSync(path.join(folder, 'emitted-'));
  try {
    // The types of the sources are checked by their own stage.
    await run(tool('tsc'), ['-p', 'tsconfig.library.json', '--noCheck', '--outDir', emitted], {
      write: (text) => void process.stderr.write(text),
    });
    for (const [file, text] of reachableFrom(emitted)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), withExtensions(text));
    }
  } finally {
    rmSync(emitted, { recursive: true, force: true });
  }
}

/**
 * @param {string} emitted
 * @returns {ReadonlyMap<string, string>} declarations by their path
 */
function reachableFrom(emitted) {
  /** @type {Map<string, string>} */
  const found = new Map();
  const open = [...declarations];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    const text = readFileSync(path.join(emitted, file), 'utf8');
    found.set(file, text);
    for (const { specifier } of importsOf(text)) {
      const target = resolveImport(emitted, file, specifier);
      if (target.package !== undefined) throw new Error(`The types in ${file} refer to the package ${specifier}.`);
      open.push(target.file ?? '');
    }
  }
  return found;
}

/** @param {string} text */
function withExtensions(text) {
  return text.replaceAll(/((?:from\s+|import\()["'])(\.{1,2}\/[^"']+)(?=["'])/g, '$1$2.js');
}
