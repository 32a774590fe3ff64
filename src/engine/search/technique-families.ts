/** The kinds of changes that a search may use, in the words of a person, who can exclude each. */
import { mixedTechniques } from './mixed-technique';
import { techniques, tooLong } from './techniques';

export interface TechniqueFamily {
  readonly id: string;
  readonly title: string;
  /** The passes of this kind. */
  readonly passes: readonly string[];
}

export const techniqueFamilies: readonly TechniqueFamily[] = [
  { id: 'bits', title: 'Weight-only quantization', passes: ['quantize-weights'] },
  { id: 'integers', title: 'int8 quantization', passes: ['quantize-dynamic', 'quantize-static'] },
  { id: 'float16', title: 'float16', passes: ['convert-float16'] },
  { id: 'channels', title: 'Channel pruning', passes: ['prune-channels'] },
  { id: 'factors', title: 'Low-rank factorization', passes: ['factorize'] },
  { id: 'input', title: 'Smaller input', passes: ['smaller-input'] },
  { id: 'training', title: 'Training', passes: ['fine-tune'] },
];

/** The passes of every technique, without the simplification that all recipes begin with. */
const passesByTechnique: ReadonlyMap<string, readonly string[]> = new Map([
  ...techniques.map(({ id, steps }) => [id, steps.map(({ pass }) => pass)] as const),
  ...mixedTechniques.map(
    ({ id, before = [], measuringStep }) => [id, [...before, measuringStep()].map(({ pass }) => pass)] as const,
  ),
]);

/**
 * Ids of the techniques that need no other family than these, and no more time. A technique that is named is tried in
 * any time. `undefined` if every family may be used, which is what a search does by itself.
 */
export function techniquesOf(families: readonly string[], budgetMs: number): readonly string[] | undefined {
  const used = techniqueFamilies.filter(({ id }) => families.includes(id));
  if (used.length === techniqueFamilies.length) return undefined;
  const passes = new Set(['simplify', ...used.flatMap((family) => family.passes)]);
  return [...techniques, ...mixedTechniques]
    .filter((technique) => tooLong(technique, budgetMs) === null)
    .map(({ id }) => id)
    .filter((id) => passesByTechnique.get(id)!.every((pass) => passes.has(pass)));
}

/** The families that a search with these techniques used; all if it was not limited, or only mixed. */
export function familiesOf(ids: readonly string[] | undefined): readonly string[] {
  const all = techniqueFamilies.map(({ id }) => id);
  if (ids === undefined || !techniques.some(({ id }) => ids.includes(id))) return all;
  const passes = new Set(ids.flatMap((id) => passesByTechnique.get(id) ?? []));
  return techniqueFamilies.filter((family) => family.passes.some((pass) => passes.has(pass))).map(({ id }) => id);
}
