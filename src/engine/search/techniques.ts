/**
 * The techniques that a search tries, cheapest first; 8-bit weights and float16 lead, because even a slow model has time for the first two.
 * `planLadder` decides which come first. A new technique is one more entry.
 */
import { formatDuration } from '../format';
import type { ExecutionProvider } from '../metrics/cell';
import {
  allIn4BitsByChannel,
  fewerChannels,
  presetById,
  withoutChannels,
  weightsIn8Bits,
  type PresetId,
} from '../recipe/presets';
import type { RecipeStep } from '../recipe/recipe';
import type { Candidate } from './candidate';
import { endPasses, stepsBeforeEnd } from './goals';
import { holdsFloats, type ModelFacts } from './model-facts';

/** The facts that a technique may require. */
export interface TechniqueFacts extends ModelFacts {
  /** There are samples to calibrate with. */
  readonly calibrates: boolean;
}

export type Step = Pick<RecipeStep, 'pass' | 'options'>;

export interface Technique {
  readonly id: string;
  /** The steps after `simplify`, which every candidate begins with. Techniques with an unknown pass are skipped. */
  readonly steps: readonly Step[];
  /** The preset that it makes. Presets of the goals are tried among the first. */
  readonly preset?: PresetId;
  /** It is smaller than what this preset makes: where that is planned to be tested, it is after it. */
  readonly beyond?: PresetId;
  /** Made in a moment, and small. It is the result if nothing else is made in time. */
  readonly isQuick?: boolean;
  /** Tried only if speed is the goal, or if it is asked for. */
  readonly isForSpeed?: boolean;
  /** A search with less time passes it over unless it is asked for. */
  readonly leastBudgetMs?: number;
  /** Why it is not worth a try with this model and data: a sentence. `null`: it is. */
  obstacle(facts: TechniqueFacts): string | null;
}

const noData = 'It needs calibration samples, and there is no data.';
const nothingToQuantize = 'The model has no matrix products with weights.';

const always = (): null => null;
const withProducts = ({ hasProducts }: TechniqueFacts) => (hasProducts ? null : nothingToQuantize);
/** No other weights have a form in 2 bits. */
const withManyProducts = ({ weightShares }: TechniqueFacts) =>
  weightShares.products >= 0.1
    ? null
    : 'Matrix products hold almost none of the weights, and no other operator supports 2 bits.';
const fewProducts = 0.05;
/** Recurrent layers count. */
const withSomeProducts = ({ hasProducts, weightShares }: TechniqueFacts) => {
  if (!hasProducts) return nothingToQuantize;
  const share = weightShares.products + weightShares.recurrent;
  return share >= fewProducts ? null : 'Matrix products hold almost none of the weights.';
};
const withConvolutions = ({ hasConvolutions }: TechniqueFacts) =>
  hasConvolutions ? null : 'The model has no convolutions.';
/** Static integers, factors and training leave recurrent layers unchanged. */
const beyondRecurrent = ({ weightShares }: TechniqueFacts) =>
  weightShares.recurrent < 0.5
    ? null
    : 'Recurrent layers hold most of the weights, and this technique does not change them.';
const withRecurrent = ({ weightShares }: TechniqueFacts) =>
  weightShares.recurrent > 0 ? null : 'The model has no recurrent layers.';
const withData = ({ calibrates }: TechniqueFacts) => (calibrates ? null : noData);
const withShrinkableInput = ({ canShrinkInput, calibrates }: TechniqueFacts) => {
  if (canShrinkInput !== true) return 'No input takes large pictures or texts.';
  return calibrates ? null : noData;
};
const withFloats = (facts: TechniqueFacts) => (holdsFloats(facts) ? null : 'Almost no weights are float32.');

function both(...rules: readonly Technique['obstacle'][]): Technique['obstacle'] {
  return (facts) => rules.map((rule) => rule(facts)).find((reason) => reason !== null) ?? null;
}

/** Hardly anything is float, or there is no data: `null` if neither is so. */
const withFloatsAndData = both(withFloats, withData);

/** The same where layers of the model itself are measured, which are not restored before. */
export const withOwnFloatsAndData = both(
  ({ floatShare }) => (holdsFloats({ floatShare }) ? null : 'Almost no weights are float32.'),
  withData,
);

