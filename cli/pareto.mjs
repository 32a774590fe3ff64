#!/usr/bin/env node
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommandLine } from './bundle.mjs';

const { main } = await loadMain();
process.exitCode = await main(process.argv.slice(2));

/**
 * From the bundle, or from the sources as they are: where no bundle can be made, and for traces that tell lines of the sources.
 * @returns {Promise<typeof import('./main.ts')>}
 */
async function loadMain() {
  if (!process.argv.includes('--debug')) {
    try {
      return await import(await bundleCommandLine(path.dirname(path.dirname(fileURLToPath(import.meta.url)))));
    } catch {
      // The sources themselves say what is wrong with them.
    }
  }
  const { register } = await import('tsx/esm/api');
  register();
  return import('./main.ts');
}
