/** A folder as output: the model by the names of transformers.js, with the files that it is published with. */
import { join } from 'node:path';
import { version } from '../../package.json';
import type { Inspection } from '../../src/engine/analysis/inspection';
import { genaiConfig, keysOf } from '../../src/engine/deploy/genai-config';
import { missingFiles } from '../../src/engine/deploy/transformersjs/hub-folder';
import {
  hubConfigOfOne,
  hubDataName,
  hubPath,
  mostDataFileBytes,
  readHubConfig,
} from '../../src/engine/deploy/transformersjs/hub-repository';
import { folderCard } from '../../src/engine/deploy/transformersjs/model-card';
import { formatList } from '../../src/engine/format';
import type { Optimization } from '../../src/engine/recipe/optimization';
import { findPath } from '../../src/runtime/node/disk/disk-path';
import type { Shell } from '../command';
import { makeFolder, OutputFile } from '../files/output-file';
import { fillNewFolder } from '../files/output-folder';
import { readTextFile } from '../options/data-options';
import { copyBeside, withoutLinksOut } from './copy-beside';

/** The path of the model in the folder. */
const modelPath = hubPath('model', 'fp32');

/** Names of the files of the model in a folder. */
export const folderModel = {
  name: 'model.onnx',
  dataFileName: hubDataName(modelPath),
  mostDataFileBytes,
} as const;

/** True if the output ends with a slash, or is a folder. */
export const namesFolder = (output: string): boolean =>
  /[\\/]$/.test(output) || findPath(output)?.isDirectory() === true;

export interface MadeModel {
  readonly inspection: Pick<Inspection, 'inputs' | 'outputs'>;
  readonly optimization: Pick<Optimization, 'model' | 'variant' | 'sizeBytes' | 'passes'>;
  /** The number of data files. */
  readonly dataFiles: number;
}

/** The JSON documents of commands that write a folder have it. */
export interface WrittenFolder {
  readonly path: string;
  /** Paths in it, the model first. */
  readonly files: readonly string[];
  /** Sentences on files that are missing. */
  readonly notes: readonly string[];
}

/**
 * Makes a folder that is new or empty: `make` writes the model to the given path, and the files beside it follow. Rejects as `make`,
 * `fillNewFolder` and the disk do.
 * @param source the model as the command opened it, whose folder or GGUF file has the other files
 */
export function writeModelFolder<Made extends MadeModel>(
  shell: Shell,
  { output, source }: { readonly output: string; readonly source: string },
  make: (path: string) => Promise<Made>,
): Promise<{ readonly made: Made; readonly folder: WrittenFolder }> {
  return fillNewFolder(output, async (folder) => {
    makeFolder(join(folder, 'onnx'));
    const made = await make(join(folder, modelPath));
    return { made, folder: { path: output, ...(await writeBeside(shell, folder, source, made)) } };
  });
}

async function writeBeside(
  shell: Shell,
  to: string,
  source: string,
  { inspection, dataFiles, optimization: { model, variant, sizeBytes, passes } }: MadeModel,
): Promise<Omit<WrittenFolder, 'path'>> {
  const gguf = shell.ggufs.get(source);
  const folder = withoutLinksOut(shell, shell.folders.get(source));
  const own: Record<string, string> = {};
  for (const { path } of folder?.beside ?? []) {
    const name = path.slice(folder!.root.length);
    if (!describing.includes(name)) continue;
    own[name] = await readTextFile(shell, join(folder!.path, path), name);
  }
  for (const [name, content] of Object.entries(gguf?.configs() ?? {})) own[name] = textOf(content);
  const tokenizer = gguf?.readTokenizer();
  if (tokenizer !== undefined && 'json' in tokenizer) own['tokenizer.json'] = new TextDecoder().decode(tokenizer.json);
  const config = hubConfigOfOne(readHubConfig(own['config.json'] ?? null), dataFiles);
  const genai = genaiConfig(inspection, keysOf(config), keysOf(own['generation_config.json']), {
    filename: modelPath,
    sessionOptions: variant.sessionOptions,
  });
  const isDecoder = !('problem' in genai);
  const card = folderCard(own['README.md'] ?? null, {
    path: modelPath,
    sizeBytes: sizeBytes.variant,
    original: { name: gguf?.file.name ?? model.name, sizeBytes: sizeBytes.original },
    sentences: passes.flatMap(({ sentence }) => sentence ?? []),
    loader: isDecoder ? 'AutoModelForCausalLM' : 'AutoModel',
    hasGenai: isDecoder,
    outputs: inspection.outputs.map(({ name }) => name),
    pareto: version,
  });
  const { bos_token_id, eos_token_id, pad_token_id } = keysOf(config);
  const files: Record<string, string> = {
    ...(isDecoder && { 'generation_config.json': textOf({ bos_token_id, eos_token_id, pad_token_id }) }),
    ...own,
    'config.json': config,
    ...(isDecoder && { 'genai_config.json': textOf(genai) }),
    'README.md': card,
  };
  for (const [name, text] of Object.entries(files)) OutputFile.writeWhole(join(to, name), text, shell.inputs);
  const copied = copyBeside(shell, to, folder, Object.keys(files));
  const data = Array.from({ length: dataFiles }, (_, index) => `${modelPath}_data${index === 0 ? '' : `_${index}`}`);
  const notes = [
    ...(tokenizer !== undefined && 'problem' in tokenizer ? [tokenizer.problem] : []),
    ...(gguf === undefined ? missingFiles(folder ?? null) : []),
    ...('problem' in genai && isGenerating(config) ? [String(genai.problem)] : []),
  ];
  return { files: [modelPath, ...data, ...Object.keys(files), ...copied], notes };
}

/** A line of the files, and one for each note. */
export const describeFolder = ({ path, files, notes }: WrittenFolder): string =>
  [`${path} holds ${formatList(files)}.`, ...notes.map((note) => `Note: ${note}`)].join('\n');

/** Files that are read, because they are changed or other files follow from them. */
const describing: readonly string[] = ['config.json', 'generation_config.json', 'README.md'];

const textOf = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;

/** True for a `config.json` of a model that continues texts. */
const isGenerating = (config: string): boolean =>
  /ForCausalLM/.test(JSON.stringify(keysOf(config).architectures ?? ''));