const weights = (options: Step['options']): Step => ({ pass: 'quantize-weights', options });
/** Every candidate begins with a simplification, and `withEnd` ends it. */
const stepsOf = (preset: PresetId): readonly Step[] =>
  stepsBeforeEnd(presetById(preset).recipe).filter(({ pass }) => pass !== 'simplify');
const ofPreset = (preset: PresetId) => ({ preset, steps: stepsOf(preset) });
const staticInt8 = stepsOf('int8-static');
const plainStatic: Step = { pass: 'quantize-static', options: { biasCorrection: false, closeness: 0 } };
/** The operators between layers may take longer in integers, with the conversions around them. Bounds become part of the layer. */
const layersAndBounds = ['Conv', 'Gemm', 'MatMul', 'Relu', 'Clip'] as const;
const weightsIn4Bits = stepsOf('int4-weights');
/** Data changes 8-bit weights hardly at all. */
const weightsIn8BitsWithoutData = weights({ ...weightsIn8Bits.options, method: 'by-layer' });
/** An eighth larger, with a fraction of the error. */
const weightsIn8BitBlocks = weights({ bits: '8', blockSize: '32', method: 'by-layer' });
const weightsIn4BitsWithoutData = weights({ bits: '4', method: 'by-layer' });
/** Fewer steps than by itself: a search has many recipes to try. */
const fineTune: Step = { pass: 'fine-tune', options: { steps: 1500 } };
const halfOfMacs: Step = { pass: 'prune-channels', options: { remove: 0.5 } };
/**
 * Low-rank factorization costs little accuracy (docs/design/low-rank.md). For time it removes half of the MACs of a
 * transformer's products, and for size a third of any net, with 4-bit weights. Removing blocks costs small nets more
 * than the same MACs removed by factorization, and is not tried.
 */
const asFactors = (remove: number): Step => ({ pass: 'factorize', options: { remove } });
/** 35 % of the MACs as channels and 15 % as factors: nearer to the original than half as channels, smaller, and slower (docs/design/training.md). */
const halfInTwoWays: readonly Step[] = [{ pass: 'prune-channels', options: { remove: 0.35 } }, asFactors(0.26)];

/** Pictures of 224 × 224 become 192 × 192, 160 × 160 or 128 × 128; texts keep the same shares. */
const onInputOf = (keep: number): Step => ({ pass: 'smaller-input', options: { keep } });

/** Passes that only change how weights are stored: the arithmetic stays that of floats. */
const storesOnly: ReadonlySet<string> = new Set(['simplify', 'quantize-weights', 'convert-float16', ...endPasses]);

/**
 * True if a run computes less after these steps, because only then it may be faster. WASM is the only provider without
 * 16-bit arithmetic.
 */
function computesLess(steps: readonly Pick<RecipeStep, 'pass'>[], ep: ExecutionProvider): boolean {
  return steps.some(({ pass }) => !storesOnly.has(pass) || (pass === 'convert-float16' && ep !== 'wasm'));
}

/**
 * True if a run computes the same, whatever is stored: quantized weights become floats when a session is opened. A simplified model
 * has fewer nodes.
 */
export function computesAlike(steps: readonly Pick<RecipeStep, 'pass'>[], ep: ExecutionProvider): boolean {
  return !computesLess(steps, ep) && steps.some(({ pass }) => pass !== 'simplify');
}

/** True if it removes channels, factorizes layers or trains: passes that run the model many times. */
export function narrows(steps: readonly Pick<RecipeStep, 'pass'>[]): boolean {
  return steps.some(({ pass }) => pass === halfOfMacs.pass || pass === asFactors(0).pass || pass === fineTune.pass);
}

/** True if its layers read smaller pictures or shorter texts: maps and sequences among its outputs have other sizes then. */
export function shrinksInput({ recipe }: Pick<Candidate, 'recipe'>): boolean {
  return recipe.steps.some(({ pass }) => pass === onInputOf(1).pass);
}

/** The reason that a candidate's outputs count as wrong, in sentences. Outputs of another size say nothing about accuracy. */
export function describeWrong(candidate: Pick<Candidate, 'recipe'>, problem = 'Its outputs are wrong.'): string {
  return shrinksInput(candidate) ? `Its accuracy is not comparable with the original's. ${problem}` : problem;
}

