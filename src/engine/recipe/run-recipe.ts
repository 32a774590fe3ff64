/**
 * Runs a recipe on an open model and writes the variant, for the page and the command line. One implementation serves
 * both, so that the same recipe gives the same bytes in both.
 */
import { inspect } from '../analysis/inspect';
import { foldingSessionOption, isWeightOnly } from '../analysis/weights/weight-only';
import type { Inspection } from '../analysis/inspection';
import type { FreeDimensions } from '../data/feeds';
import type { Model } from '../onnx/graph';
import type { CalibrationData } from '../data/calibration-data';
import { savedByShortNames } from '../passes/names/name-parts';
import type { Observation } from '../passes/pass';
import {
  runPipeline,
  type PipelineContext,
  type PipelineResult,
  type RecipeCache,
  type RecipeProgress,
} from './pipeline';
import type { EncodedFile } from './check-written';
import { encodeVariant, type VariantStorage } from './encode-variant';
import type { OpenedInput } from './open-model';
import type { Optimization } from './optimization';
import type { Recipe } from './recipe';
import type { RecipeHost } from './recipe-host';
import { createSha256 } from '../files/sha256';
import { streamParts, type PartSink } from '../files/stream-parts';

export interface RecipeRun {
  readonly optimization: Optimization;
  readonly inspection: Inspection;
}

export interface RunOptions extends VariantStorage {
  readonly recipe: Recipe;
  /** Name of the file that the variant is to have. */
  readonly variantName: string;
  /** Opens the target of each file of the variant; the model file comes last. */
  openSink(file: EncodedFile): PartSink;
  onProgress(progress: RecipeProgress): void;
  /** Receives the observations of passes while they run, for curves that grow. */
  onObservation?(observation: Observation): void;
  readonly cache?: RecipeCache;
  /** The finished steps of an earlier run of the same recipe. */
  readonly from?: PipelineResult;
  /** Runs after each pass but the last, and the recipe waits for it. */
  onFinished?(result: PipelineResult): Promise<void>;
  /** Data for passes that calibrate. */
  readonly data?: CalibrationData;
  /**
   * The teacher of passes that train; the original if absent. It excludes a cache, whose keys do not name the teacher.
   */
  readonly teacher?: Model;
  /**
   * False: steps do not compare outputs on data to warn of their cost, because the caller evaluates the variant anyway.
   */
  readonly warnsOfCost?: boolean;
  /** Sizes of free dimensions, to count the variant's MACs with. The passes do not see them. */
  readonly dimensions?: FreeDimensions;
}

/** Runs a recipe and writes the variant. Throws as `runPipeline` does, and whatever the sinks throw. */
export async function runRecipe(opened: OpenedInput, options: RunOptions, host: RecipeHost): Promise<RecipeRun> {
  const started = performance.now();
  const { recipe } = options;
  const stepCount = recipe.steps.filter(({ enabled }) => enabled).length;
  const context: PipelineContext = {
    signal: host.signal,
    checkpoint: () => host.checkpoint(),
    progress: (progress) => options.onProgress(progress),
    observe: (observation) => options.onObservation?.(observation),
    finished: async (result) => options.onFinished?.(result),
    data: options.data,
    teacher: options.teacher,
    inference: host.inference,
    ...(options.warnsOfCost === false && { warnsOfCost: false }),
  };
  const { model, passes } = await runPipeline(opened.model, recipe, context, options.cache, options.from);
  const files = encodeVariant(model, options.variantName, options);
  const written = await writeFiles(files, options, stepCount, host);
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const data = files.find(({ kind }) => kind === 'data');
  const inspection = inspect(model, written, { dimensions: options.dimensions });
  const namesBytes = savedByShortNames(model, opened.model);
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
        sha256: written.sha256,
        nodes: inspection.nodes.length,
        parameters: inspection.parameters,
        macs: inspection.macs,
        ...(namesBytes > 0 && { namesBytes }),
        ...(isWeightOnly(model) && { sessionOptions: foldingSessionOption }),
        ...(data && { externalData: { name: data.name, sizeBytes: data.sizeBytes } }),
      },
      sizeBytes: { original: opened.originalBytes, variant: sizeBytes },
      passes,
      ms: performance.now() - started,
    },
  };
}

/** Gives the facts about the model file, which is the last one. */
async function writeFiles(
  files: readonly EncodedFile[],
  options: RunOptions,
  stepCount: number,
  host: RecipeHost,
): Promise<Inspection['file']> {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  let file = { name: options.variantName, sizeBytes: 0, sha256: '' };
  const report = (done: number) =>
    options.onProgress({
      stage: 'Writing the variant',
      done,
      total,
      pass: 'write',
      passTitle: 'Write',
      passIndex: stepCount,
      passCount: stepCount,
    });
  report(0);
  for (const encoded of files) {
    const hash = encoded.kind === 'model' ? (host.createHash ?? createSha256)() : undefined;
    await streamParts(encoded.parts, hash, options.openSink(encoded), {
      progress: (done) => report(before + done),
      checkpoint: () => host.checkpoint(),
    });
    before += encoded.sizeBytes;
    if (hash) file = { name: encoded.name, sizeBytes: encoded.sizeBytes, sha256: hash.digestHex() };
  }
  return file;
}
