import { resolveGoals, withBeginning, withEnd, type GoalId } from './goals';
import { passes } from '../passes/registry';
import type { PresetId } from '../recipe/presets';
import { recipeOf } from '../recipe/recipe';
import { nameRecipe } from '../recipe/recipe-name';
import type { Candidate } from './candidate';
import { timedOn, type SearchGoal, type SearchObjective } from './search-goal';
import type { SearchPlan } from './search-plan';
import { planMixing, type Mixing } from './mixed-technique';
import { narrows, techniques, tooLong, turnForSpeed, type Technique, type TechniqueFacts } from './techniques';

export interface Ladder {
  /** The candidates in the order of their trial. */
  readonly candidates: readonly Candidate[];
  /** Techniques that are not tried, with the reasons. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  readonly mixings: readonly Mixing[];
}

/** The pace of the model. Absent: candidates calibrate with all calibration samples. */
type Affordable = Pick<SearchPlan, 'calibrationSamples' | 'quickCalibrationSamples' | 'isSlow'>;

/**
 * Returns the recipes that suit a model, in the order in which they are tried. Recipes without data
 * come first, so that there is an early recommendation. The recipes of the goals follow, because measurements support
 * them, and for a small file those with the same beginning. Quick recipes come before those that train. If speed is the goal, recipes that
 * only store less come last. On a slow model, recipes that remove channels, factorize or train come after those
 * that only quantize. If WebGPU is timed, float16 is the recipe for speed.
 */
export function planLadder(
  facts: TechniqueFacts,
  goal: Pick<SearchGoal, 'objective' | 'seed' | 'techniques' | 'budgetMs' | 'ep'>,
  plan?: Affordable,
): Ladder {
  const { objective, techniques: wanted, budgetMs } = goal;
  const known = new Set(passes.map(({ id }) => id));
  const possible = techniques.filter(
    ({ id, steps, isForSpeed = false }) =>
      steps.every(({ pass }) => known.has(pass)) && (wanted?.includes(id) ?? (!isForSpeed || objective === 'latency')),
  );
  const obstacleTo = (technique: Technique): string | null =>
    technique.obstacle(facts) ?? (wanted === undefined ? tooLong(technique, budgetMs) : null);
  const tried = possible.filter((technique) => obstacleTo(technique) === null);
  const mixing = planMixing(facts, { objective, budgetMs, ...(wanted && { techniques: wanted }) });
  return {
    candidates: inOrder(tried, facts, goal, plan?.isSlow).map((technique) => candidateOf(technique, facts, goal, plan)),
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

/** A share of the MACs that is too small to make a model faster. */
const fewProducts = 0.1;

/** The objective of a search, and the provider that shows it. */
type Aim = Pick<SearchGoal, 'objective' | 'ep'>;

function inOrder(
  tried: readonly Technique[],
  facts: TechniqueFacts,
  aim: Aim,
  isModelSlow = false,
): readonly Technique[] {
  const { objective } = aim;
  const { macShares, weightShares } = facts;
  // A free size leaves the MACs unknown. Convolutions use each weight many times.
  const hasFewProducts =
    macShares === null ? weightShares.convolutions > weightShares.products : macShares.products < fewProducts;
  const isSlow = ({ id, steps }: Technique): boolean =>
    id === 'int8-dynamic-conv' ||
    (steps.length > 0 && turnForSpeed(steps, timedOn(aim)) > 0) ||
    // Integer products are all that they make faster.
    ((id === 'int8-dynamic' || id === 'int8-per-token') && hasFewProducts);
  // Techniques that run the model many times to choose widths come last if each run is expensive.
  const isExpensive = ({ isQuick, steps }: Technique): boolean => isModelSlow && isQuick !== true && narrows(steps);
  // The safest first: it takes less time to make, and others are verified only after it.
  const presets = presetsOf(aim, facts).toReversed();
  const placeOf = ({ preset }: Technique): number => (preset === undefined ? -1 : presets.indexOf(preset));
  const beginnings = new Set(
    tried.filter((technique) => placeOf(technique) >= 0 && technique.steps.length > 1).map(beginningOf),
  );
  // After expensive first steps, the rest of a recipe takes little.
  const isNear = (technique: Technique): boolean => objective === 'size' && beginnings.has(beginningOf(technique));
  const turnOf = (technique: Technique): number => {
    if (technique.isQuick === true) return -1;
    const place = placeOf(technique);
    return place >= 0 ? place : presets.length + Number(!isNear(technique));
  };
  return tried.toSorted(
    (a, b) =>
      (objective === 'latency' ? Number(isSlow(a)) - Number(isSlow(b)) : 0) ||
      Number(isExpensive(a)) - Number(isExpensive(b)) ||
      turnOf(a) - turnOf(b),
  );
}

const beginningOf = ({ steps: [first] }: Technique): string => JSON.stringify([first?.pass, first?.options]);

/** The presets of the goals that are similar to the objective of a search, the most similar first. */
function presetsOf(aim: Aim, facts: TechniqueFacts): readonly PresetId[] {
  const nearest = {
    size: ['smallest', 'smaller'],
    latency: [timedOn(aim) === 'webgpu' ? 'faster-webgpu' : 'faster-wasm'],
    accuracy: ['smaller'],
  } as const satisfies Record<SearchObjective, readonly GoalId[]>;
  const goals = resolveGoals({ model: facts, hasData: facts.calibrates, device: null });
  return nearest[aim.objective].map((id) => goals.find((goal) => goal.id === id)!.preset);
}

/**
 * Its place in the tested sequence, from the safest to the smallest. `undefined`: it is tested as a selected recipe.
 */
function sequenceOf({ preset, beyond }: Technique, facts: TechniqueFacts, aim: Aim): Candidate['sequence'] {
  const planned = presetsOf(aim, facts).toReversed();
  if (beyond !== undefined && planned.at(-1) === beyond) return planned.length;
  const place = preset === undefined ? -1 : planned.indexOf(preset);
  return place < 0 ? undefined : place;
}

function candidateOf(
  technique: Technique,
  facts: TechniqueFacts,
  goal: Aim & Pick<SearchGoal, 'seed'>,
  plan: Affordable | undefined,
): Candidate {
  const { id, steps, isQuick } = technique;
  const calibrationSamples = isQuick === true ? plan?.quickCalibrationSamples : plan?.calibrationSamples;
  const changed = recipeOf([{ pass: 'simplify', options: {} }, ...steps], goal.seed);
  // A recipe of simplification alone keeps the integers.
  const recipe = steps.length > 0 ? withBeginning(changed, facts) : changed;
  const sequence = sequenceOf(technique, facts, goal);
  return {
    id,
    // Short names end all of them, and tell none apart.
    name: nameRecipe(recipe),
    recipe: withEnd(recipe, facts, goal.objective === 'size'),
    ...(facts.calibrates && calibrationSamples !== undefined && { calibrationSamples }),
    ...(sequence !== undefined && { sequence }),
    stage: 'planned',
  };
}
