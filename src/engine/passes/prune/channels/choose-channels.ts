/** Which channels go: widths that meet the target, and within each group the least important. */
import { keptPositions } from '../../../onnx/coupling/remove-channels';
import type { ChannelGroup } from '../../../onnx/coupling/channel-groups';
import { getAttributeInts } from '../../../onnx/traverse';
import type { SeededRandom } from '../../../seeded-random';
import type { PruneChannelsOptions } from './prune-channels';
import type { UnitScores } from './channel-importance';
import type { ChannelScope } from './channel-scope';
import {
  widthsAlong,
  widthsByKind,
  widthsByRank,
  widthsBeside,
  type WidthProblem,
  type Widths,
} from './channel-widths';
import { deafWeights } from './deaf-weights';
import type { Evidence } from './evidence';
import { foldChannels } from './fold-channels';
import { RandomPursuit } from './random-pursuit';

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

/**
 * Tries widths of equal cost, each with the one-shot repair, and gives them with the nearest to the original's outputs first.
 * Which widths are kept matters more than anything that is done afterwards.
 */
export async function searchWidths(request: SearchRequest): Promise<readonly TriedWidths[]> {
  const { problem, scores, random, tries } = request;
  const tried = new Map<string, TriedWidths>();
  const tryWidths = async (name: string, widths: Widths): Promise<void> => {
    const key = widths.join();
    if (!tried.has(key)) {
      tried.set(key, { name, widths, divergence: await foldedDivergence(request, widths) });
    }
  };
  await tryWidths('equal', rankedWidths(problem, scores, 'local', request.scope.groups));
  await tryWidths('ranked', rankedWidths(problem, scores, 'global', request.scope.groups));
  const open = problem.groups.filter(({ fixed, most }) => fixed === undefined && most > 0).length;
  const more = open > 1 ? Math.min(tries, triesPerGroup * open) - 2 : 0;
  const pursuit = new RandomPursuit(random, problem.groups.length);
  for (let step = 0; step < more; step += 1) {
    request.progress(step + 2, more + 2);
    const best = nearest(tried);
    await tryWidths('varied', widthsBeside(best.widths, pursuit.next(), problem));
    pursuit.learn(nearest(tried) !== best);
  }
  request.progress(tries, tries);
  return [...tried.values()].toSorted((a, b) => a.divergence - b.divergence);
}

function nearest(tried: ReadonlyMap<string, TriedWidths>): TriedWidths {
  return [...tried.values()].reduce((best, one) => (one.divergence < best.divergence ? one : best));
}

/** With the weights of the original that are deaf to what goes: one session serves all widths. */
async function foldedDivergence(request: SearchRequest, widths: Widths): Promise<number> {
  const { scope, scores, checkpoint } = request;
  const { layers, teacher, tunable, trial } = request.evidence;
  const kept = keptPositions(scope.coupled.space, removedUnits(scope, scores, widths));
  const folded = await foldChannels(scope.coupled, layers, teacher, kept, checkpoint);
  return trial.divergenceWith(deafWeights(scope.coupled, scope.layers, tunable, kept, folded));
}
