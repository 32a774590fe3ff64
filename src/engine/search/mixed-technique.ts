/** Techniques that mix: the levels that layers may have, and the recipe that gives each layer its own. */
import { formatCounted } from '../format';
import { smallEndsShare, smallLayersShare, usualBlockSize } from '../passes/quantize/weights/weights-options';
import { fewerChannels } from '../recipe/presets';
import { recipeOf, type Recipe } from '../recipe/recipe';
import type { Candidate } from './candidate';
import { stepsBeforeEnd, withEnd } from './goals';
import { confirmationOf, limitOf, unseenLoss } from './loss';
import {
  levelsAfter,
  stepsThatSaveLess,
  type Level,
  type MeasuredLayer,
  type MixProbe,
  type MixStep,
} from './mixed-precision';
import type { ModelFacts } from './model-facts';
import { rankForGoal } from './recommend';
import type { SearchGoal } from './search-goal';
import { tooLong, toPruneAgain, withOwnFloatsAndData, type Step, type TechniqueFacts } from './techniques';

/** The state of a mixture. Layers are measured once, and files are chosen by that until none is left to try. */
export interface Mixing {
  readonly technique: string;
  /** Absent: not measured yet, or only some. */
  readonly layers?: readonly MeasuredLayer[];
  /** The layers that a stopped measurement has measured. */
  readonly measured?: readonly MeasuredLayer[];
  readonly isOver: boolean;
}

export interface MixedTechnique {
  readonly id: string;
  /** Begins the names of its candidates. */
  readonly title: string;
  /** The name of a candidate with all layers at this level, which mixes nothing. */
  uniformTitle(level: Level): string;
  /** Steps before the layers are measured. Absent: only the steps that every candidate begins with. */
  readonly before?: readonly Step[];
  /** A search with less time passes it over unless it is asked for. */
  readonly leastBudgetMs?: number;
  /** The levels that a layer may have, the largest first. */
  readonly levels: readonly Level[];
  /** The operators of layers with weights, among the nodes that the pass changes. Absent: all. */
  readonly operators?: readonly string[];
  /** The steps with one layer alone at a level, to measure its cost. Without a layer: all layers of the pass. */
  measuringStep(layer?: { readonly name: string; readonly level: Level }): Step;
  /** The steps for the layers that have a level. `others` were measured and stay unchanged. */
  step(levels: ReadonlyMap<string, Level>, others: readonly string[]): Step;
  /** The candidate with the smallest form everywhere. If it meets the limits, there is nothing to mix. */
  readonly uniform?: string;
  /** The reason not to try it with this model, data and goal, in a sentence. `null`: it is tried. */
  obstacle(facts: TechniqueFacts, goal: Pick<SearchGoal, 'objective'>): string | null;
}

export const mixedWeightsId = 'mixed-weights';

const bitsOf = (levels: Iterable<readonly [string, Level]>) =>
  Object.fromEntries([...levels].map(([name, { bits }]) => [name, bits]));

/** Layers are named with their bits; those that are not named stay floats. */
function weightsStep(levels: Iterable<readonly [string, Level]>, method: 'mse' | 'gptq'): Step {
  const all = [...levels];
  const blocks = all.filter(([, { bits, blockSize }]) => bits === 4 && blockSize !== usualBlockSize);
  const blockSizeByLayer = Object.fromEntries(blocks.map(([name, { blockSize }]) => [name, blockSize]));
  const options = { bits: '4', method, include: all.map(([name]) => name), bitsByLayer: bitsOf(all) };
  return { pass: 'quantize-weights', options: blocks.length === 0 ? options : { ...options, blockSizeByLayer } };
}

/** Steps for all layers alike: as simple as a person would write them, with the same bytes. */
function uniformWeightsStep({ bits, blockSize }: Level): Step {
  const scales: Step['options'] =
    bits === 8 ? { blockSize: '0', symmetric: true } : { blockSize: String(blockSize), keepEnds: false };
  return { pass: 'quantize-weights', options: { bits: String(bits), method: 'gptq', ...scales } };
}

