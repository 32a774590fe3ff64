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
  type WidthProblem,
  type Widths,
} from './channel-widths';
import type { Evidence } from './evidence';
import { foldChannels } from './fold-channels';
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
  /** Whether channels that normalizations average over go only where that is nearer. */
  readonly sparesNormalized: boolean;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/** With few groups, more tries find little more. */
const triesPerGroup = 10;
/** So much of the tries are made again where normalized channels may go too. */
const shareWithNormalized = 0.5;

/**
 * Tries widths of equal cost, each with the one-shot repair, and gives them with the nearest to the original's outputs first.
 * Which widths are kept matters more than anything that is done afterwards. Channels that normalizations average over are tried last,
 * from the nearest without them, so that they go only where that comes nearer; or from the start, where the target asks for them.
 */
export async function searchWidths(request: SearchRequest): Promise<readonly TriedWidths[]> {
  const { problem } = request;
  const spared = request.sparesNormalized ? sparingNormalized(request) : undefined;
  const first = triesFor(spared ?? problem, request);
  const more = spared === undefined ? 0 : Math.ceil(shareWithNormalized * triesFor(problem, request));
  const search = new WidthSearch(request, first + more);
  await search.tryFrom(spared ?? problem, '', first);
  if (more > 0) await search.tryFrom(problem, ' with normalized ones', more);
  return search.nearestFirst();
}

function triesFor({ groups }: WidthProblem, { tries }: SearchRequest): number {
  const open = groups.filter(({ fixed, most }) => fixed === undefined && most > 0).length;
  return open > 1 ? Math.min(tries, triesPerGroup * open) : 2;
}

/** The same target without channels that are averaged over; `undefined` where there are none, or where it cannot be met then. */
function sparingNormalized({ scope, problem }: SearchRequest): WidthProblem | undefined {
  const isSpared = (group: number): boolean =>
    scope.groups[group]!.isAveraged === true &&
    problem.groups[group]!.fixed === undefined &&
    problem.groups[group]!.most > 0;
  const groups = problem.groups.map((limits, group) => (isSpared(group) ? { ...limits, most: 0, fixed: 0 } : limits));
  const spared = { ...problem, groups };
  const isMet = problem.cost.of(problem.measure, mostWidths(spared)) <= problem.target;
  return isMet && problem.groups.some((_, group) => isSpared(group)) ? spared : undefined;
}

class WidthSearch {
  readonly #request: SearchRequest;
  readonly #tried = new Map<string, TriedWidths>();
  readonly #planned: number;
  #done = 0;

  constructor(request: SearchRequest, planned: number) {
    this.#request = request;
    this.#planned = planned;
  }

  /** Equal widths, ranked ones, and then steps from the nearest. */
  async tryFrom(problem: WidthProblem, which: string, tries: number): Promise<void> {
    const { scores, scope, random } = this.#request;
    const end = this.#done + tries;
    await this.#try(`equal${which}`, rankedWidths(problem, scores, 'local', scope.groups));
    await this.#try(`ranked${which}`, rankedWidths(problem, scores, 'global', scope.groups));
    const pursuit = new RandomPursuit(random, problem.groups.length);
    while (this.#done < end) {
      const best = this.#nearest();
      await this.#try(`varied${which}`, widthsBeside(best.widths, pursuit.next(), problem));
      pursuit.learn(this.#nearest() !== best);
    }
  }

  nearestFirst(): readonly TriedWidths[] {
    return [...this.#tried.values()].toSorted((a, b) => a.divergence - b.divergence);
  }

  async #try(name: string, widths: Widths): Promise<void> {
    const key = widths.join();
    if (!this.#tried.has(key)) {
      this.#tried.set(key, { name, widths, divergence: await foldedDivergence(this.#request, widths) });
    }
    this.#done += 1;
    this.#request.progress(this.#done, this.#planned);
  }

  #nearest(): TriedWidths {
    return [...this.#tried.values()].reduce((best, one) => (one.divergence < best.divergence ? one : best));
  }
}

/** With the weights of the original that are deaf to what goes: one session serves all widths. */
async function foldedDivergence(request: SearchRequest, widths: Widths): Promise<number> {
  const { scope, scores, evidence, checkpoint } = request;
  const { coupled } = scope;
  const kept = keptPositions(coupled.space, removedUnits(scope, scores, widths));
  const folded = await foldChannels({ ...evidence, coupled, kept, checkpoint });
  return evidence.trial.divergenceWith(trialWeights(scope, evidence, kept, folded));
}
