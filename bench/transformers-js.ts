/**
 * The files of a repository that `bundle --targets transformersjs` wrote, loaded by `@huggingface/transformers` without a network, in
 * Node and in the test browser. Outputs are compared with a run of the same file by Pareto, on the same tokens.
 *
 *     npm install --prefix <folder> --ignore-scripts @huggingface/transformers@4
 *     npx tsx bench/transformers-js.ts --repository <folder> --texts <texts.jsonl> --library <folder> [--browser] [--write]
 *
 * The library is no dependency: with its runtime it has several hundred megabytes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { dtypeSuffixes } from '../src/engine/deploy/transformersjs/hub-folder';
import { hubPath } from '../src/engine/deploy/transformersjs/hub-repository';
import { madeDtypes, type MadeDtype } from '../src/engine/deploy/transformersjs/dtype-recipes';
import type { Feeds } from '../src/engine/data/feeds';
import { messageOf } from '../src/engine/errors';
import { formatBytes, formatCosine } from '../src/engine/format';
import { createNodeHost } from '../src/runtime/node/node-host';
import { readModelFiles } from '../src/runtime/node/disk/model-from-disk';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runInBrowser } from './transformers-js/run-in-browser';
import type { LibraryRun, LibraryTensor } from './transformers-js/library';

const { values } = parseArgs({
  options: {
    ...writeOption,
    repository: { type: 'string' },
    texts: { type: 'string' },
    library: { type: 'string' },
    browser: { type: 'boolean', default: false },
    count: { type: 'string', default: '8' },
  },
});
const { repository = '', texts = '', library = '' } = values;
const folder = resolve(repository);
const packageFolder = join(resolve(library), 'node_modules/@huggingface/transformers');
const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
  readonly version: string;
};

const sentences = readFileSync(texts, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .slice(0, Number(values.count))
  .map((line) => (JSON.parse(line) as { readonly text: string }).text);

/** Outputs of Pareto's own runs, by model and inputs. All devices have the same inputs. */
const ownOutputs = new Map<string, readonly Feeds[]>();

async function runHere(path: string, runs: readonly LibraryRun[]): Promise<readonly Feeds[]> {
  const key = JSON.stringify([path, runs.map(({ inputs }) => inputs)]);
  const known = ownOutputs.get(key);
  if (known !== undefined) return known;
  const file = join(folder, path);
  const data = [0, 1, 2, 3].map((index) => `${basename(file)}_data${index === 0 ? '' : `_${index}`}`);
  const externalData = data
    .filter((name) => existsSync(join(dirname(file), name)))
    .map((name) => ({ path: join(dirname(file), name), location: name }));
  const files = await readModelFiles({ path: file, name: basename(file), externalData });
  const spec = { ep: 'wasm', threads: 1, freeDimensions: {}, profile: false, integers: 'as-written' } as const;
  const session = await createNodeHost().open(new AbortController().signal, { ...spec, files });
  const outputs: Feeds[] = [];
  try {
    for (const { inputs } of runs) outputs.push((await session.run(feedsOf(inputs))).outputs);
  } finally {
    session.close();
  }
  ownOutputs.set(key, outputs);
  return outputs;
}

/** The least cosine over all texts and all outputs. */
async function leastCosine(path: string, runs: readonly LibraryRun[]): Promise<number> {
  const own = await runHere(path, runs);
  const cosines = runs.flatMap(({ outputs }, index) =>
    Object.entries(outputs).map(([name, tensor]) =>
      cosineOf(tensor.data.map(Number), Array.from(own[index]![name]!.data as Float32Array)),
    ),
  );
  return Math.min(...cosines);
}

function feedsOf(inputs: LibraryRun['inputs']): Feeds {
  const entries = Object.entries(inputs).map(([name, { dims, data }]: [string, LibraryTensor]) => [
    name,
    { dtype: 'int64' as const, dims, data: BigInt64Array.from(data.map(BigInt)) },
  ]);
  return Object.fromEntries(entries) as Feeds;
}

function cosineOf(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.NaN;
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

async function runInNode(dtype: MadeDtype): Promise<readonly LibraryRun[]> {
  const { runLibrary } = await import('./transformers-js/library');
  const entry = pathToFileURL(join(packageFolder, 'dist/transformers.node.mjs')).href;
  return runLibrary(
    (await import(entry)) as never,
    { folder: `${dirname(folder)}/`, name: basename(folder) },
    { dtype, device: 'cpu', texts: sentences },
  );
}

printHead('where', 'device', 'dtype', 'file', 'size', 'texts', 'least cosine to the run by Pareto');
for (const dtype of madeDtypes) {
  const path = hubPath('model', dtype);
  if (!existsSync(join(folder, path))) continue;
  const size = formatBytes(readFileSync(join(folder, path)).length);
  const row = async (where: string, device: string, run: () => Promise<readonly LibraryRun[]>): Promise<void> => {
    let figure: string;
    try {
      const runs = await run();
      const cosine = await leastCosine(path, runs);
      figure = Number.isNaN(cosine) ? 'not a number' : formatCosine(cosine);
    } catch (error) {
      figure = `does not run: ${messageOf(error).split('\n')[0]}`;
    }
    printRow(where, device, dtype, `model${dtypeSuffixes[dtype]}.onnx`, size, String(sentences.length), figure);
  };
  await row(`Node, transformers.js ${version}`, 'cpu', () => runInNode(dtype));
  if (!values.browser) continue;
  for (const device of ['wasm', 'webgpu'] as const) {
    await row(`Chromium, transformers.js ${version}`, device, () =>
      runInBrowser(resolve(library), folder, { dtype, device, texts: sentences }),
    );
  }
}
if (values.write) await writeResults('transformers-js');