const floatBits = 32;

const uniformWeights = (level: Level): string =>
  `${level.bits}-bit weights (${isByChannel(level) ? 'per channel, ' : ''}every layer)`;

const mixedWeights: MixedTechnique = {
  id: mixedWeightsId,
  title: 'Mixed-bit weights',
  uniformTitle: uniformWeights,
  // A channel takes fewer bytes than blocks, and fits most layers nearly as well.
  levels: [
    { bits: 8, blockSize: 0 },
    { bits: 4, blockSize: 32 },
    { bits: 4, blockSize: 0 },
    { bits: 2, blockSize: 32 },
  ],
  // Rounded to nearest, in the range of least error, because a recovery with data would hide the layer's own loss.
  measuringStep: (layer) => weightsStep(layer === undefined ? [] : [[layer.name, layer.level]], 'mse'),
  step(levels, others) {
    const level = others.length === 0 ? uniformLevel(levels) : undefined;
    return level === undefined ? weightsStep(levels, 'gptq') : uniformWeightsStep(level);
  },
  obstacle: (facts, { objective }) =>
    objective === 'latency' ? 'Weight-only quantization does not make a model faster.' : withOwnFloatsAndData(facts),
};

/** The mixture finds the layers that stay float. */
const integersEverywhere: Step['options'] = { closeness: 0 };

export const mixedTechniques: readonly MixedTechnique[] = [
  mixedWeights,
  {
    ...mixedWeights,
    id: 'mixed-channels',
    title: '30 % fewer MACs, mixed-bit weights',
    before: [fewerChannels],
    leastBudgetMs: toPruneAgain,
    uniformTitle: (level) => `30 % fewer MACs, ${uniformWeights(level)}`,
  },
  {
    id: 'mixed-static',
    title: 'Mixed int8 (static)',
    uniformTitle: () => 'int8 (static, every layer)',
    // Weights in 4 bits become 8 again in each run, which takes longer than it saves.
    levels: [{ bits: 8, blockSize: 0 }],
    operators: ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'],
    uniform: 'int8-static',
    measuringStep(layer): Step {
      if (layer === undefined) return { pass: 'quantize-static', options: integersEverywhere };
      const { name, level } = layer;
      const options = { ...integersEverywhere, include: [name], overrides: { [name]: level.bits } };
      return { pass: 'quantize-static', options };
    },
    step: (levels, others) => ({
      pass: 'quantize-static',
      options: {
        ...integersEverywhere,
        overrides: { ...bitsOf(levels), ...Object.fromEntries(others.map((name) => [name, floatBits])) },
      },
    }),
    obstacle: (facts, { objective }) =>
      objective === 'latency'
        ? withOwnFloatsAndData(facts)
        : 'int8 (static) is for speed: weight-only quantization makes smaller files.',
  },
];

/** The techniques that mix, and the reasons for the others. A technique that a person names is tried for any goal. */
export function planMixing(
  facts: TechniqueFacts,
  { objective, budgetMs, techniques: wanted }: Pick<SearchGoal, 'objective' | 'budgetMs' | 'techniques'>,
): {
  readonly mixings: readonly Mixing[];
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
} {
  const possible = mixedTechniques.filter(({ id }) => wanted?.includes(id) ?? true);
  const checked = possible.map((technique) => {
    const ofGoal = () => technique.obstacle(facts, { objective }) ?? tooLong(technique, budgetMs);
    return { id: technique.id, reason: wanted === undefined ? ofGoal() : withOwnFloatsAndData(facts) };
  });
  return {
    mixings: checked.flatMap(({ id, reason }) => (reason === null ? [{ technique: id, isOver: false }] : [])),
    leftOut: checked.flatMap(({ id, reason }) => (reason === null ? [] : [{ id, reason }])),
  };
}

