/** Chooses the channels to remove: widths that meet the target, and within each group the least important channels. */
import { keptPositions } from '../../../../onnx/coupling/remove-channels';
import type { ChannelGroup } from '../../../../onnx/coupling/channel-groups';
import type { SeededRandom } from '../../../../seeded-random';
import type { CountedOptions } from '../prune-channels-options';
import type { UnitScores } from './channel-importance';
import type { ChannelScope } from '../channel-scope';
import {
  mostWidths,
  type WidthLimits,
  type WidthProblem,
  type Widths,
  widthsAlong,
  widthsBeside,
  widthsByRank,
} from './channel-widths';
import type { Evidence } from '../trial/evidence';
import { foldChannels } from '../repair/fold-channels';
import { areHeads } from './heads-of-attention';
import { trialWeights } from '../trial/trial-weights';

const firstSpread = 0.6;
/** Steps grow if they help, and shrink if neither direction does. */
const [growth, decay] = [1.2, 0.85];

/**
 * Minimizes a measure over a space of few dimensions. It steps in a random direction, tries the opposite one if that
 * does not help, and continues in a direction while it helps. (Random pursuit, Stich, Müller and Gärtner 2013, with
 * step lengths as in evolution strategies.)
 */
export class RandomPursuit {
  readonly #random: SeededRandom;
  readonly #dimensions: number;
  #direction: readonly number[] = [];
  #is: 'fresh' | 'turned' | 'followed' = 'fresh';
  #spread = firstSpread;

  constructor(random: SeededRandom, dimensions: number) {
    this.#random = random;
    this.#dimensions = dimensions;
  }

