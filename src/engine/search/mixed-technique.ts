/** What a search mixes: the levels that layers may have, and the recipe that gives each layer its own. */
import { formatCounted } from '../format';
import type { Recipe, RecipeStep } from '../recipe/recipe';
import type { Candidate } from './candidate';
import { confirmationOf, limitOf, unseenLoss } from './loss';
import { levelsAfter, type Level, type MeasuredLayer, type MixProbe, type MixStep } from './mixed-precision';
import { rankForGoal } from './recommend';
import type { SearchGoal } from './search-goal';
import type { TechniqueFacts } from './techniques';

/** How far mixing has come: layers are measured once, and files are chosen by that until nothing is left to try. */
export interface Mixing {
  /** Absent: not measured yet. */
  readonly layers?: readonly MeasuredLayer[];
  readonly isOver: boolean;
}

export const mixedWeightsId = 'mixed-weights';
const idPattern = /^mixed-weights-(\d+)$/;

/** Levels of weights, widest first. A channel takes fewer bytes than blocks, and fits most layers nearly as well. */
export const weightLevels: readonly Level[] = [
  { bits: 8, blockSize: 0 },
  { bits: 4, blockSize: 32 },
  { bits: 4, blockSize: 0 },
  { bits: 2, blockSize: 32 },
];

/** Why mixing is not worth a try with this model, data and goal: a sentence. `null`: it is. */
export function obstacleToMixing(
  { floatShare, calibrates }: TechniqueFacts,
  { objective, techniques }: Pick<SearchGoal, 'objective' | 'techniques'>,
): string | null {
  if (floatShare <= 0.1) return 'Hardly any of the weights are float32.';
  if (!calibrates) return 'It needs samples to calibrate with, and there is no data.';
  // Asked for by name, it is tried for what it saves.
  if (objective === 'latency' && techniques === undefined) return 'Weights in fewer bits make nothing faster.';
  return null;
}

/** What is measured before the order is known: rounding to nearest in the range of least error, which needs no data. */
const methodOfMeasuring = 'mse';
const methodOfFiles = 'gptq';
/** The block that the recipe need not name. */
const usualBlockSize = 32;

/** A plain recipe that names each layer with its bits. Layers that it does not name stay floats. */
export function mixedRecipe(
  levels: ReadonlyMap<string, Level>,
  { seed, isMeasuring = false }: { readonly seed: number; readonly isMeasuring?: boolean },
): Recipe {
  const blocks = [...levels].filter(([, { bits, blockSize }]) => bits === 4 && blockSize !== usualBlockSize);
  const options: RecipeStep['options'] = {
    bits: '4',
    method: isMeasuring ? methodOfMeasuring : methodOfFiles,
    include: [...levels.keys()],
    bitsByLayer: Object.fromEntries([...levels].map(([name, { bits }]) => [name, bits])),
    ...(blocks.length > 0 && {
      blockSizeByLayer: Object.fromEntries(blocks.map(([name, { blockSize }]) => [name, blockSize])),
    }),
  };
  const steps = [
    { pass: 'simplify', enabled: true, options: {} },
    { pass: 'quantize-weights', enabled: true, options },
  ];
  return { version: 1, seed, steps };
}

/** The candidate after so many steps. Its id says where it stands, so that whoever goes on finds it again. */
export function mixedCandidate(order: readonly MixStep[], steps: number, seed: number): Candidate {
  const levels = levelsAfter(order, steps);
  return {
    id: `${mixedWeightsId}-${steps}`,
    name: nameOf(levels),
    recipe: mixedRecipe(levels, { seed }),
    stage: 'planned',
  };
}

/** `Mixed bits: 8 in 5 layers, 4 in 11, 2 in 4`. */
function nameOf(levels: ReadonlyMap<string, Level>): string {
  const counts = [8, 4, 2].flatMap((bits) => {
    const count = [...levels.values()].filter((level) => level.bits === bits).length;
    return count === 0 ? [] : [{ bits, count }];
  });
  const parts = counts.map(
    ({ bits, count }, index) => `${bits} in ${index === 0 ? formatCounted(count, 'layer') : count}`,
  );
  return `Mixed bits: ${parts.join(', ')}`;
}

/** A mixture that was tried. */
export interface TriedMixture extends MixProbe {
  /** What was judged of it, under this or another name; `undefined`: nothing, so that it is nothing to recommend. */
  readonly judged: Candidate | undefined;
}

/** What was found of mixtures among all candidates. One that is too large says to go on, not to go back. */
export function triedMixtures(
  candidates: readonly Candidate[],
  goal: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
): readonly TriedMixture[] {
  return candidates.flatMap((candidate) => {
    const steps = idPattern.exec(candidate.id)?.[1];
    if (steps === undefined || candidate.stage === 'planned' || candidate.stage === 'held') return [];
    const judged = [
      candidate,
      ...candidates.filter(({ sha256 }) => sha256 !== undefined && sha256 === candidate.sha256),
    ];
    const own = judged.find(({ loss }) => loss !== undefined);
    const isLarge = (candidate.sizeBytes ?? 0) > (goal.limits.sizeBytes ?? Infinity);
    const holds = isLarge || (own !== undefined && keepsLimits(own, goal, originalBytes));
    return [{ steps: Number(steps), holds, judged: own }];
  });
}

/**
 * Whether a candidate keeps the limits with room to spare: what is chosen from a row of files by what they show looks better than
 * it is. Where samples are many enough, the whole interval of the loss is within the limit; where they are too few to tell, the
 * loss is at most half of it. What other samples said of it counts as much as they can say.
 */
function keepsLimits(
  candidate: Candidate,
  { objective, limits }: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
): boolean {
  if (rankForGoal([candidate], { objective, limits }, originalBytes).length === 0) return false;
  const { loss, confirmed } = candidate;
  if (loss === undefined || loss.interval === null) return true;
  const limit = limitOf(loss, limits);
  const isSafe = unseenLoss(loss) <= limit / 2 ? confirmationOf(loss, limits) === 'confirmed' : loss.value <= limit / 2;
  return isSafe && (confirmed === undefined || confirmed.word === 'confirmed' || unseenLoss(confirmed) > limit);
}
