/** Goals in the words of a person, and the recipe of each for a model. */
import type { Device, ExecutionProvider } from '../metrics/cell';
import { formatRelativeError, leastCloseDb, levelOf, matchGrade, type GradedMatch } from '../metrics/match-grade';
import { worthwhileSaving } from '../passes/least-saving';
import { floatsIn16Bits, presetById, weightsIn8Bits, type PresetId } from '../recipe/presets';
import type { Recipe } from '../recipe/recipe';
import { holdsFloats, modelKind, type ModelFacts } from './model-facts';

export interface GoalFacts {
  readonly model: ModelFacts;
  /** There are samples to calibrate with. */
  readonly hasData: boolean;
  /** `null`: nobody has asked it yet. */
  readonly device: Pick<Device, 'webgpu'> | null;
}

/** The recipe of a goal for one model. */
interface Answer {
  readonly preset: PresetId;
  /** One line: what is done, and what to expect of it. */
  readonly reason: string;
  /** The recipe cannot reach the goal on this model. The reason says why. */
  readonly isIdle?: true;
}

const goals = [
  { id: 'smaller', title: 'Smaller download', ep: 'wasm', answer: smaller, isForSize: true },
  { id: 'faster-wasm', title: 'Faster on WASM', ep: 'wasm', answer: fasterOnWasm, isForSize: false },
  { id: 'faster-webgpu', title: 'Faster on WebGPU', ep: 'webgpu', answer: fasterOnWebgpu, isForSize: false },
  {
    id: 'faster-webnn',
    title: 'Faster on WebNN',
    ep: 'webnn-gpu',
    answer: fasterOnWebnn,
    isForSize: false,
    fixesSizes: true,
  },
  { id: 'smallest', title: 'Smallest possible', ep: 'wasm', answer: smallest, isForSize: true },
] as const satisfies readonly {
  readonly id: string;
  readonly title: string;
  readonly ep: ExecutionProvider;
  readonly answer: (facts: GoalFacts) => Answer;
  /** Short names are part of it if names and notes are much of the file. */
  readonly isForSize: boolean;
  /** The recipe gives every free dimension a size. */
  readonly fixesSizes?: boolean;
}[];

export const goalIds = goals.map(({ id }) => id);

export type GoalId = (typeof goals)[number]['id'];

export interface Goal extends Answer {
  readonly id: GoalId;
  readonly title: string;
  /** The provider that shows if the goal was reached. */
  readonly ep: ExecutionProvider;
  /** It asks for a smaller file. */
  readonly isForSize: boolean;
  readonly recipe: Recipe;
  /**
   * Recipes to try next, one after the other, while the SQNR of the variant is below `leastGoalDb`. Empty with data: there, an evaluation
   * measures the loss.
   */
  readonly safer: readonly SaferRecipe[];
  /** A safe recipe that takes seconds, made before a search, or before a recipe that takes long. */
  readonly first?: SaferRecipe;
}

export interface SaferRecipe {
  readonly title: string;
  readonly recipe: Recipe;
}

/** SQNR in dB that a goal without data keeps on random inputs: an error of 10 %. */
export const leastGoalDb: number = leastCloseDb;

/** An eighth larger than with one scale per channel, with a fraction of the error. */
const in8BitBlocks: SaferRecipe = {
  title: '8-bit weights (blocks of 32)',
  recipe: {
    ...presetById('int8-weights').recipe,
    steps: presetById('int8-weights').recipe.steps.map((step) =>
      step.pass === weightsIn8Bits.pass ? { ...step, options: { bits: '8', blockSize: '32' } } : step,
    ),
  },
};

/** Each changes the outputs less than the one before it. */
const ofWeights: readonly (PresetId | SaferRecipe)[] = [
  'int4-weights',
  'int8-weights',
  in8BitBlocks,
  'float16',
  'simplify',
];
const ofIntegers: readonly PresetId[] = ['int8-dynamic', 'int8-dynamic-per-token', 'simplify'];

