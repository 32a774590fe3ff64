/** Recipes of random passes with random options, all of which their descriptions allow. */
import type { Recipe, RecipeStep } from '../../recipe/recipe';
import type { OptionSpec, OptionValue } from '../option-spec';
import type { Pass } from '../pass';
import { passes } from '../registry';

/** Small values for options that would make a test long or a model large without testing more. */
const bounded: Readonly<Record<string, readonly number[]>> = {
  steps: [1, 2],
  stepsPerRound: [1, 2],
  rounds: [1, 1, 2],
  batch: [1, 2, 4],
  maxFoldedBytes: [0, 4096],
};

const anywhere = passes.filter(({ standsLast }) => standsLast === undefined);
const last = passes.filter(({ standsLast }) => standsLast !== undefined);

/** @param below a whole number from zero, below the given one. */
export function randomRecipe(below: (count: number) => number, nodeNames: readonly string[]): Recipe {
  const steps = Array.from({ length: 1 + Math.floor(below(5) / 2) }, () => {
    const pass = anywhere[below(anywhere.length)]!;
    return randomStep(pass, below, nodeNames);
  });
  const seed = below(1000);
  const lastSteps = seed % 4 === 0 ? last.map(({ id }) => ({ pass: id, enabled: true, options: {} })) : [];
  return { version: 1, seed, steps: [...steps, ...lastSteps] };
}

function randomStep(pass: Pass, below: (count: number) => number, nodeNames: readonly string[]): RecipeStep {
  const changed = Object.entries(pass.options).filter(([key]) => key in bounded || below(3) === 0);
  const options = Object.fromEntries(
    changed.flatMap(([key, spec]) => {
      const value = randomValue(key, spec, below, nodeNames);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return { pass: pass.id, enabled: true, options };
}

function randomValue(
  key: string,
  spec: OptionSpec,
  below: (count: number) => number,
  nodeNames: readonly string[],
): OptionValue | undefined {
  switch (spec.kind) {
    case 'boolean':
      return below(2) === 0;
    case 'choice':
      return spec.choices[below(spec.choices.length)]!.value;
    case 'number': {
      const few = bounded[key];
      if (few) return few[below(few.length)]!;
      const share = [0, 0.3, 0.5, 0.9, 1][below(5)]!;
      const span = Math.min(spec.maximum - spec.minimum, 64 * spec.step);
      return Math.min(spec.maximum, spec.minimum + Math.round((share * span) / spec.step) * spec.step);
    }
    case 'list': {
      const among = spec.choices ?? nodeNames;
      return below(2) === 0 ? undefined : among.filter(() => below(2) === 0);
    }
    case 'map': {
      const some = below(2) === 0 ? [] : nodeNames.filter(() => below(3) === 0);
      return Object.fromEntries(some.map((name) => [name, below(2) === 0 ? spec.minimum : spec.maximum]));
    }
  }
}