/** True if it takes as long as all others together. */
export function trains(steps: readonly Pick<RecipeStep, 'pass'>[]): boolean {
  return steps.some(({ pass }) => pass === fineTune.pass);
}

/**
 * The turn of a recipe in a search for speed. It is 0 if the recipe computes less, and 1 if it also quantizes weights
 * alone, which makes it as fast at best. It is 2 if the recipe only stores less. Trained recipes all quantize weights,
 * so they have turn 0.
 */
export function turnForSpeed(steps: readonly Pick<RecipeStep, 'pass'>[], ep: ExecutionProvider): 0 | 1 | 2 {
  if (!computesLess(steps, ep)) return 2;
  return steps.some(({ pass }) => pass === 'quantize-weights') && !trains(steps) ? 1 : 0;
}

/**
 * Compares candidates for sorting: the one that is most likely faster comes first. Candidates with unknown MACs come
 * after the others of their turn.
 */
export function compareForSpeed(
  a: Pick<Candidate, 'recipe' | 'macs'>,
  b: Pick<Candidate, 'recipe' | 'macs'>,
  ep: ExecutionProvider,
): number {
  const turnOf = ({ recipe }: Pick<Candidate, 'recipe'>) => turnForSpeed(recipe.steps, ep);
  const unknown = Number.MAX_VALUE;
  return turnOf(a) - turnOf(b) || (a.macs ?? unknown) - (b.macs ?? unknown);
}

/** Training a small model in the page takes minutes. */
const toTrain = 300_000;
/** Once more to choose widths and to repair what stays. */
export const toPruneAgain = 120_000;

/**
 * The cheapest forms of the safest kinds. They lead `techniques`. A search without a recommendation names those that it did not
 * evaluate.
 */
export const safestTechniques: ReadonlySet<string> = new Set(['weights-8', 'float16']);

