/**
 * The browser of the tests: a real Chromium from an npm package, so that a machine with git and Node alone can run
 * them. `PARETO_BROWSER=/path/to/chrome` names another one (needed outside Linux on x64).
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = path.resolve(fileURLToPath(import.meta.url), '../../../..');

/** These flags make WASM threads, WebGPU (in software) and WebNN on the CPU run headless. */
export const testBrowserArgs = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan,WebMachineLearningNeuralNetwork',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Flags of V8 for sessions that run for a second or two. With these flags, V8 optimizes a WASM function only after ten
 * times its usual work. It validates a function at its first run, not the whole runtime in each worker.
 */
export const flagsOfShortSessions = ['--wasm-tiering-budget=130000000', '--wasm-lazy-validation'];

/**
 * @typedef {object} TestBrowser
 * @property {string} executablePath
 * @property {string[]} args
 * @property {Record<string, string>} env  what the browser needs in its environment, added to the present one
 */

/** @returns {Promise<TestBrowser>} */
export async function locateTestBrowser() {
  const chosen = process.env.PARETO_BROWSER;
  if (chosen) {
    if (!existsSync(chosen)) throw new Error(`PARETO_BROWSER names ${chosen}, which does not exist.`);
    return { executablePath: chosen, args: testBrowserArgs, env: currentEnvironment() };
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'The packaged test browser is for Linux on x64. Set PARETO_BROWSER to the path of an installed Chrome or Chromium.',
    );
  }
  const folder = await unpackOnce();
  const libraries = path.join(folder, 'al2023', 'lib');
  const inherited = process.env.LD_LIBRARY_PATH;
  return {
    executablePath: path.join(folder, 'chromium'),
    args: testBrowserArgs,
    env: {
      ...currentEnvironment(),
      LD_LIBRARY_PATH: inherited ? `${libraries}:${inherited}` : libraries,
      FONTCONFIG_PATH: path.join(folder, 'fonts'),
    },
  };
}

/** @returns {Record<string, string>} */
function currentEnvironment() {
  /** @type {Record<string, string>} */
  const environment = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] = value;
  return environment;
}

/**
 * Returns the browser with the flags of short sessions, for tests. Code that measures for users
 * (`src/runtime/node/browser-driver.ts`) or takes screenshots leaves them out.
 * @returns {Promise<TestBrowser>}
 */
export async function locateBrowserOfTests() {
  const browser = await locateTestBrowser();
  return { ...browser, args: [...browser.args, `--js-flags=${flagsOfShortSessions.join(' ')}`] };
}

/**
 * The package unpacks into the temporary folder and takes any file there for complete. Two processes, or one that was
 * interrupted, would leave half a browser. Unpacking aside and renaming makes it whole or absent.
 */
async function unpackOnce() {
  const manifest = path.join(root, 'node_modules', '@sparticuz', 'chromium', 'package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const cache = path.join(root, 'node_modules', '.cache', 'test-browser');
  const folder = path.join(cache, version);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(path.join(cache, 'unpacking-'));
  try {
    await unpackInto(staging);
    await writeFile(path.join(staging, 'fonts', 'fonts.conf'), fontConfiguration(path.join(folder, 'fonts')));
    await rename(staging, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return folder;
}

/**
 * The package's own configuration looks for its fonts in /tmp. A browser without any font ends at the first text field.
 * @param {string} folder
 */
function fontConfiguration(folder) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/cache</cachedir>
</fontconfig>
`;
}

/** @param {string} folder */
async function unpackInto(folder) {
  const program = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    // The package reads these two when it is loaded; the second makes it unpack the libraries that a bare machine lacks.
    env: { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' },
  });
}