function saferRecipes(preset: PresetId, complete: (recipe: Recipe) => Recipe): readonly SaferRecipe[] {
  const ladder = ofIntegers.includes(preset) ? ofIntegers : ofWeights;
  return ladder.slice(ladder.indexOf(preset) + 1).map((rung) => {
    const { title, recipe } = typeof rung === 'string' ? presetById(rung) : rung;
    return { title, recipe: complete(recipe) };
  });
}

/** True if the outputs can be compared, and are wrong or below `leastDb`. */
export function isTooFar(match: GradedMatch, leastDb = leastGoalDb): boolean {
  const grade = matchGrade(match);
  if (grade === 'identical' || grade === 'not-comparable') return false;
  return grade === 'wrong' || levelOf(match) < leastDb;
}

/**
 * True if a goal continues with a safer recipe: the outputs are too far, or those of fewer than 8 bits cannot be
 * compared. A detector that finds nothing in random input may lose much with them.
 */
export function needsSafer(match: GradedMatch, recipe: Recipe, leastDb = leastGoalDb): boolean {
  return isTooFar(match, leastDb) || (matchGrade(match) === 'not-comparable' && storesFewBits(recipe));
}

function storesFewBits({ steps }: Recipe): boolean {
  return steps.some(({ pass, options }) => pass === weightsIn8Bits.pass && options['bits'] !== '8');
}

/** A sentence: the reason that a goal continued, and the recipe that is used instead. `match: null`: it changes nothing, or was not compared. */
export function describeSafer(
  left: { readonly title: string; readonly match: GradedMatch },
  used: { readonly title: string; readonly match: GradedMatch | null; readonly isNoSmaller?: true },
  leastDb = leastGoalDb,
): string {
  const error = (match: GradedMatch): string =>
    matchGrade(match) === 'wrong' ? 'wrong outputs' : `an output error of ${formatRelativeError(levelOf(match))}`;
  const isUnknown = ({ match }: { readonly match: GradedMatch | null }): boolean =>
    match === null || matchGrade(match) === 'not-comparable';
  const instead = used.isNoSmaller === true ? `${used.title} would be no smaller` : `Used instead: ${used.title}`;
  if (isUnknown(left)) return `Random inputs cannot check ${left.title}. ${instead}. Add data to check it.`;
  const own = used.match === null || used.isNoSmaller === true || isUnknown(used) ? '' : `, with ${error(used.match)}`;
  // An error that rounds to the limit would not seem to exceed it.
  const limit = formatRelativeError(leastDb);
  const excess = error(left.match);
  const shown = excess.endsWith(` ${limit}`) ? `${excess.slice(0, -limit.length)}just over ${limit}` : excess;
  return `${left.title} has ${shown} on random inputs; the limit is ${limit}. ${instead}${own}.`;
}

/**
 * Returns every goal with the recipe that measurements support (docs/design/quantization.md, docs/design/pruning.md,
 * docs/design/search.md). It evaluates nothing: its cost for this model is measured afterwards. The same facts give the
 * same recipes.
 */
export function resolveGoals(facts: GoalFacts): readonly Goal[] {
  const { model } = facts;
  return goals.map(({ id, title, ep, answer, isForSize, ...goal }) => {
    const { preset, ...known } = restoringAnswer(answer(facts), facts);
    const complete = (recipe: Recipe): Recipe => {
      const ended = withEnd(recipe, model, isForSize);
      return withBeginning('fixesSizes' in goal ? withFixedSizes(ended) : ended, model);
    };
    const safer = facts.hasData ? [] : saferRecipes(preset, complete);
    // 8-bit weights are as large as most received files of low precision.
    const quickWeights = model.isLowPrecision ? 'int4-weights' : 'int8-weights';
    const quick = presetById(isForSize ? quickWeights : 'simplify');
    const isSearched = id === 'faster-wasm';
    const isHeavy = model.sizeBytes >= (isSearched ? searchedBytes : heavyBytes);
    const hasFirst = isHeavy && (isSearched || (facts.hasData && runsOften.has(preset)));
    // A received file of low precision would be four times as large with restored floats.
    const recipeOfFirst = isForSize ? complete(withoutRuns(quick.recipe)) : quick.recipe;
    const first = hasFirst ? { first: { title: quick.title, recipe: recipeOfFirst } } : {};
    return { id, title, ep, isForSize, ...known, preset, recipe: complete(presetById(preset).recipe), safer, ...first };
  });
}

