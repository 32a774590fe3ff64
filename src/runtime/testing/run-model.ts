import type { Feeds, FeedTensor } from '../../engine/data/feeds';
import { fromOrtTensor, toOrtTensors } from '../session/tensors';
import { loadOrtInNode } from '../node/ort';
import { TurnToken } from '../session/session-host';

/** The sessions of this process share one runtime. Two of them at work at once would mix up its stack. */
export const turnOfProcess = new TurnToken();

export interface RunModelOptions {
  /** External data files by the name that the model calls them. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Names of the outputs to compute; all of them when absent. */
  readonly outputs?: readonly string[];
  /** `disabled` runs the graph as it is written, without ORT's own fusions. Default `all`. */
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all';
}

/**
 * Runs a model once on onnxruntime-web's WASM provider, one thread, in this process, and gives its outputs. It serves
 * tests and golden checks, not timing: use `measureCells` with a host for that.
 */
export function runModelInNode(
  modelBytes: Uint8Array,
  feeds: Feeds,
  options: RunModelOptions = {},
): Promise<Readonly<Record<string, FeedTensor>>> {
  return turnOfProcess.take(() => run(modelBytes, feeds, options));
}

async function run(
  modelBytes: Uint8Array,
  feeds: Feeds,
  options: RunModelOptions,
): Promise<Readonly<Record<string, FeedTensor>>> {
  const ort = await loadOrtInNode(1);
  const session = await ort.InferenceSession.create(modelBytes, {
    graphOptimizationLevel: options.graphOptimizationLevel ?? 'all',
    logSeverityLevel: 3,
    externalData: options.externalData?.map(({ path, data }) => ({ path, data })),
  });
  try {
    const results = await session.run(
      Object.fromEntries(toOrtTensors(ort, Object.entries(feeds))),
      options.outputs ?? session.outputNames,
    );
    const outputs: [name: string, FeedTensor][] = [];
    for (const [name, tensor] of Object.entries(results)) outputs.push([name, await fromOrtTensor(tensor)]);
    return Object.fromEntries(outputs);
  } finally {
    await session.release();
  }
}
