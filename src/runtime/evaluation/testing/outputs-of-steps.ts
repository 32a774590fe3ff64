import type { Dataset } from '../../../engine/data/dataset';
import type { Feeds } from '../../../engine/data/feeds';
import type { SampleFeeder } from '../../../engine/data/mapping/fed-sample';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { createSampleFeeder } from '../../../engine/data/mapping/sample-feeds';
import { quietContext } from '../../../engine/data/testing/memory-files';
import type { ModelFiles } from '../../models/model-files';
import { createInProcessHost } from '../../node/testing/in-process-host';
import { EvaluatedModel } from '../evaluated-model';
import { groupSamples } from '../group-samples';
import { readSamples } from '../read-samples';

export interface OutputsOfSteps {
  readonly feeder: SampleFeeder;
  /** Results for each batch size: `[sample][step]`. */
  readonly results: readonly (readonly (readonly Feeds[])[])[];
}

/** Outputs of a model for every sample at every step, with real sessions, in runs of at most this many samples. */
export async function outputsOfSteps(
  files: ModelFiles,
  dataset: Dataset,
  mapping: DataMapping,
  batches: readonly number[],
): Promise<OutputsOfSteps> {
  const spec = { files, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false } as const;
  const session = await createInProcessHost().open(new AbortController().signal, spec);
  try {
    const { inputs } = session;
    const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions: {} });
    const indices = Array.from({ length: dataset.description.samples }, (_, index) => index);
    const results: Feeds[][][] = [];
    for (const batch of batches) {
      const model = new EvaluatedModel({ id: 'original', session, feeder, feederIndex: 0, fixedBatch: null });
      const found: Feeds[][] = [];
      const samples = readSamples(quietContext, dataset, indices, [feeder]);
      for await (const group of groupSamples(samples, { samples: batch, bytes: Infinity })) {
        if (group.skipped.length > 0) throw new Error(group.skipped[0]!.reason);
        if (found.length === 0) await model.warmUp(group.samples[0]!);
        const ofGroup = group.samples.map((): Feeds[] => []);
        for (const step of group.samples[0]!.fed[0]!.steps.keys()) {
          const outputs = await model.run(group.samples, step);
          ofGroup.forEach((steps, index) => steps.push(outputs[index]!));
        }
        found.push(...ofGroup);
      }
      results.push(found);
    }
    return { feeder, results };
  } finally {
    session.close();
  }
}