export const techniques: readonly Technique[] = [
  {
    id: 'weights-8',
    preset: 'int8-weights',
    steps: [weightsIn8BitsWithoutData],
    isQuick: true,
    obstacle: withFloats,
  },
  { id: 'float16', ...ofPreset('float16'), isQuick: true, obstacle: withFloats },
  { id: 'weights-4', steps: [weightsIn4BitsWithoutData], isQuick: true, obstacle: withFloats },
  {
    id: 'int8-per-token',
    ...ofPreset('int8-dynamic-per-token'),
    isQuick: true,
    obstacle: both(withFloats, withSomeProducts),
  },
  { id: 'int8-dynamic', ...ofPreset('int8-dynamic'), isQuick: true, obstacle: both(withFloats, withSomeProducts) },
  // A second form of a kind follows one form of each kind: a slow model has no time for both.
  { id: 'weights-8-blocks', steps: [weightsIn8BitBlocks], isQuick: true, obstacle: withFloats },
  { id: 'simplify', ...ofPreset('simplify'), isQuick: true, obstacle: always },
  {
    id: 'int8-dynamic-conv',
    ...ofPreset('int8-dynamic-conv'),
    obstacle: both(withFloats, withConvolutions),
  },
  { id: 'weights-4-gptq', ...ofPreset('int4-weights'), obstacle: withFloatsAndData },
  { id: 'weights-4-channels', steps: [weights({ bits: '4', blockSize: '0' })], obstacle: withFloatsAndData },
  { id: 'weights-2', ...ofPreset('int2-weights'), obstacle: both(withFloatsAndData, withManyProducts) },
  // As fast as with the corrections, and made in a fraction of the time. Layers alone lose less.
  {
    id: 'int8-static-layers',
    isForSpeed: true,
    steps: [{ ...plainStatic, options: { ...plainStatic.options, opTypes: [...layersAndBounds] } }],
    obstacle: both(withFloatsAndData, beyondRecurrent),
  },
  {
    id: 'int8-static-plain',
    isForSpeed: true,
    steps: [plainStatic],
    obstacle: both(withFloatsAndData, beyondRecurrent),
  },
  { id: 'int8-static', ...ofPreset('int8-static'), obstacle: both(withFloatsAndData, beyondRecurrent) },
  { id: 'channels-third-weights-4', ...ofPreset('fewer-channels-int4'), obstacle: withFloatsAndData },
  // For budgets that allow channel pruning and nothing after it.
  {
    id: 'channels-third-weights-4-without-data',
    steps: [fewerChannels, weightsIn4BitsWithoutData],
    obstacle: withFloatsAndData,
  },
  {
    id: 'channels-third-weights-4-channels',
    beyond: 'fewer-channels-int4',
    steps: [fewerChannels, allIn4BitsByChannel],
    obstacle: withFloatsAndData,
  },
  {
    id: 'channels-third-weights-2',
    steps: [fewerChannels, ...stepsOf('int2-weights')],
    obstacle: both(withFloatsAndData, withManyProducts),
  },
  { id: 'channels-third', ...ofPreset('fewer-channels'), obstacle: withFloatsAndData },
  { id: 'input-86', isForSpeed: true, steps: [onInputOf(0.86)], obstacle: withShrinkableInput },
  { id: 'input-70', isForSpeed: true, steps: [onInputOf(0.7)], obstacle: withShrinkableInput },
  { id: 'input-50', isForSpeed: true, steps: [onInputOf(0.5)], obstacle: withShrinkableInput },
  { id: 'channels-fifth', isForSpeed: true, steps: [withoutChannels(0.2)], obstacle: withFloatsAndData },
  { id: 'channels-tenth', isForSpeed: true, steps: [withoutChannels(0.1)], obstacle: withFloatsAndData },
  {
    id: 'recurrent-channels-weights-4',
    ...ofPreset('recurrent-channels-int4'),
    obstacle: both(withFloatsAndData, withRecurrent),
  },
  { id: 'recurrent-channels', ...ofPreset('recurrent-channels'), obstacle: both(withFloatsAndData, withRecurrent) },
  {
    id: 'recurrent-channels-fewer-weights-4',
    steps: [...stepsOf('recurrent-channels'), allIn4BitsByChannel],
    obstacle: both(withFloatsAndData, withRecurrent),
  },
  {
    id: 'channels-third-int8-dynamic',
    steps: [fewerChannels, ...stepsOf('int8-dynamic')],
    obstacle: both(withFloatsAndData, withManyProducts),
  },
  {
    id: 'channels-third-int8',
    steps: [fewerChannels, ...staticInt8],
    obstacle: both(withFloatsAndData, beyondRecurrent),
  },
  {
    id: 'factors-weights-4',
    steps: [asFactors(0.3), ...weightsIn4Bits],
    obstacle: both(withFloatsAndData, beyondRecurrent),
  },
  {
    id: 'factors-half',
    steps: [asFactors(0.5)],
    obstacle: both(withFloatsAndData, withProducts, beyondRecurrent),
  },
  { id: 'channels-half', leastBudgetMs: toPruneAgain, steps: [halfOfMacs], obstacle: withFloatsAndData },
  {
    id: 'channels-half-weights-4',
    leastBudgetMs: toPruneAgain,
    steps: [halfOfMacs, ...weightsIn4Bits],
    obstacle: withFloatsAndData,
  },
  {
    id: 'channels-half-tuned-weights-8',
    leastBudgetMs: toTrain,
    steps: [halfOfMacs, fineTune, weightsIn8BitsWithoutData],
    obstacle: both(withFloatsAndData, beyondRecurrent),
  },
  {
    id: 'channels-half-tuned-weights-4',
    leastBudgetMs: toTrain,
    steps: [halfOfMacs, fineTune, ...weightsIn4Bits],
    obstacle: both(withFloatsAndData, beyondRecurrent),
  },
  {
    id: 'channels-factors-half-tuned-weights-8',
    leastBudgetMs: toTrain,
    steps: [...halfInTwoWays, fineTune, weightsIn8BitsWithoutData],
    obstacle: both(withFloatsAndData, withConvolutions),
  },
];

/** Returns the reason why a technique or a mixture takes too long for the budget; `null` if it does not. */
export function tooLong(
  { leastBudgetMs = 0, steps = [] }: Partial<Pick<Technique, 'leastBudgetMs' | 'steps'>>,
  budgetMs: number,
): string | null {
  if (budgetMs >= leastBudgetMs) return null;
  const what = trains(steps) ? 'Training' : 'It';
  return `${what} needs more than ${formatDuration(budgetMs)}. Set the search time to ${formatDuration(leastBudgetMs)}.`;
}
