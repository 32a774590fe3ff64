/** Upgrades recipes of earlier versions. There is no later version yet. */
import { upgradeDocument, versionOfNow, type Ladder } from '../versioned-document';

const recipeLadder: Ladder = [];

export const recipeVersion = versionOfNow(recipeLadder);

/** A recipe of any version so far, as one of now. */
export function upgradeRecipe(recipe: unknown): unknown {
  return upgradeDocument(recipe, recipeLadder);
}
