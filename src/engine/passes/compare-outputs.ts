import { outputEndings } from '../analysis/output-endings';
import type { CalibrationData } from '../data/calibration-data';
import type { Feeds } from '../data/feeds';
import type { InferenceChain } from '../inference';
import { DataComparison } from '../metrics/data-match';
import type { DataMatch } from '../metrics/evaluation';
import { evidenceOfData, type OutputEvidence } from '../metrics/output-kind';
import type { Model } from '../onnx/graph';
import type { PassContext } from './pass';

/** The most bytes of outputs of the first model that are kept in memory. Further samples are left out. */
const mostOutputBytes = 64 * 2 ** 20;

interface ComparedWith {
  readonly before: Model;
  /** One entry for each run. */
  readonly samples: readonly Feeds[];
  /** Samples in a run; 1 if absent. */
  readonly perRun?: number;
}

export interface ComparedModels extends ComparedWith {
  readonly after: Model;
}

type Comparing = Pick<PassContext, 'signal' | 'checkpoint' | 'data'> & Required<Pick<PassContext, 'inference'>>;

/**
 * The outputs of two models beside each other, on one sample after another, of those that both have. `undefined` if they have
 * none in common. Rejects as the inference does, and with the signal's reason once aborted.
 */
export async function compareOutputs(
  { after, ...compared }: ComparedModels,
  context: Comparing,
): Promise<DataMatch | undefined> {
  return compareWith(compared, context)(after);
}

/** Returns a function that compares a model with this one, as `compareOutputs` does. The first model is run once for all of them. */
export function compareWith(
  { before, samples, perRun = 1 }: ComparedWith,
  context: Comparing,
): (after: Model) => Promise<DataMatch | undefined> {
  let known: { readonly names: string; readonly expected: readonly Feeds[] } | undefined;
  return async (after) => {
    const names = outputsOf(after).filter((name) => outputsOf(before).includes(name));
    if (names.length === 0) return undefined;
    const chain = context.inference.openChain(context.signal);
    const runOne = async (feeds: Feeds): Promise<Feeds> => {
      await context.checkpoint();
      return (await chain.run({ first: 0, feeds: [feeds], read: names, keep: [] })).values[0]!;
    };
    try {
      if (known?.names !== names.join()) {
        known = { names: names.join(), expected: await firstOutputs(chain, { model: before, names, samples }, runOne) };
      }
      await chain.load(after, names);
      const comparison = new DataComparison({ evidence: outputEvidence(before, context.data) });
      for (const [index, outputs] of known.expected.entries())
        comparison.add(outputs, await runOne(samples[index]!), perRun);
      return comparison.result();
    } finally {
      chain.close();
    }
  };
}

async function firstOutputs(
  chain: InferenceChain,
  asked: { readonly model: Model; readonly names: readonly string[]; readonly samples: readonly Feeds[] },
  runOne: (feeds: Feeds) => Promise<Feeds>,
): Promise<readonly Feeds[]> {
  const { model, names, samples } = asked;
  await chain.load(model, names);
  const found: Feeds[] = [];
  let bytes = 0;
  for (const feeds of samples) {
    const outputs = await runOne(feeds);
    found.push(outputs);
    for (const { data } of Object.values(outputs)) bytes += 'byteLength' in data ? data.byteLength : 0;
    if (bytes > mostOutputBytes) break;
  }
  return found;
}

/** Evidence about the kinds of outputs, from a graph and the data of a pass. */
export function outputEvidence({ graph }: Model, data: Pick<CalibrationData, 'about'> | undefined): OutputEvidence {
  const { about } = data ?? {};
  return {
    ...(graph && { endings: outputEndings(graph) }),
    ...(about && evidenceOfData(about.mapping, about.description)),
  };
}

function outputsOf({ graph }: Model): readonly string[] {
  return graph!.outputs.flatMap(({ name }) => (name ? [name] : []));
}
