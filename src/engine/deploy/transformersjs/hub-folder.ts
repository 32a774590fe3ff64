/** A folder as it lies on Hugging Face: `config.json`, a tokenizer, and in `onnx/` parts of a model in several precisions. */
import { baseName } from '../../data/readers/file-name';
import { isTokenizerName } from '../../data/readers/tokenizer-name';
import { formatBytes, formatFirst } from '../../format';

/** The suffix behind the name of a part, by the `dtype` that transformers.js loads it with (4.3, `utils/dtypes.js`). */
export const dtypeSuffixes = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;

export type Dtype = keyof typeof dtypeSuffixes;

/** Suffixes that other tools and later versions use for the same model. */
const otherSuffixes = ['_q2', '_q2f16', '_q1', '_q1f16', '_q8', '_O[1-4]', '_qu?int8(?:_[a-z0-9_]+)?'];

const suffix = new RegExp(`^(.+?)(${[...Object.values(dtypeSuffixes).filter(Boolean), ...otherSuffixes].join('|')})$`);

export interface FolderFile {
  /** The path with forward slashes, from the folder that all files share. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** One ONNX file with its data files. */
export interface HubModel {
  /** The name of the file without precision and ending: `model`, `encoder_model`. */
  readonly part: string;
  /** Empty for the part in float32. */
  readonly suffix: string;
  readonly path: string;
  /** Data files that are named after it. */
  readonly data: readonly FolderFile[];
  /** Bytes with its data files. */
  readonly sizeBytes: number;
}

export interface HubFolder {
  /** The folder of `config.json`: empty, or a path that ends with a slash. */
  readonly root: string;
  /** The file that is opened. */
  readonly model: HubModel;
  /** All ONNX files, `model` among them: by parts, the float one of each first. */
  readonly models: readonly HubModel[];
  readonly config: string | null;
  readonly tokenizer: string | null;
  /** Small files beside `config.json` that a model is published with, such as those of its tokenizer. */
  readonly beside: readonly FolderFile[];
}

/**
 * Finds the models of a folder and chooses the one to open: the float file of the part `model`, otherwise of the largest part.
 * `undefined` if the files are no such folder: no ONNX file beside or below a `config.json` or in a folder `onnx`.
 */
export function findHubFolder(files: readonly FolderFile[]): HubFolder | undefined {
  const root = rootOf(files);
  if (root === undefined) return undefined;
  const inside = files.filter(({ path }) => path.startsWith(root));
  const models = inside
    .filter(({ path }) => isModelPlace(path.slice(root.length)))
    .map((file) => modelOf(file, inside));
  const names = [...new Set(models.map(({ part }) => part))];
  const parts = names.map((name) => models.filter(({ part }) => part === name).toSorted(floatFirst));
  const largest = parts.toSorted((a, b) => b[0]!.sizeBytes - a[0]!.sizeBytes)[0];
  const main = parts.find(([first]) => first!.part === 'model') ?? largest;
  if (main === undefined) return undefined;
  const others = parts.filter((part) => part !== main).toSorted(([a], [b]) => (a!.part < b!.part ? -1 : 1));
  const own = inside.filter(({ path }) => !path.slice(root.length).includes('/'));
  return {
    root,
    model: main[0]!,
    models: [main, ...others].flat(),
    config: own.find(({ path }) => isConfig(path))?.path ?? null,
    tokenizer: own.find(({ path }) => isTokenizerName(path))?.path ?? null,
    beside: own.filter(isPublished),
  };
}

/** The float file of each part, the main part first: the files that a recipe is run on. */
export function floatParts({ models }: Pick<HubFolder, 'models'>): readonly HubModel[] {
  return models.filter(({ part }, index) => models.findIndex((each) => each.part === part) === index);
}

const isConfig = (path: string): boolean => /(^|\/)config\.json$/.test(path);

/** The folder of the `config.json` with the shortest path; without any, the folder above `onnx`. */
function rootOf(files: readonly FolderFile[]): string | undefined {
  const shortest = (paths: readonly string[]) => paths.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
  const config = shortest(files.map(({ path }) => path).filter(isConfig));
  if (config !== undefined) return config.slice(0, -'config.json'.length);
  const model = shortest(files.map(({ path }) => path).filter((path) => /(^|\/)onnx\/[^/]+\.onnx$/i.test(path)));
  return model?.replace(/onnx\/[^/]+$/, '');
}

/** True for a path beside `config.json`, or in its folder `onnx`. */
const isModelPlace = (path: string): boolean => /^(onnx\/)?[^/]+\.onnx$/i.test(path);

function modelOf({ path, sizeBytes }: FolderFile, files: readonly FolderFile[]): HubModel {
  const stem = baseName(path).replace(/\.onnx$/i, '');
  const [, part = stem, ending = ''] = suffix.exec(stem) ?? [];
  const data = files.filter((file) => file.path.startsWith(`${path}_data`) || file.path === `${path}.data`);
  const total = data.reduce((sum, file) => sum + file.sizeBytes, sizeBytes);
  return { part, suffix: ending, path, data, sizeBytes: total };
}

/** float32, then float16, then by size from the largest. */
function floatFirst(a: HubModel, b: HubModel): number {
  const rank = ({ suffix: own }: HubModel): number => (own === '' ? 0 : own === dtypeSuffixes.fp16 ? 1 : 2);
  return rank(a) - rank(b) || b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1);
}

/** Larger ones are weights of other frameworks. */
const mostBesideBytes = 64 * 2 ** 20;

function isPublished({ path, sizeBytes }: FolderFile): boolean {
  const name = baseName(path);
  return (
    sizeBytes <= mostBesideBytes &&
    (/\.(json|txt|jinja|model|md|ini|ya?ml|toml|vocab|bpe|spm)$/i.test(name) || /^(license|notice)/i.test(name))
  );
}

/** The most files that one sentence lists. */
const mostListed = 8;

/** Sentences about the open file, its other precisions, the other parts and the tokenizer. */
export function describeHubFolder({ root, model, models, tokenizer }: HubFolder): readonly string[] {
  const named = ({ path, sizeBytes }: HubModel): string => `${path.slice(root.length)} (${formatBytes(sizeBytes)})`;
  const listed = (of: readonly HubModel[]): string => formatFirst(of.map(named), mostListed);
  const precisions = models.filter((each) => each.part === model.part && each !== model);
  const parts = models.filter((each) => each.part !== model.part);
  return [
    `${named(model)} is the model.`,
    ...(precisions.length === 0 ? [] : [`Other precisions of it: ${listed(precisions)}.`]),
    ...(parts.length === 0 ? [] : [`Other parts: ${listed(parts)}. To open one, name its file.`]),
    ...(tokenizer === null ? [] : [`${tokenizer.slice(root.length)} converts texts to tokens.`]),
  ];
}

/**
 * Sentences about files that transformers.js will miss in a repository of this folder. `null` stands for a model file
 * alone.
 */
export function missingFiles(folder: Pick<HubFolder, 'config' | 'tokenizer' | 'beside'> | null): readonly string[] {
  const hasTokenizerConfig = folder?.beside.some(({ path }) => /(^|\/)tokenizer_config\.json$/.test(path)) === true;
  return [
    ...(folder?.config == null
      ? ['config.json holds only defaults of transformers.js. Add the keys of the model, such as model_type.']
      : []),
    ...(folder?.tokenizer != null && !hasTokenizerConfig
      ? ['AutoTokenizer also needs tokenizer_config.json, which was not beside tokenizer.json.']
      : []),
  ];
}