/** The recipe with weights that are rounded without running the model. */
function withoutRuns(recipe: Recipe): Recipe {
  const steps = recipe.steps.map((step) =>
    step.pass === weightsIn8Bits.pass ? { ...step, options: { ...step.options, method: 'by-layer' } } : step,
  );
  return { ...recipe, steps };
}

/** Recipes that run the model on the data many times. */
const runsOften: ReadonlySet<PresetId> = new Set([
  'int8-weights',
  'int4-weights',
  'int2-weights',
  'fewer-channels',
  'fewer-channels-int4',
  'recurrent-channels',
  'recurrent-channels-int4',
]);
/** Smaller models are quantized with data in a few seconds, and searched in less than their time. */
const [heavyBytes, searchedBytes] = [4_000_000, 1_000_000];

/** Without sizes in its options, the pass gives each free dimension the size that a measurement would use. */
function withFixedSizes(recipe: Recipe): Recipe {
  return { ...recipe, steps: [{ pass: 'fix-dimensions', options: {}, enabled: true }, ...recipe.steps] };
}

/** One of them, as `resolveGoals` gives it. */
export function resolveGoal(id: GoalId, facts: GoalFacts): Goal {
  return resolveGoals(facts).find((goal) => goal.id === id)!;
}

/** Beside low-bit weights the rest takes a twentieth of the file or more, most of it names (docs/design/simplification.md). */
const muchStructure = 0.015;

/**
 * Adds the last steps of a recipe. Floats of low-bit weights are stored as float16. Recipes for small files shorten
 * names if names are much of the file. Names of nodes stay, because users read the graph by them.
 */
export function withEnd(
  recipe: Recipe,
  { structureShare }: Pick<ModelFacts, 'structureShare'>,
  isForSize: boolean,
): Recipe {
  const passes = recipe.steps.map(({ pass }) => pass);
  const leavesFloats = passes.includes('quantize-weights') && !passes.includes(floatsIn16Bits.pass);
  const isLongNamed = isForSize && structureShare >= muchStructure;
  const end = [...(leavesFloats ? [floatsIn16Bits] : []), ...(isLongNamed ? [namesInShort] : [])];
  if (end.length === 0) return recipe;
  return { ...recipe, steps: [...recipe.steps, ...end.map((step) => ({ ...step, enabled: true }))] };
}

/** The beginning of a recipe: quantized and float16 values become float32, which the later passes can change. */
export function withBeginning(recipe: Recipe, { isLowPrecision }: Pick<ModelFacts, 'isLowPrecision'>): Recipe {
  if (isLowPrecision !== true) return recipe;
  return { ...recipe, steps: [{ pass: 'restore-float', options: {}, enabled: true }, ...recipe.steps] };
}

/** The line of a panel holds so many letters. */
const longestReason = 52;

/** 8-bit weights would be as large as most models that are quantized already. */
function restoringAnswer(given: Answer, { model }: GoalFacts): Answer {
  if (model.isLowPrecision !== true) return given;
  const preset = given.preset === 'int8-weights' ? 'int4-weights' : given.preset;
  const reason = `Restores float32, then: ${presetById(preset).title}.`;
  return { preset, reason: reason.length > longestReason ? 'Restores float32 first. May lose accuracy.' : reason };
}

const namesInShort = { pass: 'shorten-names', options: { keepNodeNames: true, leastSaving: worthwhileSaving } };
/** Steps that may change nothing while the rest of the recipe does. */
export const endPasses: ReadonlySet<string> = new Set([floatsIn16Bits.pass, namesInShort.pass]);

/** Its steps without that end. */
export function stepsBeforeEnd({ steps }: Pick<Recipe, 'steps'>): Recipe['steps'] {
  return steps.filter(({ pass }) => !endPasses.has(pass));
}

