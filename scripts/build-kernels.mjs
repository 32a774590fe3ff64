/**
 * `node scripts/build-kernels.mjs`: compiles the AssemblyScript in `kernels/` to the files that `kernelFiles` names, which are checked in. A test
 * compares the files with their sources.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { root } from './preparation.mjs';

const command = '`node scripts/build-kernels.mjs`';

// 112 warns of vectors that one source exports to another, which no host sees; 201 of sizes where addresses have 64 bits.
const options =
  '--optimizeLevel 3 --runtime stub --noAssert --initialMemory 1 --disableWarning 112 --disableWarning 201';

/** Generated files, each with a function that gives its text. */
export const kernelFiles = [
  { file: path.join(root, 'src', 'engine', 'kernel-code.ts'), text: kernelCode },
  { file: path.join(root, 'src', 'engine', 'compile', 'kernel-code.ts'), text: compiledKernelCode },
];

async function kernelCode() {
  const code = await compile('kernels/index.ts', 'simd');
  return `/** WebAssembly in base64url, written by ${command} from \`kernels/\`. */\nexport const kernelCode =\n  '${code}';\n`;
}

/** Two builds: plain SIMD, which every engine has, and relaxed SIMD. */
async function compiledKernelCode() {
  const simd = await compile('kernels/compiled/index.ts', 'simd');
  const relaxed = await compile('kernels/compiled/index.ts', 'simd,relaxed-simd');
  return `/** Kernels of compiled models: WebAssembly in base64url, written by ${command} from \`kernels/compiled/\`. */\nexport const compiledKernelCode: Readonly<Record<'simd' | 'relaxed', string>> = {\n  simd: '${simd}',\n  relaxed:\n    '${relaxed}',\n};\n`;
}

/**
 * @param {string} source
 * @param {string} features
 */
async function compile(source, features) {
  let code = '';
  const words = [source, '--outFile', 'kernels.wasm', '--enable', features, ...options.split(' ')];
  const { error, stderr } = await asc.main(words, {
    readFile: (name) => readFileIfThere(path.join(root, name)),
    writeFile: (_name, contents) => void (code = Buffer.from(contents ?? '').toString('base64url')),
  });
  if (error !== null) throw new Error(`The kernels do not compile.\n${stderr}`);
  return code;
}

/** @param {string} file */
function readFileIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, text } of kernelFiles) writeFileSync(file, await text());
}
