/**
 * `npm run test:browsers`: the main job in an installed Firefox and WebKit, which `npm test` does not need.
 * `PARETO_FIREFOX` and `PARETO_WEBKIT_DRIVER` name programs that are not found by name; words choose browsers:
 * `npm run test:browsers firefox`. `--goals 30` repeats the three goals alone so often, and keeps every core busy beside them.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { zipSync } from 'fflate';
import { buildIfNeeded } from '../../scripts/preparation.mjs';
import { joinParts } from '../../src/engine/onnx/codec/encode.ts';
import { encodeFiles } from '../../src/engine/onnx/codec/encode-files.ts';
import { floatTensor, graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build.ts';
import { readHeaderRules } from '../../src/runtime/node/response-headers.mjs';
import { createStaticServer, listen } from '../../src/runtime/node/static-server.mjs';
import { serveStudio } from '../../src/runtime/node/studio-server.ts';
import { pareto } from '../support/command-line.ts';
import { percent } from '../support/percent.ts';
import { writePictures } from '../support/pictures.ts';
import { sample, sampleFile } from '../support/samples.ts';
import {
  findProgram,
  hasDisplay,
  launchFirefox,
  launchWebKit,
  withLimit,
  writePageText,
  type Driver,
} from './drivers.ts';
import { roundsOfGoals, stepsOfWalk, type Fixtures, type Site } from './walk.ts';

/** Jobs that move take their time. A driver that never answers does not. */
const longestStepMs = 2_700_000;
const cnn = sample('fashion-cnn');
const { correct, total } = cnn.data!.recorded.evaluationTop1;
const calibration = sampleFile('fashion-mnist-calibration.npz');

async function writeFixtures(folder: string): Promise<Fixtures> {
  const at = (name: string) => path.join(folder, name);
  await mkdir(at('downloads'));
  await writePictures(at('pictures'));
  await writeFile(at('pictures.zip'), await zipOf(at('pictures')));
  await writeFile(at('large.onnx'), largeModel());
  await pareto('optimize', cnn.path, '-o', at('smaller.onnx'), '--goal', 'smaller', '--data', calibration);
  return {
    npz: sampleFile(cnn.data!.evaluation.file),
    pictures: at('pictures.zip'),
    largeModel: at('large.onnx'),
    smallerModel: await readFile(at('smaller.onnx')),
    downloads: at('downloads'),
    accuracy: percent(correct, total).source,
  };
}

async function zipOf(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const inside = (file: string) => path.relative(folder, file).replaceAll(path.sep, '/');
  const contents = await Promise.all(files.map(async (file) => [inside(file), await readFile(file)] as const));
  return zipSync(Object.fromEntries(contents));
}

/** 90 MB of weights in 22 layers. */
function largeModel(): Uint8Array {
  const width = 1012;
  const layers = Array.from({ length: 22 }, (_, layer) => layer);
  const values = Float32Array.from({ length: width * width }, (_, at) => Math.sin(at * 12.9898) / width);
  const main = graph({
    nodes: layers.map((layer) => node('MatMul', [`x${layer}`, `w${layer}`], [`x${layer + 1}`])),
    initializers: layers.map((layer) => floatTensor(`w${layer}`, [width, width], values)),
    inputs: [valueInfo('x0', [1, width])],
    outputs: [valueInfo(`x${layers.length}`, [1, width])],
  });
  return joinParts(encodeFiles(model(main), { storage: 'auto', dataFileName: 'large.data' }).model);
}

