/** Samples of which several are one run: of a small model, to send a sample about takes as long as to run it. */
import { divideOutputs } from '../../../../data/mapping/divide-outputs';
import { haveSameShapes, stackFeeds } from '../../../../data/mapping/stack-feeds';
import type { Feeds } from '../../../../data/feeds';
import { tensorNumbers } from '../../../../data/tensor-numbers';
import { statedSize } from '../../../../onnx/declared-shape';
import type { Graph, Model } from '../../../../onnx/graph';
import { ownValue } from '../../../../own-value';

export interface TrialBatch {
  readonly feeds: Feeds;
  readonly samples: readonly Feeds[];
}

/** Parts of outputs that rounding may change where other kernels run for several samples. */
const mostRounding = 1e-3;

/** Neighboring samples together, at most so many; each alone if the model has no free batch axis. */
export function batchesOf({ graph }: Model, samples: readonly Feeds[], most: number): readonly TrialBatch[] {
  const batchAxes = graph && samples[0] ? freeBatchAxes(graph, samples[0]) : {};
  const fed = Object.keys(batchAxes);
  const isOneRow = (sample: Feeds): boolean =>
    fed.length > 0 && fed.every((name) => ownValue(sample, name)?.dims[0] === 1);
  const groups: Feeds[][] = [];
  for (const sample of samples) {
    const group = groups.at(-1);
    if (group && group.length < most && isOneRow(sample) && haveSameShapes(group[0]!, sample)) group.push(sample);
    else groups.push([sample]);
  }
  return groups.map((group) => ({ feeds: stackFeeds(group, batchAxes), samples: group }));
}

/** The batch axis of each fed input, if the first axis of all inputs and outputs is free. */
function freeBatchAxes({ inputs, outputs }: Graph, sample: Feeds): Readonly<Record<string, number>> {
  const fed = inputs.filter(({ name }) => ownValue(sample, name ?? '') !== undefined);
  const isFree = ({ type }: Graph['inputs'][number]): boolean => {
    const first = type?.kind === 'tensor' ? type.shape?.dimensions[0] : undefined;
    return first !== undefined && statedSize(first) === undefined;
  };
  if (![...fed, ...outputs].every(isFree)) return {};
  return Object.fromEntries(fed.map(({ name }) => [name!, 0]));
}

/** True if a batched run gave the outputs of one sample at its place. */
export function holdsAlone(together: Feeds, { samples }: TrialBatch, place: number, alone: Feeds): boolean {
  const part = divideOutputs(together, { count: samples.length, axes: {}, single: alone })?.[place] ?? {};
  return Object.entries(alone).every(([name, own]) => {
    const all = ownValue(part, name);
    const [found, expected] = [all && tensorNumbers(all), tensorNumbers(own)];
    if (!found || !expected) return false;
    const largest = Array.from(expected, Math.abs).reduce((most, size) => Math.max(most, size), 0);
    return expected.every((value, at) => !(Math.abs(found[at]! - value) > mostRounding * largest));
  });
}