/** Steps after the simplification that every candidate begins with. */
const mixedBeginning = ({ before = [] }: Pick<MixedTechnique, 'before'>): readonly Step[] => [
  { pass: 'simplify', options: {} },
  ...before,
];

/** A plain recipe. */
export function mixedRecipe(technique: Pick<MixedTechnique, 'before'>, step: Step, seed: number): Recipe {
  return recipeOf([...mixedBeginning(technique), step], seed);
}

/** The candidate after so many steps. Its id states its place, so a resumed search finds it again. */
export function mixedCandidate(
  technique: MixedTechnique,
  {
    order,
    layers,
    steps,
  }: { readonly order: readonly MixStep[]; readonly layers: readonly MeasuredLayer[]; readonly steps: number },
  { objective, seed }: Pick<SearchGoal, 'objective' | 'seed'>,
  facts: Pick<ModelFacts, 'structureShare'>,
): Candidate {
  const levels = levelsAfter(order, steps);
  const others = layers.map(({ name }) => name).filter((name) => !levels.has(name));
  const recipe = mixedRecipe(technique, technique.step(levels, others), seed);
  return {
    id: `${technique.id}-${steps}`,
    name: nameMixture(technique, levels, others.length === 0),
    recipe: withEnd(recipe, facts, objective === 'size'),
    stage: 'planned',
  };
}

/**
 * `Mixed-bit weights: 8 in 5 layers, 4 in 11 (3 per channel), 2 in 4`, or `4-bit weights (every layer)`. Each step along an order raises
 * one of these numbers and lowers no later one, so no two mixtures have the same name.
 */
function nameMixture(
  { title, uniformTitle }: MixedTechnique,
  levels: ReadonlyMap<string, Level>,
  isWhole: boolean,
): string {
  const all = [...levels.values()];
  const common = isWhole ? uniformLevel(levels) : undefined;
  if (common !== undefined) return uniformTitle(common);
  const counts = [8, 4, 2].flatMap((bits) => {
    const own = all.filter((level) => level.bits === bits);
    const byChannel = own.filter((level) => isByChannel(level)).length;
    return own.length === 0 ? [] : [{ bits, count: own.length, byChannel }];
  });
  const texts = counts.map(({ bits, count, byChannel }, index) => {
    const where = `${bits} in ${index === 0 ? formatCounted(count, 'layer') : count}`;
    return byChannel === 0 ? where : `${where} (${byChannel === count ? 'per channel' : `${byChannel} per channel`})`;
  });
  return `${title}: ${texts.join(', ')}`;
}

/** The level of all layers. `undefined` if they differ, or if there are none. */
function uniformLevel(levels: ReadonlyMap<string, Level>): Level | undefined {
  const [first, ...others] = levels.values();
  return others.every(({ bits, blockSize }) => bits === first?.bits && blockSize === first.blockSize)
    ? first
    : undefined;
}

/** True for 4 bits by channel. Names leave out "by channel" for 8 bits, because it is usual. */
function isByChannel({ bits, blockSize }: Level): boolean {
  return bits === 4 && blockSize === 0;
}

/** A mixture that was tried. */
export interface TriedMixture extends MixProbe {
  /** The candidate that evaluated the same file, under this or another name. `undefined`: none, so it is not recommended. */
  readonly evaluated: Candidate | undefined;
}

/** The tried mixtures among all candidates. One that is too large says to continue, not to go back. */
export function triedMixtures(
  { id }: Pick<MixedTechnique, 'id'>,
  candidates: readonly Candidate[],
  goal: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
): readonly TriedMixture[] {
  return candidates.flatMap((candidate) => {
    const isOne = candidate.id.startsWith(`${id}-`);
    const steps = candidate.id.slice(id.length + 1);
    if (!isOne || candidate.stage === 'planned' || candidate.stage === 'held') return [];
    const same = [candidate, ...candidates.filter(({ sha256 }) => sha256 !== undefined && sha256 === candidate.sha256)];
    const own = same.find(({ loss }) => loss !== undefined);
    const isLarge = (candidate.sizeBytes ?? 0) > (goal.limits.sizeBytes ?? Infinity);
    const holds = isLarge || (own !== undefined && keepsLimits(own, goal, originalBytes));
    return [{ steps: Number(steps), holds, evaluated: own }];
  });
}

