/** What each layer alone costs the outputs when a technique is applied to it and to nothing else. */
import type { InspectedNode } from '../analysis/inspection';
import type { DataMatch } from '../metrics/evaluation';
import type { PassReport } from '../recipe/optimization';
import { recipeOf, type Recipe, type RecipeStep } from '../recipe/recipe';
import { screeningOf } from './loss';

export const sensitivityTechniques = ['quantize-weights', 'quantize-static'] as const;
export type SensitivityTechnique = (typeof sensitivityTechniques)[number];

export interface OutputFigures {
  readonly sqnrDb: number | null;
  /** Mean KL divergence in nats, where an output is a distribution over classes. */
  readonly kl: number | null;
}

export interface LayerSensitivity {
  readonly path: string;
  readonly op: string;
  readonly output: OutputFigures;
}

/** The JSON document of the `sensitivity` command. */
export interface Sensitivity {
  readonly technique: SensitivityTechnique;
  /** Of the weights, for `quantize-weights`. */
  readonly bits?: 4 | 8;
  /** What layers are put in order by: `kl` where there is a distribution over classes, else `sqnr`. */
  readonly metric: 'kl' | 'sqnr';
  /** The most sensitive first. */
  readonly layers: readonly LayerSensitivity[];
  /** All layers together. */
  readonly baseline: OutputFigures;
  readonly samples: number;
  readonly inputs: 'data' | 'synthetic';
  readonly ms: number;
}

export interface SensitivityChoice {
  readonly technique: SensitivityTechnique;
  readonly bits: 4 | 8;
}

/** The recipe for one layer, by the name that options know it by; for all of them where none is given. */
export function sensitivityRecipe({ technique, bits }: SensitivityChoice, layer?: string): Recipe {
  const include = layer === undefined ? [] : [layer];
  const own: RecipeStep['options'] =
    technique === 'quantize-static'
      ? { include }
      : // Rounding to nearest: what data would repair is not the layer's own. Small layers keep 8 bits unless they are named.
        {
          bits: String(bits),
          method: 'rtn',
          include,
          bitsByLayer: Object.fromEntries(include.map((name) => [name, bits])),
        };
  return recipeOf([{ pass: technique, options: own }]);
}

/** The layers that a technique takes, of those that hold weights, in the order of the model. */
export function layersTaken<Node extends Pick<InspectedNode, 'path' | 'parameters' | 'sharedParameters'>>(
  nodes: readonly Node[],
  reports: readonly Pick<PassReport, 'changes'>[],
): readonly Node[] {
  const changed = new Set(reports.flatMap(({ changes }) => changes.map(({ path }) => path)));
  return nodes.filter(
    ({ path, parameters, sharedParameters = 0 }) => changed.has(path) && parameters + sharedParameters > 0,
  );
}

export function figuresOf(match: DataMatch): OutputFigures {
  const { sqnrDb, klDivergence } = screeningOf(match);
  return { sqnrDb, kl: klDivergence };
}

/** The most sensitive first: by divergence where every layer has one, else by SQNR. */
export function bySensitivity(
  layers: readonly LayerSensitivity[],
  metric: Sensitivity['metric'],
): readonly LayerSensitivity[] {
  const cost = ({ output }: LayerSensitivity) => (metric === 'kl' ? (output.kl ?? 0) : -(output.sqnrDb ?? 0));
  return layers.toSorted((a, b) => cost(b) - cost(a));
}
