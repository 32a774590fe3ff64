/** A short name for what a recipe makes: "INT8 dynamic + Conv", "Prune 50 % + INT8 dynamic". */
import type { Recipe, RecipeStep } from '../../../engine/recipe/recipe';

type Namer = (options: RecipeStep['options']) => string;

const namers: Readonly<Record<string, Namer>> = {
  'quantize-dynamic': (options) => {
    const base = options['weightType'] === 'uint8' ? 'UINT8 dynamic' : 'INT8 dynamic';
    const opTypes = options['opTypes'];
    const withConv = Array.isArray(opTypes) && (opTypes.includes('Conv') || opTypes.includes('all'));
    return [base, withConv ? '+ Conv' : '', options['perChannel'] === true ? 'per-channel' : '']
      .filter(Boolean)
      .join(' ');
  },
  'prune-magnitude': (options) => {
    const amount = options['amount'];
    return typeof amount === 'number' ? `Prune ${Math.round(amount * 1000) / 10} %` : 'Prune';
  },
};

export function nameRecipe(recipe: Recipe): string {
  const names = recipe.steps
    .filter((step) => step.enabled)
    .map((step) => namers[step.pass]?.(step.options) ?? step.pass.replaceAll('-', ' '));
  return names.length === 0 ? 'Unchanged' : names.join(' + ');
}
