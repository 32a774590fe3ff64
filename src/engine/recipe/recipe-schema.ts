/** Recipes come from files, links and storage: none of them is trusted. */
import * as v from 'valibot';
import { mappingSchema } from '../data/mapping/mapping-schema';
import { mostNamedSamples } from '../data/split';
import { ParetoError } from '../errors';
import { largestSeed } from '../seeded-random';
import { versionOf } from '../versioned-document';
import type { Recipe } from './recipe';

const recipeVersion = 1;
const maximumSteps = 32;
const maximumNameLength = 1024;
const maximumListLength = 20_000;

/** Ends every refusal: the validator's own words ("Invalid key") are not for people. */
const recipeNeeds =
  `a recipe is a JSON document with "version": 1, an integer from 0 to ${largestSeed} as "seed", and "steps", ` +
  `a list of at most ${maximumSteps} steps that each name a "pass"`;

const name = v.pipe(v.string(), v.maxLength(maximumNameLength));

const optionValueSchema = v.union([
  v.boolean(),
  v.pipe(v.number(), v.finite()),
  name,
  v.pipe(v.array(name), v.maxLength(maximumListLength)),
  v.pipe(
    v.record(name, v.pipe(v.number(), v.finite())),
    v.check((map) => Object.keys(map).length <= maximumListLength),
  ),
]);

const seed = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(largestSeed));
const sampleCount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(mostNamedSamples));

const dataSchema = v.object({
  mapping: mappingSchema,
  split: v.object({ seed, calibration: sampleCount, evaluation: v.nullable(sampleCount) }),
});

/** A recipe as it is written. */
export const recipeSchema = v.object({
  version: v.literal(recipeVersion),
  seed,
  steps: v.pipe(
    v.array(
      v.object({
        pass: v.pipe(name, v.nonEmpty()),
        enabled: v.optional(v.boolean(), true),
        options: v.optional(v.record(name, optionValueSchema), {}),
      }),
    ),
    v.maxLength(maximumSteps),
  ),
  data: v.optional(dataSchema),
});

/** The recipe of a variant in a report. The data part is left out if only a later Pareto can read it. */
export const reportedRecipeSchema = v.object({
  ...recipeSchema.entries,
  data: v.fallback(v.optional(dataSchema), undefined),
});

/**
 * Checks the form of a recipe; whether its passes and options exist is checked where it is run (`resolveRecipe`).
 * Throws `recipe/version` for a later version, `recipe/invalid` naming the place otherwise.
 */
export function parseRecipe(value: unknown): Recipe {
  const version = versionOf(value);
  if (version !== undefined && version > recipeVersion) {
    throw new ParetoError(
      'recipe/version',
      `This recipe has version ${version}, but this Pareto reads versions up to ${recipeVersion}. Open it with a newer Pareto.`,
    );
  }
  const result = v.safeParse(recipeSchema, value);
  if (result.success) return result.output;
  const place = v.getDotPath(result.issues[0]) ?? 'the document';
  throw new ParetoError(
    'recipe/invalid',
    `This is not a recipe, because ${place} is missing or wrong: ${recipeNeeds}.`,
  );
}

/** A recipe from the text of a file. Throws like `parseRecipe`, and `recipe/invalid` when the text is not JSON. */
export function parseRecipeText(text: string, fileName = 'the recipe'): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text, which may be anything.
    throw new ParetoError('recipe/invalid', `${fileName} is not JSON: ${recipeNeeds}.`, { cause: error });
  }
  return parseRecipe(value);
}
