/** What can be removed from a model, what it costs, and the limits that the options set. */
import { inspectInputs } from '../../../analysis/inspect';
import type { Feeds } from '../../../data/feeds';
import { formatCounted, formatNodePath } from '../../../format';
import { freeDimensionKey, withSuggestedDimensions } from '../../../data/free-dimensions';
import { channelGroups, type ChannelGroup, type ChannelLayer } from '../../../onnx/coupling/channel-groups';
import { coupleChannels, type CoupledChannels } from '../../../onnx/coupling/couple-channels';
import { withOwnVectors, type VectorCopies } from '../../../onnx/coupling/own-vectors';
import { isFloatDataType } from '../../../onnx/data-type';
import type { Model, Tensor } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { weightOperandsOf } from '../../../onnx/ops/registry';
import { subgraphsOf } from '../../../onnx/subgraphs';
import { weights } from '../../../onnx/weights';
import { ownValue } from '../../../own-value';
import { givenTo, namesOfNode, unknownNodeNames } from '../../node-names';
import type { Refusal } from '../../pass';
import type { CountedOptions } from './prune-channels-options';
import type { WidthLimits } from './choose/channel-widths';
import { RemovalCost } from './choose/removal-cost';

/** The coupled channels of a model, whatever the options are. */
export interface ChannelParts {
  /** The model with separate vectors for each node. */
  readonly model: Model;
  readonly copies: VectorCopies;
  readonly coupled: CoupledChannels;
  readonly layers: readonly ChannelLayer[];
  readonly groups: readonly ChannelGroup[];
  readonly cost: RemovalCost;
  readonly refusals: readonly Refusal[];
}

/** The parts within the limits that options set. */
export interface ChannelScope extends ChannelParts {
  readonly limits: readonly WidthLimits[];
  /** The reasons of groups that keep all their channels. */
  readonly reasons: readonly (string | undefined)[];
}

/** @param sample inputs that tell the sizes of free dimensions; without, those are assumed that the page begins with. */
export function channelParts(original: Model, sample: Feeds | undefined): ChannelParts {
  const { model, copies } = withOwnVectors(original);
  const coupled = coupleChannels(model, inferModel(model));
  const { groups, layers, locked } = channelGroups(coupled);
  const lockedRefusals = locked.map(({ path, op, channels, lock }) => ({
    path,
    op,
    code: 'locked',
    reason: `${formatCounted(channels, 'channel')} must stay because of ${formatNodePath(lock.path)}: ${lock.reason}`,
  }));
  return {
    model,
    copies,
    coupled,
    layers,
    groups,
    cost: new RemovalCost(
      coupled,
      groups,
      inferModel(model, { dimensions: sizesFor(model, sample) }),
      innerWeights(model),
    ),
    refusals: [...lockedRefusals, ...withoutRule(coupled)],
  };
}

/**
 * Limits the parts by the options. Without trials on data, channels that normalizations average over stay. They do not
 * stay if they are to be removed like others, or if their share is set.
 */
export function scopeOf(parts: ChannelParts, options: CountedOptions, triesWidths: boolean): ChannelScope {
  const { groups, coupled } = parts;
  const known = new Set(coupled.nodes.flatMap(({ visit }) => namesOfNode(visit)));
  const { include, exclude, ratioByLayer, ratioByGroup } = options;
  const named = [...include, ...exclude, ...Object.keys(ratioByLayer), ...Object.keys(ratioByGroup)];
  const reasons = groups.map((group) => reasonToKeep(group, options));
  const limits = groups.map((group, index) => limitsOf(group, options, reasons[index]));
  // Shares that were set by hand for all others are no target that these would have to meet.
  const others = limits.filter((_, group) => !groups[group]!.isAveraged);
  const areSet = others.some(({ most }) => most > 0) && others.every(({ fixed }) => fixed !== undefined);
  const stays = (group: number): boolean =>
    (!triesWidths || areSet) &&
    options.normalized === 'tried' &&
    groups[group]!.isAveraged === true &&
    limits[group]!.most > 0 &&
    limits[group]!.fixed === undefined;
  return {
    ...parts,
    limits: limits.map((own, group) => (stays(group) ? { ...own, most: 0, fixed: 0 } : own)),
    reasons: reasons.map((own, group) =>
      stays(group) ? `${averagedOver} They are removed only if trials on data allow it.` : own,
    ),
    refusals: [...unknownNodeNames(named, known), ...parts.refusals],
  };
}

