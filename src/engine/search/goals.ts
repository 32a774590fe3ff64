/** What a person wants of a model, in their words, and the recipe that gives it. */
import type { Device, ExecutionProvider } from '../metrics/cell';
import { worthwhileSaving } from '../passes/least-saving';
import { floatsIn16Bits, presetById, type PresetId } from '../recipe/presets';
import type { Recipe } from '../recipe/recipe';
import { holdsFloats, modelKind, type ModelFacts } from './model-facts';

export interface GoalFacts {
  readonly model: ModelFacts;
  /** There are samples to calibrate with. */
  readonly hasData: boolean;
  /** `null`: nobody has asked it yet. */
  readonly device: Pick<Device, 'webgpu'> | null;
}

/** What a goal means for a model. */
interface Answer {
  readonly preset: PresetId;
  /** One line: what is done, and what to expect of it. */
  readonly reason: string;
}

const goals = [
  { id: 'smaller', title: 'Smaller download', ep: 'wasm', answer: smaller, isForSize: true },
  { id: 'faster-wasm', title: 'Faster on WASM', ep: 'wasm', answer: fasterOnWasm, isForSize: false },
  { id: 'faster-webgpu', title: 'Faster on WebGPU', ep: 'webgpu', answer: fasterOnWebgpu, isForSize: false },
  { id: 'smallest', title: 'Smallest possible', ep: 'wasm', answer: smallest, isForSize: true },
] as const satisfies readonly {
  readonly id: string;
  readonly title: string;
  readonly ep: ExecutionProvider;
  readonly answer: (facts: GoalFacts) => Answer;
  /** Short names are part of it, where names and notes are much of the file. */
  readonly isForSize: boolean;
}[];

export const goalIds = goals.map(({ id }) => id);

export type GoalId = (typeof goals)[number]['id'];

export interface Goal {
  readonly id: GoalId;
  readonly title: string;
  /** Where it shows whether it was reached. */
  readonly ep: ExecutionProvider;
  readonly preset: PresetId;
  readonly recipe: Recipe;
  readonly reason: string;
}

/**
 * Every goal with the recipe that measurements speak for (docs/quantization.md, docs/channel-pruning.md, docs/search.md). It
 * judges nothing: what it costs this model is measured afterwards. The same facts give the same recipes.
 */
export function resolveGoals(facts: GoalFacts): readonly Goal[] {
  return goals.map(({ id, title, ep, answer, isForSize }) => {
    const { preset, reason } = answer(facts);
    const { recipe } = presetById(preset);
    return { id, title, ep, reason, preset, recipe: withEnd(recipe, facts.model, isForSize) };
  });
}

/** One of them, as `resolveGoals` gives it. */
export function resolveGoal(id: GoalId, facts: GoalFacts): Goal {
  return resolveGoals(facts).find((goal) => goal.id === id)!;
}

/** Beside numbers in few bits it is a twentieth and more of the file, and most of it names (docs/simplification.md). */
const muchStructure = 0.015;

/**
 * How a recipe ends: floats that few bits leave are stored in 16 bits, and what is to make a small file has short names, where they are much
 * of it. Names of nodes stay: people read the graph by them.
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

const namesInShort = { pass: 'shorten-names', options: { keepNodeNames: true, leastSaving: worthwhileSaving } };
/** Where they change nothing, the rest of a recipe may. */
export const endPasses: ReadonlySet<string> = new Set([floatsIn16Bits.pass, namesInShort.pass]);

/** Its steps without that end. */
export function stepsBeforeEnd({ steps }: Pick<Recipe, 'steps'>): Recipe['steps'] {
  return steps.filter(({ pass }) => !endPasses.has(pass));
}

/** Runs of less take microseconds, most of it around the layers (docs/channel-pruning.md). */
const tinyBytes = 100_000;
/** In shorter rows a scale for each token costs most of what integers win: of 96 numbers, not of 384 (docs/quantization.md). */
const wideRows = 256;

const integersAlready: Answer = {
  preset: 'simplify',
  reason: 'Almost no float32 weights: fewer nodes.',
};

/**
 * Weights alone in fewer bits change the size of every kind of model and the speed of none: 4 bits where data lets them
 * be rounded well, 8 without.
 */
function smaller(facts: GoalFacts): Answer {
  if (!holdsFloats(facts.model)) return integersAlready;
  return facts.hasData
    ? { preset: 'int4-weights', reason: '4-bit weights: 1/6 of the size, same speed.' }
    : { preset: 'int8-weights', reason: '8-bit weights: 1/4 of the size, same speed.' };
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

/** Convolutions in integers are slower there than floats: only less arithmetic helps them, and that takes data. */
function fasterOnWasm(facts: GoalFacts): Answer {
  const { model, hasData } = facts;
  if (!holdsFloats(facts.model)) return integersAlready;
  const kind = modelKind(model);
  if (kind === 'products') {
    if (model.sizeBytes < tinyBytes) {
      return { preset: 'simplify', reason: 'Too small to gain much: fewer nodes, identical outputs.' };
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

/** Integers leave the GPU at every layer; numbers of 16 bits stay there, where it has them. */
function fasterOnWebgpu(facts: GoalFacts): Answer {
  const { device } = facts;
  if (!holdsFloats(facts.model)) return integersAlready;
  const webgpu = device?.webgpu;
  // What the processor plays in its stead says nothing of a GPU.
  if (webgpu != null && !webgpu.f16 && !webgpu.software) {
    return facts.hasData
      ? { preset: 'fewer-channels', reason: 'This GPU has no float16: 30 % fewer MACs.' }
      : { preset: 'simplify', reason: 'This GPU has no float16: fewer nodes.' };
  }
  // Nothing here could show it.
  const reason =
    webgpu === null
      ? 'float16: half the size. No WebGPU here to test it.'
      : 'float16: half the size, nearly identical outputs.';
  return { preset: 'float16', reason };
}
