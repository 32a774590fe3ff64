import { passes } from '../passes/registry';
import type { Recipe } from '../recipe/recipe';
import { nameRecipe } from '../recipe/recipe-name';
import type { Candidate } from './candidate';
import type { SearchGoal, SearchObjective } from './search-goal';
import { planMixing, type Mixing } from './mixed-technique';
import { computesLess, techniques, tooLong, type Technique, type TechniqueFacts } from './techniques';

export interface Ladder {
  /** In the order in which they are tried. */
  readonly candidates: readonly Candidate[];
  /** What is not tried, and why. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  readonly mixings: readonly Mixing[];
}

/**
 * The recipes that a model admits, in the order in which they are tried: from what takes no time to what trains; where time
 * is what counts, what computes less comes before what only stores less.
 */
export function planLadder(
  facts: TechniqueFacts,
  { objective, seed, techniques: wanted, budgetMs }: Pick<SearchGoal, 'objective' | 'seed' | 'techniques' | 'budgetMs'>,
): Ladder {
  const known = new Set(passes.map(({ id }) => id));
  const possible = techniques.filter(
    ({ id, steps }) => steps.every(({ pass }) => known.has(pass)) && (wanted?.includes(id) ?? true),
  );
  const obstacleTo = (technique: Technique): string | null =>
    technique.obstacle(facts) ?? (wanted === undefined ? tooLong(technique, budgetMs) : null);
  const tried = possible.filter((technique) => obstacleTo(technique) === null);
  const mixing = planMixing(facts, { objective, budgetMs, ...(wanted && { techniques: wanted }) });
  return {
    candidates: inOrder(tried, facts, objective).map((technique) => candidateOf(technique, seed)),
    leftOut: [
      ...possible.flatMap((technique) => {
        const reason = obstacleTo(technique);
        return reason === null ? [] : [{ id: technique.id, reason }];
      }),
      ...mixing.leftOut,
    ],
    mixings: mixing.mixings,
  };
}

function inOrder(tried: readonly Technique[], { macShares }: TechniqueFacts, objective: SearchObjective) {
  if (objective !== 'latency') return tried;
  const isSlow = ({ id, steps }: Technique): boolean =>
    id === 'int8-dynamic-conv' ||
    (steps.length > 0 && !computesLess(steps)) ||
    // Integer products are all that it makes faster.
    (id === 'int8-dynamic' && macShares !== null && macShares.products < 0.1);
  return tried.toSorted((a, b) => Number(isSlow(a)) - Number(isSlow(b)));
}

function candidateOf({ id, steps }: Technique, seed: number): Candidate {
  const all = [{ pass: 'simplify', options: {} }, ...steps];
  const recipe: Recipe = { version: 1, seed, steps: all.map((step) => ({ ...step, enabled: true })) };
  return { id, name: nameRecipe(recipe), recipe, stage: 'planned' };
}
