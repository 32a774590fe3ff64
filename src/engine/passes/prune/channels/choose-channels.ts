/** Which channels go: widths that meet the target, and within each group the least important. */
import { keptPositions } from '../../../onnx/coupling/remove-channels';
import type { ChannelGroup } from '../../../onnx/coupling/channel-groups';
import { getAttributeInts } from '../../../onnx/traverse';
import type { SeededRandom } from '../../../seeded-random';
import type { PruneChannelsOptions } from './prune-channels';
import type { UnitScores } from './channel-importance';
import type { ChannelScope } from './channel-scope';
import {
  mostWidths,
  widthsAlong,
  widthsByKind,
  widthsByRank,
  widthsBeside,
  type WidthLimits,
  type WidthProblem,
  type Widths,
} from './channel-widths';
import type { Evidence } from './evidence';
import { foldChannels } from './fold-channels';
import { areHeads } from './heads-of-attention';
import { RandomPursuit } from './random-pursuit';
import { trialWeights } from './trial-weights';

const roundingError = 1e-9;

export function widthProblem(scope: ChannelScope, { remove, of, roundTo }: PruneChannelsOptions): WidthProblem {
  // A target that whole channels meet exactly counts as met, however the last digit of the share was rounded.
  const target = (1 - remove + roundingError) * scope.cost.whole(of);
  return { cost: scope.cost, measure: of, target, groups: scope.limits, roundTo };
}

/** Widths by weights and scores alone, without a trial. */
export function rankedWidths(
  problem: WidthProblem,
  scores: UnitScores,
  ranking: Ranking,
  groups: readonly ChannelGroup[],
): Widths {
  return rankings[ranking](problem, scores, groups);
}

type Ranking = 'global' | 'local' | 'isomorphic';

const rankings: Readonly<
  Record<Ranking, (problem: WidthProblem, scores: UnitScores, groups: readonly ChannelGroup[]) => Widths>
> = {
  global: (problem, scores) => widthsByRank(scores, problem),
  local: (problem) =>
    widthsAlong(
      problem.groups.map(() => 1),
      problem,
    ),
  isomorphic: (problem, scores, groups) => widthsByKind(scores, groups.map(kindOf), problem),
};

/** Which operators give and read the channels of a group, and with which kernels. */
function kindOf({ layers }: ChannelGroup): string {
  const kinds = layers.map(({ node }) => `${node.opType} ${getAttributeInts(node, 'kernel_shape')?.join() ?? ''}`);
  return [...new Set(kinds)].toSorted().join(' + ');
}

/** The classes of atoms that go: of each group the units with the lowest scores. */
export function removedUnits(scope: ChannelScope, scores: UnitScores, widths: Widths): ReadonlySet<number> {
  return new Set(
    scope.groups.flatMap(({ units }, group) => {
      const order = [...units.keys()].toSorted((a, b) => scores[group]![a]! - scores[group]![b]! || a - b);
      return order.slice(0, widths[group]).map((unit) => units[unit]!);
    }),
  );
}

export interface TriedWidths {
  readonly name: string;
  readonly widths: Widths;
  /** With the repair at once. */
  readonly divergence: number;
  /** With the repair layer after layer, of those that were repaired so. */
  readonly repaired?: number;
}

export interface SearchRequest {
  readonly scope: ChannelScope;
  readonly problem: WidthProblem;
  readonly scores: UnitScores;
  readonly evidence: Evidence;
  readonly random: SeededRandom;
  /** How many widths are tried. */
  readonly tries: number;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/** With few groups, more tries find little more. */
const triesPerGroup = 10;
/** So much of the tries come on top where normalized channels may go: with them there are more ways to the same cost. */
const moreForNormalized = 0.5;

/**
 * Tries widths of equal cost, each with the one-shot repair, and gives them with the nearest to the original's outputs first.
 * Which widths are kept matters more than anything that is done afterwards. From the nearest of a few beginnings, steps go on as long as
 * there are tries; channels that normalizations average over stay in some of these, so that they go only where that is nearer.
 */
export async function searchWidths(request: SearchRequest): Promise<readonly TriedWidths[]> {
  const { problem, scores, scope, random, progress } = request;
  const heads = areHeads(scope.coupled, scope.groups);
  const spared = sparing(request, ({ isAveraged }) => isAveraged === true);
  const beginnings = [
    { name: '', from: problem },
    { name: ', normalized ones stay', from: spared },
    { name: ', heads stay', from: sparing(request, (_, group) => heads[group]!) },
  ].filter((beginning): beginning is Beginning => beginning.from !== undefined);
  const planned = triesFor(problem, request) * (spared === undefined ? 1 : 1 + moreForNormalized);
  const tries = Math.max(2 * beginnings.length, Math.ceil(planned));
  const tried = new Map<string, TriedWidths>();
  let done = 0;
  const tryWidths = async (name: string, widths: Widths): Promise<void> => {
    const key = widths.join();
    if (!tried.has(key)) tried.set(key, { name, widths, divergence: await foldedDivergence(request, widths) });
    done += 1;
    progress(done, tries);
  };
  for (const { name, from } of beginnings) {
    await tryWidths(`equal${name}`, rankedWidths(from, scores, 'local', scope.groups));
    await tryWidths(`ranked${name}`, rankedWidths(from, scores, 'global', scope.groups));
  }
  const pursuit = new RandomPursuit(random, problem.groups.length);
  for (let step = done; step < tries; step += 1) {
    const best = nearest(tried);
    await tryWidths('varied', widthsBeside(best.widths, pursuit.next(), problem));
    pursuit.learn(nearest(tried) !== best);
  }
  return [...tried.values()].toSorted((a, b) => a.divergence - b.divergence);
}

interface Beginning {
  readonly name: string;
  readonly from: WidthProblem;
}

function nearest(tried: ReadonlyMap<string, TriedWidths>): TriedWidths {
  return [...tried.values()].reduce((best, one) => (one.divergence < best.divergence ? one : best));
}

function triesFor({ groups }: WidthProblem, { tries }: SearchRequest): number {
  const open = groups.filter(isOpen).length;
  return open > 1 ? Math.min(tries, triesPerGroup * open) : 2;
}

const isOpen = ({ fixed, most }: WidthLimits): boolean => fixed === undefined && most > 0;

/** The same target without channels of some groups; `undefined` where there are no such groups, or where it cannot be met then. */
function sparing(
  { scope, problem }: SearchRequest,
  isSpared: (group: ChannelGroup, at: number) => boolean,
): WidthProblem | undefined {
  const stays = problem.groups.map((limits, at) => isOpen(limits) && isSpared(scope.groups[at]!, at));
  const groups = problem.groups.map((limits, at) => (stays[at] ? { ...limits, most: 0, fixed: 0 } : limits));
  const spared = { ...problem, groups };
  const isMet = problem.cost.of(problem.measure, mostWidths(spared)) <= problem.target;
  return isMet && stays.includes(true) ? spared : undefined;
}

/** With the weights of the original that are deaf to what goes: one session serves all widths. */
async function foldedDivergence(request: SearchRequest, widths: Widths): Promise<number> {
  const { scope, scores, evidence, checkpoint } = request;
  const { coupled } = scope;
  const kept = keptPositions(coupled.space, removedUnits(scope, scores, widths));
  const folded = await foldChannels({ ...evidence, coupled, kept, checkpoint });
  return evidence.trial.divergenceWith(trialWeights(scope, evidence, kept, folded));
}
