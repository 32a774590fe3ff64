/** Changes one layer, or one group of channels, while all others stay unchanged. One record for each technique. */
import type { OptionValues } from '../passes/option-spec';
import { recipeOf, type Recipe } from '../recipe/recipe';

export const sensitivityPasses = ['quantize-weights', 'quantize-static', 'convert-float16', 'prune-channels'] as const;
export type SensitivityPass = (typeof sensitivityPasses)[number];

export interface SensitivityTechnique {
  readonly id: '8-bit-weights' | '4-bit-weights' | 'static-int8' | 'float16' | 'fewer-channels';
  readonly pass: SensitivityPass;
  /** Bits of the weights, if the pass supports several. */
  readonly bits?: 4 | 8;
  readonly title: string;
  /** Above a column of numbers of each layer. */
  readonly caption: string;
  /** The change of a layer, after "when": `its weights alone are rounded to 4 bits`. */
  readonly deed: string;
  /** The unit of change: a layer with weights, or coupled channels across layers. */
  readonly of: 'layers' | 'groups';
  /** Options that apply it to all layers in a recipe. */
  readonly usualOptions: OptionValues;
  /**
   * Options of the pass to change only the chosen layers, or everything that it can change if none is chosen. Layers
   * are named by their paths, and groups by the path of the first layer that produces the channels.
   */
  optionsFor(chosen: readonly string[], all: readonly string[]): OptionValues;
}

/** The removed share of the channels of a group. */
const removedShare = 0.3;

function weightsIn(bits: 4 | 8): SensitivityTechnique {
  return {
    id: `${bits}-bit-weights`,
    pass: 'quantize-weights',
    bits,
    title: `${bits}-bit weights`,
    caption: `One layer in ${bits}-bit`,
    deed: `only its weights are rounded to ${bits} bits`,
    of: 'layers',
    usualOptions: { bits: String(bits) },
    // Rounding to nearest, because a recovery with data would hide the layer's own loss. Small layers keep 8 bits
    // unless they are named.
    optionsFor: (chosen) => ({
      bits: String(bits),
      method: 'rtn',
      include: chosen,
      bitsByLayer: Object.fromEntries(chosen.map((path) => [path, bits])),
    }),
  };
}

/** The techniques in the order of menus. */
export const sensitivityTechniques: readonly SensitivityTechnique[] = [
  weightsIn(4),
  weightsIn(8),
  {
    id: 'static-int8',
    pass: 'quantize-static',
    title: 'int8 (static)',
    caption: 'One layer in int8',
    deed: 'only this layer computes in int8',
    of: 'layers',
    usualOptions: {},
    // Measures int8 itself: no value stays float32 to keep the outputs close.
    optionsFor: (chosen) => ({ include: chosen, closeness: 0 }),
  },
  {
    id: 'float16',
    pass: 'convert-float16',
    title: 'float16',
    caption: 'One layer in float16',
    deed: 'only this layer computes in float16',
    of: 'layers',
    usualOptions: {},
    optionsFor: (chosen) => ({ include: chosen }),
  },
  {
    id: 'fewer-channels',
    pass: 'prune-channels',
    title: '30 % of the channels removed',
    caption: '30 % fewer channels',
    deed: 'this layer and the layers that share its channels lose 30 % of them',
    of: 'groups',
    usualOptions: { remove: removedShare },
    // One-shot recovery: the rest of the group compensates, and nothing else is fitted.
    optionsFor: (chosen, all) => ({
      ranking: 'local',
      recover: 'least-squares',
      normalized: 'always',
      ratioByGroup: Object.fromEntries(all.map((path) => [path, chosen.includes(path) ? removedShare : 0])),
    }),
  },
];

export function sensitivityTechnique(id: SensitivityTechnique['id']): SensitivityTechnique {
  return sensitivityTechniques.find((each) => each.id === id)!;
}

/** The one that a document of the `sensitivity` command is of. */
export function techniqueOf({ technique, bits }: { readonly technique: SensitivityPass; readonly bits?: 4 | 8 }) {
  return sensitivityTechniques.find((each) => each.pass === technique && each.bits === bits);
}

/** @param all everything that the technique can change, by the same paths as `chosen`. */
export function sensitivityRecipe(
  { pass, optionsFor }: Pick<SensitivityTechnique, 'pass' | 'optionsFor'>,
  chosen: readonly string[],
  all: readonly string[],
): Recipe {
  return recipeOf([{ pass, options: optionsFor(chosen, all) }]);
}