/** Runs of less take microseconds, most of it around the layers (docs/design/pruning.md). */
const tinyBytes = 100_000;
/** In shorter rows the per-token scales cost most of the gain of integers: in rows of 96 numbers, not of 384 (docs/design/quantization.md). */
const wideRows = 256;

const integersAlready: Answer = {
  preset: 'simplify',
  reason: 'Almost no float32 weights: little to shrink.',
  isIdle: true,
};

/**
 * Weight-only quantization changes the size of every kind of model and the speed of none. It takes 4 bits if data
 * allows good rounding, and 8 without data.
 */
function smaller(facts: GoalFacts): Answer {
  if (!holdsFloats(facts.model)) return integersAlready;
  return facts.hasData
    ? { preset: 'int4-weights', reason: '4-bit weights: 1/6 of the size, usually as fast.' }
    : { preset: 'int8-weights', reason: '8-bit weights: 1/4 of the size, usually as fast.' };
}

function smallest(facts: GoalFacts): Answer {
  if (!holdsFloats(facts.model)) return integersAlready;
  if (!facts.hasData) {
    return { preset: 'int4-weights', reason: '4-bit weights: 1/6 of the size; less with data.' };
  }
  const kind = modelKind(facts.model);
  if (kind === 'products')
    return { preset: 'int2-weights', reason: '2-bit weights: 1/10 of the size; may lose accuracy.' };
  return {
    preset: kind === 'recurrent' ? 'recurrent-channels-int4' : 'fewer-channels-int4',
    reason: '30 % fewer MACs, 4-bit weights: may lose accuracy.',
  };
}

/** Integers make some convolutions slower there. Fewer MACs always make them faster, and that takes data. */
function fasterOnWasm(facts: GoalFacts): Answer {
  const { model, hasData } = facts;
  if (!holdsFloats(facts.model)) return integersAlready;
  const kind = modelKind(model);
  if (kind === 'products') {
    if (model.sizeBytes < tinyBytes) {
      return { preset: 'simplify', reason: 'Too small to gain much: fewer nodes.', isIdle: true };
    }
    return model.productWidth >= wideRows
      ? { preset: 'int8-dynamic-per-token', reason: 'Integer matrix products with per-token scales.' }
      : { preset: 'int8-dynamic', reason: 'Integer matrix products: about 1.3× faster.' };
  }
  if (!hasData) return { preset: 'simplify', reason: 'Fewer nodes, identical outputs. More with data.' };
  return kind === 'recurrent'
    ? { preset: 'recurrent-channels', reason: '25 % fewer MACs: slightly faster.' }
    : { preset: 'fewer-channels', reason: '30 % fewer MACs: about 1.3× faster.' };
}

/** Integers leave the GPU at every layer. float16 values stay there if the GPU supports them. */
function fasterOnWebgpu(facts: GoalFacts): Answer {
  const { device } = facts;
  if (!holdsFloats(facts.model)) return integersAlready;
  const webgpu = device?.webgpu;
  // A software GPU does not predict a real one.
  if (webgpu != null && !webgpu.f16 && !webgpu.software) {
    return facts.hasData
      ? { preset: 'fewer-channels', reason: 'This GPU has no float16: 30 % fewer MACs.' }
      : { preset: 'simplify', reason: 'This GPU has no float16: fewer nodes.' };
  }
  // Nothing here could show it.
  if (webgpu === null) return { preset: 'float16', reason: 'float16: half the size. No WebGPU here to test it.' };
  if (webgpu?.software === true)
    return { preset: 'float16', reason: 'float16: half the size. Not timed: software GPU.' };
  return { preset: 'float16', reason: 'float16: half the size, nearly identical outputs.' };
}

/** WebNN builds graphs of fixed sizes, and its graphics and neural processors compute in float16. */
function fasterOnWebnn({ model }: GoalFacts): Answer {
  if (!holdsFloats(model)) return integersAlready;
  return { preset: 'float16', reason: 'float16 with fixed input sizes, as WebNN needs.' };
}
