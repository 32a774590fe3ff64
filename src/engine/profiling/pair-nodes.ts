/** The nodes of two models side by side with their times, also nodes that only one of them runs. */
import type { NodeTime, NodeTimes } from '../metrics/node-time';
import type { NodeCost } from './roofline';

/** A model whose nodes were timed, with their work from an inspection with the sizes that were run. */
export interface ProfiledModel {
  readonly times: Pick<NodeTimes, 'nodes' | 'unattributed'>;
  readonly costs: readonly NodeCost[];
}

export interface TimedNode {
  /** The path from `inspect`; `null` for kernels that the runtime added. */
  readonly path: string | null;
  readonly op: string;
  /** Median of a run. `null`: it did not run on its own. */
  readonly ms: number | null;
  /** Share of the time of all kernels, from 0 to 1. */
  readonly share: number | null;
  readonly provider?: string;
  /** The operator of the runtime's own graph that ran in its place. */
  readonly ranAs?: string;
  /** 10⁹ operations a second; `null` if they are not known. */
  readonly gflops: number | null;
}

/** At least one side is there. */
export interface NodePair {
  readonly original?: TimedNode;
  readonly variant?: TimedNode;
  /** Time of the variant less that of the original; a node that is missing or did not run on its own takes none. */
  readonly differenceMs: number;
}

export interface OperatorPair {
  readonly op: string;
  readonly originalMs: number;
  readonly variantMs: number;
  readonly originalNodes: number;
  readonly variantNodes: number;
  readonly differenceMs: number;
}

/** Times of the same node differ by up to this share between profiles. */
const leastSlowdown = 0.05;
const leastSlowdownMs = 0.001;

/**
 * Nodes of both models, the largest differences first. Nodes that ran on their own in neither are left out, and so are nodes inside
 * others, whose time is part of those.
 *
 * @param pairs paths of nodes that stand for each other, from `diffModels`.
 */
export function pairNodes(
  original: ProfiledModel,
  variant: ProfiledModel,
  pairs: readonly (readonly [original: string, variant: string])[],
): readonly NodePair[] {
  const [a, b] = [timedNodes(original), timedNodes(variant)];
  const partners = new Map(pairs);
  const taken = new Set<string>();
  const paired = [...a.values()].map((node): NodePair => {
    const partner = b.get(partners.get(node.path ?? '') ?? '');
    if (partner?.path) taken.add(partner.path);
    return pairOf(node, partner);
  });
  const alone = [...b.values()].filter(({ path }) => !taken.has(path ?? '')).map((node) => pairOf(undefined, node));
  return [...paired, ...alone, ...pairsOfKernels(original, variant)]
    .filter((pair) => pair.original?.ms != null || pair.variant?.ms != null)
    .sort((one, other) => Math.abs(other.differenceMs) - Math.abs(one.differenceMs));
}

/** True for nodes that take measurably longer in the variant, or that only the variant runs. */
export function isSlower({ original, differenceMs }: NodePair): boolean {
  return differenceMs >= Math.max(leastSlowdownMs, leastSlowdown * (original?.ms ?? 0));
}

/** Sums by operator, the largest differences first. A pair counts under the operator of each side. */
export function sumByOperator(pairs: readonly NodePair[]): readonly OperatorPair[] {
  const sums = new Map<string, Record<'originalMs' | 'variantMs' | 'originalNodes' | 'variantNodes', number>>();
  const add = (side: 'original' | 'variant', node: TimedNode | undefined): void => {
    if (node?.ms == null) return;
    const sum = sums.get(node.op) ?? { originalMs: 0, variantMs: 0, originalNodes: 0, variantNodes: 0 };
    sums.set(node.op, sum);
    sum[`${side}Ms`] += node.ms;
    sum[`${side}Nodes`] += 1;
  };
  for (const { original, variant } of pairs) {
    add('original', original);
    add('variant', variant);
  }
  return [...sums]
    .map(([op, sum]) => ({ op, ...sum, differenceMs: sum.variantMs - sum.originalMs }))
    .sort((a, b) => Math.abs(b.differenceMs) - Math.abs(a.differenceMs));
}

/** Nodes of the main graph, by their paths. */
function timedNodes({ times, costs }: ProfiledModel): ReadonlyMap<string, TimedNode> {
  const costOf = new Map(costs.map((cost) => [cost.path, cost]));
  return new Map(
    times.nodes
      .filter(({ path }) => costOf.get(path)?.inBody !== true)
      .map((node) => [node.path, timedNode(node, costOf.get(node.path)?.flops ?? null)]),
  );
}

function timedNode({ path, op, medianMs, share, ranAs, provider }: NodeTime, flops: number | null): TimedNode {
  return {
    ...{ path, op, ms: medianMs, share },
    ...(provider !== undefined && { provider }),
    ...(ranAs !== undefined && { ranAs }),
    gflops: flops === null || !medianMs ? null : flops / medianMs / 1e6,
  };
}

function pairOf(original: TimedNode | undefined, variant: TimedNode | undefined): NodePair {
  const differenceMs = (variant?.ms ?? 0) - (original?.ms ?? 0);
  return { ...(original && { original }), ...(variant && { variant }), differenceMs };
}

/** Kernels without a node stand for each other by operator and provider. */
function pairsOfKernels(original: ProfiledModel, variant: ProfiledModel): readonly NodePair[] {
  const byKind = ({ times }: ProfiledModel) =>
    new Map(
      times.unattributed.map(({ op, provider, medianMs, share }): [string, TimedNode] => [
        `${provider}/${op}`,
        { path: null, op, ms: medianMs, share, provider, gflops: null },
      ]),
    );
  const [a, b] = [byKind(original), byKind(variant)];
  return [...new Set([...a.keys(), ...b.keys()])].map((kind) => pairOf(a.get(kind), b.get(kind)));
}
