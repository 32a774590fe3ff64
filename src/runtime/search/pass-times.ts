/** Times of passes in recipes that ran, which predict the times of other recipes. */
import { resolveRecipe } from '../../engine/recipe/pipeline';
import type { PassReport } from '../../engine/recipe/optimization';
import type { Recipe } from '../../engine/recipe/recipe';

export class PassTimes {
  /** The longest time of a pass, by the options that decide how it works. */
  readonly #passMs = new Map<string, number>();
  /** Beginnings of recipes that were run. */
  readonly #begun = new Set<string>();

  /** The expected time of a recipe from its passes in other recipes, with any options; 0 if none was seen. */
  expectedMs(recipe: Recipe): number {
    let ms = 0;
    for (const { key, beginning } of stepsOf(recipe)) {
      if (!this.#begun.has(beginning)) ms += this.#passMs.get(key) ?? 0;
    }
    return ms;
  }

  noteRun(recipe: Recipe, passes: readonly Pick<PassReport, 'ms'>[]): void {
    for (const [index, { key, beginning }] of stepsOf(recipe).entries()) {
      this.#begun.add(beginning);
      this.#note(key, passes[index]?.ms ?? 0);
    }
  }

  /** Notes a stopped recipe: its current pass takes at least as long as until then, and earlier passes are done. */
  noteStopped(recipe: Recipe, passIndex: number, ms: number): void {
    for (const [index, { key, beginning }] of stepsOf(recipe).entries()) {
      if (index < passIndex) this.#begun.add(beginning);
      if (index === passIndex) this.#note(key, ms);
    }
  }

  #note(key: string, ms: number): void {
    this.#passMs.set(key, Math.max(this.#passMs.get(key) ?? 0, ms));
  }
}

/** Returns for each step the key of its time, and all steps up to it. */
function stepsOf(recipe: Recipe): readonly { readonly key: string; readonly beginning: string }[] {
  const steps = resolveRecipe(recipe).map(({ step: { pass, options } }) => ({ pass, options }));
  return steps.map(({ pass, options }, index) => ({
    key: `${pass} ${String(options['method'] ?? '')}`,
    beginning: JSON.stringify(steps.slice(0, index + 1)),
  }));
}
