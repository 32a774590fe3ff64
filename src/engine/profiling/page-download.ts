/** The builds of onnxruntime-web, and the download of a page with each: the model and the runtime. */
import { formatBytes, formatList } from '../format';
import { runtimeFiles } from './runtime-files';

/** Sent bytes: uncompressed, and after compression. `null`: not measured. */
export interface TransferBytes {
  readonly plain: number;
  readonly gzip: number | null;
  readonly brotli: number | null;
}

export interface CompressedBytes extends TransferBytes {
  readonly gzip: number;
  readonly brotli: number;
}

/** A build of onnxruntime-web. */
export interface RuntimeBuild {
  readonly id: keyof typeof runtimeFiles.builds;
  /** The module that a page imports. */
  readonly module: string;
  /** The providers that a page takes this build for. All builds run WASM. */
  readonly providers: readonly ('wasm' | 'webgpu' | 'webnn')[];
  /** The browsers that run it. */
  readonly browsers: string;
  /** Its script and its WebAssembly. */
  readonly bytes: CompressedBytes;
}

/**
 * The smallest first. The entry without a name is none of them, because its WebGPU gave wrong numbers without an error
 * (docs/design/measuring.md).
 */
export const runtimeBuilds: readonly RuntimeBuild[] = [
  { id: 'wasm', module: 'onnxruntime-web/wasm', providers: ['wasm'], browsers: 'all', bytes: sizeOf('wasm') },
  {
    id: 'jspi',
    module: 'onnxruntime-web/jspi',
    providers: ['webgpu', 'webnn'],
    browsers: 'with WebAssembly.Suspending',
    bytes: sizeOf('jspi'),
  },
  {
    id: 'asyncify',
    module: 'onnxruntime-web/webgpu',
    providers: ['webgpu', 'webnn'],
    browsers: 'all with WebGPU or WebNN',
    bytes: sizeOf('asyncify'),
  },
];

function sizeOf(build: RuntimeBuild['id']): CompressedBytes {
  const sum = (key: 'plain' | 'gzip' | 'brotli') =>
    runtimeFiles.builds[build].reduce((bytes, file) => bytes + file[key], 0);
  return { plain: sum('plain'), gzip: sum('gzip'), brotli: sum('brotli') };
}

/** The runtime that a page downloads to run a model on WASM. */
export const wasmRuntimeBytes: CompressedBytes = sizeOf('wasm');

/** The download of a page with one build. */
export interface PageDownload {
  readonly build: RuntimeBuild['id'];
  readonly module: string;
  readonly providers: RuntimeBuild['providers'];
  readonly model: TransferBytes;
  readonly runtime: TransferBytes;
  readonly total: TransferBytes;
}

/** One entry for each build. @param model bytes of the model file and its data files. */
export function pageDownloads(model: TransferBytes): readonly PageDownload[] {
  const add = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return runtimeBuilds.map(({ id, module, providers, bytes: runtime }) => ({
    ...{ build: id, module, providers, model, runtime },
    total: {
      plain: model.plain + runtime.plain,
      gzip: add(model.gzip, runtime.gzip),
      brotli: add(model.brotli, runtime.brotli),
    },
  }));
}

/** `WebGPU and WebNN` */
export function providersOfDownload({ providers }: Pick<PageDownload, 'providers'>): string {
  const names = { wasm: 'WASM', webgpu: 'WebGPU', webnn: 'WebNN' };
  return formatList(providers.map((id) => names[id]));
}

/** `3.74 MB = model 68.7 kB + runtime 3.67 MB (gzip)`; without compression if the model was not compressed. */
export function describePageDownload({ model, runtime, total }: PageDownload): string {
  const key = total.gzip === null ? 'plain' : 'gzip';
  const [sum, ...parts] = [total, model, runtime].map((bytes) => formatBytes(bytes[key] ?? 0));
  return `${sum} = model ${parts[0]} + runtime ${parts[1]} (${key === 'gzip' ? 'gzip' : 'not compressed'})`;
}
