/**
 * The oracle of removed channels: a model without them gives the outputs of the original if the weights that read them
 * are zero. Many models are joined to one, as a session takes longer than their runs.
 */
import { inspectInputs } from '../../../analysis/inspect';
import type { Feeds } from '../../../data/feeds';
import { createSyntheticFeeds } from '../../../data/synthetic';
import { checkModel } from '../../check';
import { encodeModel, joinParts } from '../../codec/encode';
import { channelGroups, type ChannelGroup } from '../channel-groups';
import { coupleChannels } from '../couple-channels';
import { removeChannels } from '../remove-channels';
import { withoutConsumedChannels } from './without-consumed-channels';
import type { Graph, Model, Node } from '../../graph';
import { inferModel } from '../../infer';
import { runModelInNode } from '../../../../runtime/testing/run-model';

export interface RemovalCase {
  readonly pruned: Model;
  /** The original, with the removed channels set to zero. */
  readonly reference: Model;
  readonly groups: readonly ChannelGroup[];
  /** The problems that `checkModel` finds in the smaller model. */
  readonly problems: readonly unknown[];
}

/** The error of single precision over the longest sums of the networks. */
export const tolerance = 2e-5;

/** Every other channel of every group goes. */
export async function removeEveryOther(original: Model): Promise<RemovalCase> {
  const coupled = coupleChannels(original, inferModel(original));
  const { groups, layers } = channelGroups(coupled);
  const removed = new Set(groups.flatMap(({ units }) => units.filter((_, at) => at % 2 === 1)));
  const pruned = await removeChannels(original, coupled, removed, () => Promise.resolve());
  return {
    pruned,
    groups,
    reference: withoutConsumedChannels(original, coupled, layers, removed),
    problems: checkModel(pruned),
  };
}

/** Returns for each case the largest difference of an output, relative to the largest number of that output. */
export async function differencesOf(cases: readonly RemovalCase[]): Promise<readonly number[]> {
  const feeds = createSyntheticFeeds(inspectInputs(cases[0]!.reference), {}, 7);
  const expected = await run(joined(cases.map(({ reference }) => reference)), feeds);
  const found = await run(joined(cases.map(({ pruned }) => pruned)), feeds);
  return cases.map(({ reference }, index) =>
    Math.max(
      ...reference.graph!.outputs.map(({ name }) => {
        const key = `${index}/${name}`;
        return String(found[key]!.dims) === String(expected[key]!.dims)
          ? largestDifference(expected[key]!.data as Float32Array, found[key]!.data as Float32Array)
          : Infinity;
      }),
    ),
  );
}

const run = (model: Model, feeds: Feeds) =>
  runModelInNode(joinParts(encodeModel(model)), feeds, { graphOptimizationLevel: 'disabled' });

function largestDifference(x: Float32Array, y: Float32Array): number {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return x.reduce((most, value, at) => Math.max(most, Math.abs(value - y[at]!)), 0) / Math.max(largest, 1e-30);
}

/** Models of the same inputs as one, whose outputs are called `0/y`, `1/y`, … */
function joined(models: readonly Model[]): Model {
  const parts = models.map(({ graph }, index) => renamed(graph!, index));
  return {
    ...models[0]!,
    graph: {
      ...models[0]!.graph!,
      nodes: parts.flatMap(({ nodes }) => nodes),
      initializers: parts.flatMap(({ initializers }) => initializers),
      outputs: parts.flatMap(({ outputs }) => outputs),
      valueInfos: [],
    },
  };
}

function renamed(graph: Graph, index: number): Graph {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const own = (name: string): string => (name === '' || inputs.has(name) ? name : `${index}/${name}`);
  return {
    ...graph,
    nodes: graph.nodes.map((node): Node => ({
      ...node,
      name: own(node.name ?? ''),
      inputs: node.inputs.map(own),
      outputs: node.outputs.map(own),
    })),
    initializers: graph.initializers.map((tensor) => ({ ...tensor, name: own(tensor.name!) })),
    outputs: graph.outputs.map((info) => ({ ...info, name: own(info.name!) })),
  };
}