  /** The next step from the best point so far. */
  next(): readonly number[] {
    if (this.#is === 'fresh') this.#direction = Array.from({ length: this.#dimensions }, () => normal(this.#random));
    return this.#direction.map((change) => this.#spread * change);
  }

  /** @param helped the step led to a better point. */
  learn(helped: boolean): void {
    if (helped) {
      this.#spread *= growth;
      this.#is = 'followed';
    } else if (this.#is === 'fresh') {
      this.#direction = this.#direction.map((change) => -change);
      this.#is = 'turned';
    } else {
      if (this.#is === 'turned') this.#spread *= decay;
      this.#is = 'fresh';
    }
  }
}

/** Box and Muller. */
function normal(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

const roundingError = 1e-9;

export function widthProblem(scope: ChannelScope, { remove, of }: CountedOptions): WidthProblem {
  // A target that whole channels meet exactly counts as met, however the last digit of the share was rounded.
  const target = (1 - remove + roundingError) * scope.cost.whole(of);
  return { cost: scope.cost, measure: of, target, groups: scope.limits };
}

/** Widths by weights and scores alone, without a trial: all channels in one ranking, or the same share of each group. */
export function rankedWidths(problem: WidthProblem, scores: UnitScores, ranking: 'global' | 'local'): Widths {
  if (ranking === 'global') return widthsByRank(scores, problem);
  return widthsAlong(
    problem.groups.map(() => 1),
    problem,
  );
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
  /** The divergence with the one-shot repair. */
  readonly divergence: number;
}

export interface SearchRequest {
  readonly scope: ChannelScope;
  readonly problem: WidthProblem;
  readonly scores: UnitScores;
  readonly evidence: Evidence;
  readonly random: SeededRandom;
  /** The number of widths that are tried. */
  readonly tries: number;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/** More tries find little more if there are few groups. */
const triesPerGroup = 10;
/** The share of additional tries if normalized channels may be removed, because they allow more ways to the same cost. */
const moreForNormalized = 0.5;

/**
 * Widths with a smaller gain than this under the one-shot repair may be worse once layers are repaired. At 30 % of the
 * MACs of fashion-transformer, widths with fewer normalized channels were (0.0035 and 0.0026).
 */
const leastGain = 0.7;

/**
 * Tries widths of equal cost, each with the one-shot repair, and returns them with the nearest to the original's
 * outputs first. The choice of widths matters more than any later step. The search starts from a few beginnings and
 * continues from the nearest one while there are tries. If normalizations average over channels, a third of the steps
 * keeps these channels and a third may remove them. The last third continues with the better way. The widths that
 * remove these channels win only if their outputs are clearly nearer.
 */
export async function searchWidths(request: SearchRequest): Promise<readonly TriedWidths[]> {
  const { problem, scope } = request;
  const heads = areHeads(scope.coupled, scope.groups);
  const spared = sparing(request, ({ isAveraged }) => isAveraged === true);
  const beginnings = [
    { name: '', from: problem },
    { name: ', without normalized ones', from: spared },
    { name: ', without heads', from: sparing(request, (_, group) => heads[group]!) },
  ].filter((beginning): beginning is Beginning => beginning.from !== undefined);
  const planned = triesFor(problem, request) * (spared === undefined ? 1 : 1 + moreForNormalized);
  const search = new WidthSearch(request, Math.max(2 * beginnings.length, Math.ceil(planned)));
  for (const beginning of beginnings) await search.begin(beginning);
  if (spared === undefined) {
    await search.pursue(problem, search.left);
    return search.with(search.nearest(problem));
  }
  const third = Math.floor(search.left / 3);
  await search.pursue(spared, third);
  await search.pursue(problem, third);
  const better = (): WidthProblem =>
    search.nearest(problem).divergence < leastGain * search.nearest(spared).divergence ? problem : spared;
  await search.pursue(better(), search.left);
  return search.with(search.nearest(better()));
}

interface Beginning {
  readonly name: string;
  readonly from: WidthProblem;
}

class WidthSearch {
  readonly #request: SearchRequest;
  readonly #tries: number;
  readonly #tried = new Map<string, TriedWidths>();
  #done = 0;

  constructor(request: SearchRequest, tries: number) {
    this.#request = request;
    this.#tries = tries;
  }

  /** Tries that are left. */
  get left(): number {
    return this.#tries - this.#done;
  }

  async begin({ name, from }: Beginning): Promise<void> {
    const { scores } = this.#request;
    await this.#try(`equal${name}`, rankedWidths(from, scores, 'local'));
    await this.#try(`ranked${name}`, rankedWidths(from, scores, 'global'));
  }

  async pursue(problem: WidthProblem, steps: number): Promise<void> {
    const pursuit = new RandomPursuit(this.#request.random, problem.groups.length);
    for (let step = 0; step < steps; step += 1) {
      const best = this.nearest(problem);
      await this.#try('varied', widthsBeside(best.widths, pursuit.next(), problem));
      pursuit.learn(this.nearest(problem) !== best);
    }
  }

  /** The tried widths with the least divergence that keep the fixed groups of the problem. */
  nearest({ groups }: WidthProblem): TriedWidths {
    const fits = ({ widths }: TriedWidths): boolean =>
      groups.every(({ fixed }, group) => fixed === undefined || widths[group] === fixed);
    return [...this.#tried.values()]
      .filter(fits)
      .reduce((best, one) => (one.divergence < best.divergence ? one : best));
  }

  /** All that were tried, these first, then the nearest. */
  with(first: TriedWidths): readonly TriedWidths[] {
    const others = [...this.#tried.values()].filter((one) => one !== first);
    return [first, ...others.toSorted((a, b) => a.divergence - b.divergence)];
  }

  async #try(name: string, widths: Widths): Promise<void> {
    const key = widths.join();
    if (!this.#tried.has(key)) {
      this.#tried.set(key, { name, widths, divergence: await foldedDivergence(this.#request, widths) });
    }
    this.#done += 1;
    this.#request.progress(this.#done, this.#tries);
  }
}

function triesFor({ groups }: WidthProblem, { tries }: SearchRequest): number {
  const open = groups.filter(isOpen).length;
  return open > 1 ? Math.min(tries, triesPerGroup * open) : 2;
}

const isOpen = ({ fixed, most }: WidthLimits): boolean => fixed === undefined && most > 0;

/**
 * The same target without channels of some groups; `undefined` if there are no such groups, or if it cannot be met
 * then.
 */
function sparing(
  { scope, problem }: SearchRequest,
  isSpared: (group: ChannelGroup, at: number) => boolean,
): WidthProblem | undefined {
  const stays = problem.groups.map((limits, at) => isOpen(limits) && isSpared(scope.groups[at]!, at));
  const groups = problem.groups.map((limits, at) => (stays[at] ? { ...limits, most: 0, fixed: 0 } : limits));
  const spared = { ...problem, groups };
  const isMet = problem.cost.of(problem.measure, mostWidths(groups)) <= problem.target;
  return isMet && stays.includes(true) ? spared : undefined;
}

/** Uses the weights of the original with the removed channels masked, because one session then serves all widths. */
export async function foldedDivergence(
  { scope, scores, evidence, checkpoint }: Pick<SearchRequest, 'scope' | 'scores' | 'evidence' | 'checkpoint'>,
  widths: Widths,
): Promise<number> {
  const { coupled } = scope;
  const kept = keptPositions(coupled.space, removedUnits(scope, scores, widths));
  const folded = await foldChannels({ ...evidence, coupled, kept, checkpoint });
  return evidence.trial.divergenceWith(trialWeights(scope, evidence, kept, folded));
}