/** True if one level for all layers is good enough. */
export function isUniformEnough(
  { uniform }: Pick<MixedTechnique, 'uniform'>,
  candidates: readonly Candidate[],
  goal: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
): boolean {
  const found = candidates.find(({ id }) => id === uniform);
  return found !== undefined && keepsLimits(found, goal, originalBytes);
}

/** The smallest share of a file that remains if its small layers, which have 8 bits, get the `bits` of the others. */
function leastShareAtBits(bits: number): number {
  const raisedShare = smallEndsShare + smallLayersShare;
  return bits / ((1 - raisedShare) * bits + raisedShare * 8);
}

/**
 * An estimate of the smallest mixture, from low-bit files of the same model. `undefined`: none was made.
 */
export function leastMixedBytes(
  { before = [] }: Pick<MixedTechnique, 'before'>,
  candidates: readonly Pick<Candidate, 'recipe' | 'sizeBytes'>[],
): number | undefined {
  const beginning = mixedBeginning({ before });
  const sizes = candidates.flatMap(({ recipe, sizeBytes }) => {
    const steps = stepsBeforeEnd(recipe);
    const { pass, options } = steps.at(-1)!;
    const isOwn = pass === 'quantize-weights' && steps.length === beginning.length + 1 && beginsWith(steps, beginning);
    return isOwn && sizeBytes !== undefined ? [leastShareAtBits(Number(options['bits'] ?? 4)) * sizeBytes] : [];
  });
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}

/**
 * Steps along the order after which files are no smaller than one that is as good as chosen: nothing to look at. None if no file
 * tells how large the model was before.
 */
export function stepsNotSmaller(
  { before = [] }: Pick<MixedTechnique, 'before'>,
  order: readonly MixStep[],
  candidates: readonly Pick<Candidate, 'recipe' | 'sizeBytes'>[],
  bestBytes: number,
): number {
  const beginning = mixedBeginning({ before });
  const plain = candidates.find(({ recipe }) => {
    const steps = stepsBeforeEnd(recipe);
    return steps.length === beginning.length && beginsWith(steps, beginning);
  });
  return plain?.sizeBytes === undefined ? 0 : stepsThatSaveLess(order, plain.sizeBytes - bestBytes);
}

function beginsWith(steps: Recipe['steps'], beginning: readonly Step[]): boolean {
  return beginning.every(
    ({ pass, options }, index) =>
      steps[index]?.pass === pass && JSON.stringify(steps[index].options) === JSON.stringify(options),
  );
}

/**
 * True if a candidate is within the limits with a margin. The margin is needed because a file selected from several
 * looks better than it is. With enough samples, the whole interval of the loss must be within the limit. With too few,
 * the loss must be at most half of it. Results of held-out samples count as far as those samples can decide.
 */
function keepsLimits(
  candidate: Candidate,
  goal: Pick<SearchGoal, 'objective' | 'limits'>,
  originalBytes: number,
): boolean {
  // Speed is measured only for candidates within the limits.
  const { latencyMs: _latencyMs, ...limits } = goal.limits;
  const objective = goal.objective === 'latency' ? 'size' : goal.objective;
  if (rankForGoal([candidate], { objective, limits }, originalBytes).length === 0) return false;
  const { loss, confirmed } = candidate;
  if (loss === undefined || loss.interval === null) return true;
  const limit = limitOf(loss, limits);
  const isSafe = unseenLoss(loss) <= limit / 2 ? confirmationOf(loss, limits) === 'confirmed' : loss.value <= limit / 2;
  return isSafe && (confirmed === undefined || confirmed.word === 'confirmed' || unseenLoss(confirmed) > limit);
}
