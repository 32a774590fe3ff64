/** A step of a recipe as scripts write it: `quantize-weights bits=8`. */
import { parseOptionAssignment } from '../../src/engine/passes/options';
import { passById } from '../../src/engine/passes/registry';
import type { RecipeStep } from '../../src/engine/recipe/recipe';

export function stepOfWords(words: string): RecipeStep {
  const [id = '', ...options] = words.split(' ');
  const pass = passById(id);
  return {
    pass: id,
    enabled: true,
    options: Object.fromEntries(options.map((each) => parseOptionAssignment(pass, each))),
  };
}
