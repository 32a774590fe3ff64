/** A recipe in this very process, to the bytes of a file, as page and shell write it. */
import type { CalibrationData } from '../../../engine/data/calibration-data';
import type { Feeds, FeedTensor } from '../../../engine/data/feeds';
import type { Inference } from '../../../engine/inference';
import { MemorySource } from '../../../engine/onnx/byte-source';
import { joinParts } from '../../../engine/onnx/codec/encode';
import { decodeModel } from '../../../engine/onnx/codec/decode';
import type { Model } from '../../../engine/onnx/graph';
import { encodeVariant } from '../../../engine/recipe/encode-variant';
import type { PassReport } from '../../../engine/recipe/optimization';
import { runPipeline } from '../../../engine/recipe/pipeline';
import type { Recipe } from '../../../engine/recipe/recipe';
import { createInProcessInference } from './in-process-inference';

export interface MadeVariant {
  readonly bytes: Uint8Array;
  readonly passes: readonly PassReport[];
}

const { signal } = new AbortController();

/** @param samples for passes that calibrate. None: there is no data. */
export async function makeVariant(model: Model, recipe: Recipe, samples: readonly Feeds[]): Promise<MadeVariant> {
  const data: CalibrationData = {
    fingerprint: 'samples',
    samples: samples.length,
    async *feeds() {
      yield* samples;
    },
  };
  const made = await runPipeline(model, recipe, {
    signal,
    progress: () => undefined,
    checkpoint: () => Promise.resolve(),
    inference: createInProcessInference(),
    ...(samples.length > 0 && { data }),
  });
  const [file] = encodeVariant(made.model, 'variant.onnx', { storage: 'single-file' });
  return { bytes: joinParts(file!), passes: made.passes };
}

/** The outputs of a file in a session opened as Pareto opens it, with the runtime's own fusions. */
export async function outputsOf(bytes: Uint8Array, feeds: Feeds): Promise<Readonly<Record<string, FeedTensor>>> {
  const inference: Inference = createInProcessInference();
  const session = await inference.open(signal, decodeModel(new MemorySource(bytes)));
  try {
    return await session.run(feeds);
  } finally {
    session.close();
  }
}