function end(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** @param folder for the host whose folder holds the build. */
async function serveBuild(folder: string): Promise<Site & { readonly close: () => void }> {
  const start = () => createStaticServer('dist', readHeaderRules('dist/_headers'));
  let server = start();
  const port = await listen(server, { port: 0 });
  await mkdir(path.join(folder, 'host'));
  await symlink(path.resolve('dist'), path.join(folder, 'host', 'studio'), 'junction');
  const plain = createStaticServer(path.join(folder, 'host'), []);
  const plainPort = await listen(plain, { port: 0 });
  const studio = await serveStudio([{ path: cnn.path, location: cnn.file }], { port: 0 });
  return {
    address: `http://127.0.0.1:${port}/`,
    plainAddress: `http://127.0.0.1:${plainPort}/studio/`,
    studioAddress: studio.address,
    close() {
      end(server);
      end(plain);
      studio.close();
    },
    async setOnline(isOnline) {
      end(server);
      if (!isOnline) return;
      server = start();
      await listen(server, { port, strictPort: true });
    },
  };
}

interface Browser {
  readonly name: string;
  readonly program: string | undefined;
  readonly missing: string;
  readonly launch: (program: string, options: { downloads?: string; isDark?: boolean }) => Promise<Driver>;
}

const browsers: readonly Browser[] = [
  {
    name: 'firefox',
    program: findProgram(process.env.PARETO_FIREFOX ?? '', 'firefox', 'firefox-esr'),
    missing: 'no firefox or firefox-esr is installed, and PARETO_FIREFOX names none',
    launch: launchFirefox,
  },
  {
    name: 'webkit',
    program: hasDisplay() ? findProgram(process.env.PARETO_WEBKIT_DRIVER ?? '', 'WebKitWebDriver') : undefined,
    missing: hasDisplay()
      ? 'no WebKitWebDriver is installed, and PARETO_WEBKIT_DRIVER names none'
      : 'it has no headless mode, and there is neither a display nor xvfb-run',
    launch: (program) => launchWebKit(program),
  },
];

const counts = { passed: 0, failed: 0, skipped: 0 };

async function walk({ name, program, launch }: Browser, site: Site, fixtures: Fixtures): Promise<void> {
  const driver = await launch(program!, { downloads: fixtures.downloads });
  console.log(`${name}: ${driver.version}`);
  const startMs = Date.now();
  try {
    const launchOther = (options = { isDark: false }) => launch(program!, options);
    const given = { driver, launchOther, site, fixtures };
    for (const { title, skipped, run } of rounds === 0 ? stepsOfWalk(given) : roundsOfGoals(given, rounds)) {
      const stepMs = Date.now();
      const place = () =>
        `[${Math.round((Date.now() - startMs) / 1000)} s] ${name} ${title} (${((Date.now() - stepMs) / 1000).toFixed(1)} s)`;
      if (typeof skipped === 'string') {
        counts.skipped++;
        console.log(`skipped ${place()}: ${skipped}`);
        continue;
      }
      try {
        await withLimit(run(), longestStepMs, title);
        counts.passed++;
        console.log(`passed  ${place()}`);
      } catch (error) {
        counts.failed++;
        const file = path.join('test-results', `${name}-${title.replaceAll(/\W+/g, '-')}.txt`);
        await mkdir('test-results', { recursive: true });
        await writePageText(driver, file).catch(() => undefined);
        console.log(`FAILED  ${place()}: ${error instanceof Error ? error.message : String(error)} See ${file}.`);
      }
    }
  } finally {
    await driver.close();
  }
}

const { positionals: chosen, values } = parseArgs({ allowPositionals: true, options: { goals: { type: 'string' } } });
const rounds = Number(values.goals ?? 0);
await buildIfNeeded();
const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-browsers-'));
const site = await serveBuild(folder);
try {
  const fixtures = await writeFixtures(folder);
  if (rounds > 0) os.cpus().forEach(() => new Worker('for (;;);', { eval: true }));
  for (const browser of browsers) {
    if (chosen.length > 0 && !chosen.includes(browser.name)) continue;
    if (browser.program !== undefined) await walk(browser, site, fixtures);
    else console.log(`skipped ${browser.name}: ${browser.missing}.`);
  }
} finally {
  site.close();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${counts.skipped} skipped\n${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed > 0 ? 1 : 0);
