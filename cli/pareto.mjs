#!/usr/bin/env node
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runShell } from './run-shell.mjs';

await runShell(loadMain);

/**
 * From the bundle, or from the unchanged sources: if no bundle can be made, and for traces with lines of the sources.
 * @returns {Promise<typeof import('./main.ts')>}
 */
async function loadMain() {
  if (!process.argv.includes('--debug')) {
    try {
      const { bundleSource } = await import('../src/runtime/node/bundle.mjs');
      const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
      return await import(await bundleSource(root, 'cli/main.ts'));
    } catch {
      // The sources themselves say what is wrong with them.
    }
  }
  const { register } = await import('tsx/esm/api');
  register();
  return import('./main.ts');
}
