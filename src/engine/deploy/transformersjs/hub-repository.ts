/** The files of a repository for transformers.js: the models by its names, `config.json` with defaults, and the model card. */
import { baseName } from '../../data/readers/file-name';
import type { CellResult, Comparison } from '../../metrics/cell';
import type { Evaluation } from '../../metrics/evaluation';
import { isTooFar } from '../../search/goals';
import { furthestMatch } from '../../metrics/match-grade';
import { ParetoError } from '../../errors';
import { isRecord } from '../../versioned-document';
import { dtypeSuffixes, type Dtype } from './hub-folder';
import type { DtypeRecipe, MadeDtype } from './dtype-recipes';

/**
 * The target's name in `--targets`. It makes models, unlike the targets of `makeBundle`, so a person names it
 * explicitly.
 */
export const transformersJs = { id: 'transformersjs', title: 'transformers.js and Hugging Face' } as const;

/**
 * transformers.js loads `model.onnx_data`, `model.onnx_data_1`, … as ArrayBuffers (4.3, `utils/model-loader.js`), which cannot be much
 * larger than 2 GB in a browser. It loads a hundred files at most, which is more than a runtime in a browser can hold.
 */
export const mostDataFileBytes = 1.9e9;

/** One file for transformers.js with its measurements. */
export interface HubFile extends DtypeRecipe {
  readonly part: string;
  /** The path in the repository: `onnx/model_q4.onnx`. */
  readonly path: string;
  /** Bytes with data files. */
  readonly sizeBytes: number;
  readonly dataFiles: number;
  readonly measured: HubMeasurement;
}

export interface HubMeasurement {
  /** Time on WASM, and outputs against the original's on the same inputs. `null`: not measured. */
  readonly cell: CellResult | null;
  readonly comparison: Comparison | null;
  /** The evaluation on the given data, in place of the few inputs of `cell`. `null` without data. */
  readonly evaluation: Evaluation | null;
  /** The reason why a measurement failed, as a sentence. */
  readonly failure: string | null;
}

/** `onnx/model_q4.onnx` */
export function hubPath(part: string, dtype: Dtype): string {
  return `onnx/${part}${dtypeSuffixes[dtype]}.onnx`;
}

/** The name by which a model of the repository calls its first data file, without a folder. */
export function hubDataName(path: string): string {
  return `${baseName(path)}_data`;
}

/** The output match on data if there is any, else on random inputs. */
export function lossOf({ cell, evaluation }: HubMeasurement) {
  return evaluation?.outputMatch ?? cell?.outputMatch ?? null;
}

const key = 'transformers.js_config';

/**
 * The text of `config.json` with the defaults of transformers.js: the dtype of each device, and how many data files a model has. Other
 * keys are kept, and so is a default dtype whose file was written.
 * @param config the keys of the model's own file, from `readHubConfig`
 */
export function hubConfig(config: HubConfig, files: readonly HubFile[]): string {
  const own: Keys = isRecord(config[key]) ? config[key] : {};
  const chunks = Object.fromEntries(
    files.filter(({ dataFiles }) => dataFiles > 0).map(({ path, dataFiles }) => [baseName(path), dataFiles]),
  );
  const dtype = keptDtype(own.dtype, files) ?? defaultDtype(files);
  return withDefaults(config, { dtype, device_config: deviceConfig(own.device_config, files) }, chunks);
}

/** The text of the `config.json` of a folder with one model, `model.onnx`, for every device. */
export function hubConfigOfOne(config: HubConfig, dataFiles: number): string {
  const dtype = 'fp32';
  const chunks = dataFiles === 0 ? {} : { [baseName(hubPath('model', dtype))]: dataFiles };
  return withDefaults(config, { dtype, device_config: { webgpu: { dtype } } }, chunks);
}

/** @param chunks the number of data files by the name of the model */
function withDefaults(config: HubConfig, chosen: Keys, chunks: Keys): string {
  const { use_external_data_format: _, ...kept }: Keys = isRecord(config[key]) ? config[key] : {};
  const hasData = Object.keys(chunks).length > 0;
  const defaults = { ...kept, ...chosen, ...(hasData && { use_external_data_format: chunks }) };
  return `${JSON.stringify({ ...config, [key]: defaults }, null, 2)}\n`;
}

/** The default dtypes in a text that `hubConfig` wrote, for a sentence. An author may have one for each part of a model. */
export function defaultDtypes(config: string): { readonly usual: string; readonly webgpu: string } {
  const parsed = JSON.parse(config) as Record<typeof key, { dtype: unknown; device_config: { webgpu: Keys } }>;
  const { dtype, device_config } = parsed[key];
  const word = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return { usual: word(dtype), webgpu: word(device_config.webgpu.dtype) };
}

type Keys = Readonly<Record<string, unknown>>;

/** The keys of a `config.json`. */
export type HubConfig = Keys;

/** Reads the text of the model's own `config.json`; `null` without one. Throws `bundle/config` for a text that is not a JSON object. */
export function readHubConfig(text: string | null): HubConfig {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Both mistakes have the same sentence.
  }
  throw new ParetoError('bundle/config', 'config.json is not a JSON object. Use the file of the model.');
}

function keptDtype(dtype: unknown, files: readonly HubFile[]): unknown {
  return typeof dtype === 'string' && !files.some((file) => file.dtype === dtype) ? undefined : dtype;
}

function deviceConfig(given: unknown, files: readonly HubFile[]): Keys {
  const own: Keys = isRecord(given) ? given : {};
  const webgpu: Keys = isRecord(own.webgpu) ? own.webgpu : {};
  return { ...own, webgpu: { ...webgpu, dtype: keptDtype(webgpu.dtype, files) ?? webgpuDtype(files) } };
}

/** The dtype for WASM and for Node: 8 bits, as transformers.js chooses it on WASM, while the outputs stay close. */
export function defaultDtype(files: readonly HubFile[]): MadeDtype {
  return firstClose(files, ['q8', 'int8', 'uint8', 'fp32', 'fp16']);
}

/** 4 bits with float32 activations run on every GPU; float16 is refused by those without `shader-f16`. */
function webgpuDtype(files: readonly HubFile[]): MadeDtype {
  return firstClose(files, ['q4', 'fp32', 'fp16']);
}

/** The first of these dtypes that all parts have with outputs close to the original, else the first that all parts have. */
function firstClose(files: readonly HubFile[], order: readonly MadeDtype[]): MadeDtype {
  const parts = new Set(files.map(({ part }) => part)).size;
  const there = order.filter((dtype) => files.filter((file) => file.dtype === dtype).length === parts);
  const close = there.find((dtype) => {
    const losses = files.filter((file) => file.dtype === dtype).map(({ measured }) => lossOf(measured));
    const furthest = furthestMatch(losses.filter((loss) => loss !== null));
    return furthest !== undefined && !isTooFar(furthest);
  });
  return close ?? there[0] ?? files[0]!.dtype;
}
