/**
 * From files to a variant: what the page and the command line both do. One implementation, so that the same recipe gives
 * the same bytes in both.
 */
import { countModelNodes, countModelParameters, inspect } from '../analysis/inspect';
import type { Inspection } from '../analysis/inspection';
import { ParetoError } from '../errors';
import type { ByteSource } from '../onnx/byte-source';
import { checkModel } from '../onnx/check';
import { decodeModel } from '../onnx/codec/decode';
import { attachExternalData, externalFiles } from '../onnx/codec/external-data';
import type { Model } from '../onnx/graph';
import { runPipeline, type PipelineContext, type RecipeCache, type RecipeProgress } from '../passes/pipeline';
import type { DataStorage } from '../onnx/codec/encode-files';
import { encodeVariant, type EncodedFile } from './encode-variant';
import type { Optimization } from './optimization';
import type { Recipe } from './recipe';
import { createSha256, type IncrementalHash } from './sha256';
import { streamParts, type PartSink } from './stream-parts';

export interface ModelInput {
  /** Name of the model file, for messages and reports. */
  readonly name: string;
  readonly source: ByteSource;
  /** Of the model file, as 64 hexadecimal digits; empty while nobody has computed it. */
  readonly sha256: string;
  /** The data file that the model calls by this path. Asked once for each. */
  findData(location: string): ByteSource | undefined;
}

export interface OpenedInput {
  readonly model: Model;
  readonly inspection: Inspection;
  /** Model file and data files together. */
  readonly originalBytes: number;
  /** Size of the same model decoded and encoded without change. */
  readonly reencodedBytes: number;
}

/** What differs between hosts. */
export interface RecipeHost {
  readonly signal: AbortSignal;
  checkpoint(): Promise<void>;
  /** Default: the portable SHA-256. */
  createHash?(): IncrementalHash;
}

/**
 * Reads and checks a model: its structure, not its weights, which stay where they are. So a file of any size takes about
 * a second. Throws the codec's `format/…` and `external-data/…` errors, and `model/invalid` with the first problem when
 * the file decodes to something that is not a valid model.
 */
export function openModel(input: ModelInput): OpenedInput {
  const { name, source, sha256 } = input;
  const { model, dataBytes } = readModel(input);
  return {
    model,
    inspection: inspect(model, { name, sizeBytes: source.sizeBytes, sha256 }),
    originalBytes: source.sizeBytes + dataBytes,
    reencodedBytes: encodeVariant(model, name, 'auto').reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** SHA-256 of a whole file as 64 hexadecimal digits. `onProgress` gets the bytes done. */
export async function hashSource(
  source: ByteSource,
  host: RecipeHost,
  onProgress: (doneBytes: number) => void = () => undefined,
): Promise<string> {
  const hash = (host.createHash ?? createSha256)();
  await streamParts([source], hash, undefined, { progress: onProgress, checkpoint: () => host.checkpoint() });
  return hash.digestHex();
}

export interface RecipeRun {
  readonly optimization: Optimization;
  readonly inspection: Inspection;
}

export interface RunOptions {
  readonly recipe: Recipe;
  /** Name of the file that the variant is to have. */
  readonly variantName: string;
  readonly storage: DataStorage;
  /** Where each file of the variant goes; the model file comes last. */
  openSink(file: EncodedFile): PartSink;
  onProgress(progress: RecipeProgress): void;
  readonly cache?: RecipeCache;
}

/** Runs a recipe and writes the variant. Throws as `runPipeline` does, and whatever the sinks throw. */
export async function runRecipe(opened: OpenedInput, options: RunOptions, host: RecipeHost): Promise<RecipeRun> {
  const started = performance.now();
  const { recipe } = options;
  const stepCount = recipe.steps.filter(({ enabled }) => enabled).length;
  const context: PipelineContext = {
    signal: host.signal,
    checkpoint: () => host.checkpoint(),
    // Writing the result is the last step that a person sees.
    progress: (progress) => options.onProgress({ ...progress, passCount: stepCount + 1 }),
  };
  const { model, passes } = await runPipeline(opened.model, recipe, context, options.cache);
  const files = encodeVariant(model, options.variantName, options.storage);
  const { sha256 } = await writeFiles(files, options, stepCount, host);
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const [data] = files.filter(({ kind }) => kind === 'data');
  const modelFile = files.find(({ kind }) => kind === 'model');
  const inspection = inspect(model, {
    name: options.variantName,
    sizeBytes: modelFile?.sizeBytes ?? sizeBytes,
    sha256,
  });
  const { file } = opened.inspection;
  return {
    inspection,
    optimization: {
      model: {
        ...file,
        sizeBytes: opened.originalBytes,
        nodes: opened.inspection.nodes.length,
        parameters: opened.inspection.parameters,
      },
      variant: {
        sizeBytes,
        sha256,
        nodes: countModelNodes(model),
        parameters: countModelParameters(model),
        macs: inspection.macs,
        ...(data && { externalData: { name: data.name, sizeBytes: data.sizeBytes } }),
      },
      sizeBytes: { original: opened.originalBytes, reencoded: opened.reencodedBytes, variant: sizeBytes },
      passes,
      ms: performance.now() - started,
    },
  };
}

async function writeFiles(
  files: readonly EncodedFile[],
  options: RunOptions,
  stepCount: number,
  host: RecipeHost,
): Promise<{ readonly sha256: string }> {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  let sha256 = '';
  const report = (done: number) =>
    options.onProgress({
      stage: 'Writing the variant',
      done,
      total,
      pass: 'write',
      passIndex: stepCount,
      passCount: stepCount + 1,
    });
  report(0);
  for (const file of files) {
    const hash = file.kind === 'model' ? (host.createHash ?? createSha256)() : undefined;
    await streamParts(file.parts, hash, options.openSink(file), {
      progress: (done) => report(before + done),
      checkpoint: () => host.checkpoint(),
    });
    before += file.sizeBytes;
    if (hash) sha256 = hash.digestHex();
  }
  return { sha256 };
}

function readModel(input: ModelInput): { readonly model: Model; readonly dataBytes: number } {
  const decoded = decodeModel(input.source);
  const data = new Map<string, ByteSource>();
  for (const { location } of externalFiles(decoded)) {
    const source = input.findData(location);
    if (source) data.set(location, source);
  }
  const model = attachExternalData(decoded, data);
  const [problem] = checkModel(model);
  if (problem) throw new ParetoError('model/invalid', `${input.name} is not a valid model: ${problem.message}`);
  const dataBytes = [...data.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { model, dataBytes };
}
