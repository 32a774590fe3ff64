/**
 * `node scripts/build-kernels.mjs`: compiles the AssemblyScript in `kernels/` to `src/engine/kernel-code.ts`, which is checked in. A test
 * compares the file with its sources.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { root } from './preparation.mjs';

export const kernelCodeFile = path.join(root, 'src', 'engine', 'kernel-code.ts');

// 112 warns of vectors that one source exports to another, which no host sees.
const options = '--optimizeLevel 3 --runtime stub --noAssert --enable simd --initialMemory 1 --disableWarning 112';

/** The text of `src/engine/kernel-code.ts`. */
export async function kernelCode() {
  let code = '';
  const { error, stderr } = await asc.main(['kernels/index.ts', '--outFile', 'kernels.wasm', ...options.split(' ')], {
    readFile: (name) => readFileIfThere(path.join(root, name)),
    writeFile: (_name, contents) => void (code = Buffer.from(contents ?? '').toString('base64url')),
  });
  if (error !== null) throw new Error(`The kernels do not compile.\n${stderr}`);
  return `/** WebAssembly in base64url, written by \`node scripts/build-kernels.mjs\` from \`kernels/\`. */\nexport const kernelCode =\n  '${code}';\n`;
}

/** @param {string} file */
function readFileIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(kernelCodeFile, await kernelCode());