/** Float weights in the bodies of nodes and functions. */
function innerWeights(model: Model): readonly Tensor[] {
  const inner = weights(model).filter(
    ({ scope, tensor }) => scope.path !== 'graph' && isFloatDataType(tensor.dataType ?? 0),
  );
  return inner.map(({ tensor }) => tensor);
}

/** Nodes with weights of which nothing can be removed, because no rule tells what goes with what. */
function withoutRule({ nodes, constants }: CoupledChannels): readonly Refusal[] {
  return nodes.flatMap(({ visit: { path, node }, coupling }): readonly Refusal[] => {
    const op = node.opType ?? '';
    if (subgraphsOf(node).length > 0) {
      return [{ path, op, code: 'body', reason: `Layers inside the graphs of ${op} keep their channels.` }];
    }
    const reads = weightOperandsOf(node).some(({ input }) => constants.has(node.inputs[input] ?? ''));
    if (!reads || coupling.weights !== undefined) return [];
    return [{ path, op, code: 'no-rule', reason: `Pareto does not know which channels of ${op} belong together.` }];
  });
}

/** The largest share that a group loses: a layer with almost no channels passes little on. */
export const mostOfGroup = 0.8;

const averagedOver = 'A normalization averages over them.';

function reasonToKeep(
  { layers, units, isAveraged }: ChannelGroup,
  { include, exclude, normalized }: CountedOptions,
): string | undefined {
  const names = new Set(layers.flatMap(namesOfNode));
  if (exclude.some((name) => names.has(name))) return 'A node of this group is excluded by the options.';
  if (include.length > 0 && !include.some((name) => names.has(name)))
    return 'None of its nodes is included by the options.';
  if (isAveraged && normalized === 'never') return averagedOver;
  return units.length < 2 ? 'It is a single channel.' : undefined;
}

function limitsOf(group: ChannelGroup, options: CountedOptions, reason: string | undefined): WidthLimits {
  const units = group.units.length;
  // The group keeps all its units, as if its share were set to 0 by hand.
  if (reason !== undefined) return { units, most: 0, fixed: 0 };
  const most = Math.min(units - 1, Math.floor(mostOfGroup * units));
  const ratio = ratioOf(group, options);
  if (ratio === undefined) return { units, most };
  return { units, most, fixed: Math.min(units - 1, Math.floor(ratio * units + 0.5)) };
}

/** The share that is set by hand; `undefined`: none is. */
function ratioOf(
  { id, layers, isAveraged }: ChannelGroup,
  { ratioByLayer, ratioByGroup, normalized }: CountedOptions,
): number | undefined {
  const first = layers.find(({ path }) => path === id);
  const ofGroup = first && givenTo(first, ratioByGroup);
  if (ofGroup !== undefined) return ofGroup;
  // Every layer reads or gives them: a share for one of these is meant for its own channels.
  const isShared = isAveraged === true && normalized !== 'always';
  const ratios = (isShared ? [] : layers).flatMap((layer) =>
    namesOfNode(layer).flatMap((name) => (Object.hasOwn(ratioByLayer, name) ? [ratioByLayer[name]!] : [])),
  );
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}

/** Sizes of free dimensions: those of the sample, or those that the page begins with. */
export function sizesFor(model: Model, sample: Feeds | undefined): Readonly<Record<string, number>> {
  const inputs = inspectInputs(model);
  const given = new Map<string, number>();
  for (const input of inputs) {
    const fed = sample && ownValue(sample, input.name);
    fed?.dims.forEach((size, axis) => {
      const key = freeDimensionKey(input, axis);
      if (key !== undefined) given.set(key, size);
    });
  }
  return withSuggestedDimensions(inputs, Object.fromEntries(given));
}
