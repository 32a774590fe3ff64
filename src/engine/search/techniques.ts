/** What a search tries, from the free to the dear. Another technique is one more entry here. */
import { OP_TYPES_WITH_CONV } from '../passes/quantize/dynamic/dynamic-options';
import { formatDuration } from '../format';
import { fewerChannels } from '../recipe/presets';
import type { RecipeStep } from '../recipe/recipe';
import { holdsFloats, type ModelFacts } from './model-facts';

/** What a technique may ask for before it is tried. */
export interface TechniqueFacts extends ModelFacts {
  /** There are samples to calibrate with. */
  readonly calibrates: boolean;
}

export type Step = Pick<RecipeStep, 'pass' | 'options'>;

export interface Technique {
  readonly id: string;
  /** After `simplify`, which every candidate begins with. Those with a pass that this Pareto lacks are passed over. */
  readonly steps: readonly Step[];
  /** A search with less time passes it over unless it is asked for. */
  readonly leastBudgetMs?: number;
  /** Why it is not worth a try with this model and data: a sentence. `null`: it is. */
  obstacle(facts: TechniqueFacts): string | null;
}

const noData = 'It needs samples to calibrate with, and there is no data.';
const nothingToQuantize = 'The model has no matrix products with weights.';

const always = (): null => null;
const withProducts = ({ hasProducts }: TechniqueFacts) => (hasProducts ? null : nothingToQuantize);
/** No other weights have a form in 2 bits. */
const withManyProducts = ({ weightShares }: TechniqueFacts) =>
  weightShares.products >= 0.1 ? null : 'Matrix products hold hardly any of the weights, and nothing else has 2 bits.';
const withConvolutions = ({ hasConvolutions }: TechniqueFacts) =>
  hasConvolutions ? null : 'The model has no convolutions.';
const withData = ({ calibrates }: TechniqueFacts) => (calibrates ? null : noData);
const withFloats = (facts: TechniqueFacts) => (holdsFloats(facts) ? null : 'Hardly any of the weights are float32.');

function both(...rules: readonly Technique['obstacle'][]): Technique['obstacle'] {
  return (facts) => rules.map((rule) => rule(facts)).find((reason) => reason !== null) ?? null;
}

/** Hardly anything is float, or there is no data: `null` where neither is so. */
export const withFloatsAndData = both(withFloats, withData);

const staticInt8: Step = { pass: 'quantize-static', options: {} };
/** Fewer steps than by itself: a search has many recipes to try. */
const fineTune: Step = { pass: 'fine-tune', options: { steps: 1500 } };
const weights = (options: Step['options']): Step => ({ pass: 'quantize-weights', options });
const gptq4 = { bits: '4', method: 'gptq' } as const;
const halfOfMacs: Step = { pass: 'prune-channels', options: { remove: 0.5 } };
/**
 * Layers as two lose little accuracy: half of the MACs of a transformer's products for time, a third of any net with few bits for size
 * (docs/low-rank.md). Blocks left out cost small nets more than the same MACs taken as factors, and are not tried.
 */
const asFactors = (remove: number): Step => ({ pass: 'factorize', options: { remove } });
/** A quarter of the MACs as channels and another as factors: costs a convolutional net less than half as channels, and is slower (docs/training.md). */
const halfInTwoWays: readonly Step[] = [{ pass: 'prune-channels', options: { remove: 0.25 } }, asFactors(0.375)];

/** Passes that only change how weights are stored: the arithmetic stays that of floats. */
const storesOnly: ReadonlySet<string> = new Set(['simplify', 'quantize-weights', 'convert-float16']);

/** Whether a run computes less after these steps than before: only then it may be faster. */
export function computesLess(steps: readonly Pick<RecipeStep, 'pass'>[]): boolean {
  return steps.some(({ pass }) => !storesOnly.has(pass));
}

/** Training a small model in the page takes minutes. */
const toTrain = 300_000;
/** Once more to choose widths and to repair what stays. */
export const toPruneAgain = 120_000;

export const techniques: readonly Technique[] = [
  { id: 'simplify', steps: [], obstacle: always },
  { id: 'weights-8', steps: [weights({ bits: '8', method: 'by-layer' })], obstacle: withFloats },
  { id: 'weights-4', steps: [weights({ bits: '4', method: 'by-layer' })], obstacle: withFloats },
  { id: 'int8-dynamic', steps: [{ pass: 'quantize-dynamic', options: {} }], obstacle: both(withFloats, withProducts) },
  {
    id: 'int8-per-token',
    steps: [{ pass: 'quantize-dynamic', options: { perChannel: true, activations: 'per-token' } }],
    obstacle: both(withFloats, withProducts),
  },
  { id: 'float16', steps: [{ pass: 'convert-float16', options: {} }], obstacle: withFloats },
  { id: 'int8-static', steps: [staticInt8], obstacle: withFloatsAndData },
  { id: 'weights-4-gptq', steps: [weights(gptq4)], obstacle: withFloatsAndData },
  { id: 'weights-4-channels', steps: [weights({ ...gptq4, blockSize: '0' })], obstacle: withFloatsAndData },
  {
    id: 'weights-2',
    steps: [weights({ bits: '2', method: 'gptq' })],
    obstacle: both(withFloatsAndData, withManyProducts),
  },
  { id: 'channels-third', steps: [fewerChannels], obstacle: withFloatsAndData },
  { id: 'channels-third-weights-4', steps: [fewerChannels, weights(gptq4)], obstacle: withFloatsAndData },
  { id: 'channels-third-int8', steps: [fewerChannels, staticInt8], obstacle: withFloatsAndData },
  {
    id: 'factors-weights-4',
    steps: [asFactors(0.3), weights(gptq4)],
    obstacle: withFloatsAndData,
  },
  { id: 'factors-half', steps: [asFactors(0.5)], obstacle: both(withFloats, withProducts, withData) },
  {
    id: 'int8-dynamic-conv',
    steps: [{ pass: 'quantize-dynamic', options: { opTypes: OP_TYPES_WITH_CONV } }],
    obstacle: both(withFloats, withConvolutions),
  },
  { id: 'channels-half', leastBudgetMs: toPruneAgain, steps: [halfOfMacs], obstacle: withFloatsAndData },
  {
    id: 'channels-half-weights-4',
    leastBudgetMs: toPruneAgain,
    steps: [halfOfMacs, weights(gptq4)],
    obstacle: withFloatsAndData,
  },
  {
    id: 'channels-half-tuned-weights-8',
    leastBudgetMs: toTrain,
    steps: [halfOfMacs, fineTune, weights({ bits: '8', method: 'by-layer' })],
    obstacle: withFloatsAndData,
  },
  {
    id: 'channels-half-tuned-weights-4',
    leastBudgetMs: toTrain,
    steps: [halfOfMacs, fineTune, weights(gptq4)],
    obstacle: withFloatsAndData,
  },
  {
    id: 'channels-factors-half-tuned-weights-8',
    leastBudgetMs: toTrain,
    steps: [...halfInTwoWays, fineTune, weights({ bits: '8', method: 'by-layer' })],
    obstacle: both(withFloatsAndData, withConvolutions),
  },
];

/** Of a technique, or of what is mixed: `null`: there is time for it. */
export function tooLong(
  { leastBudgetMs = 0, steps = [] }: Partial<Pick<Technique, 'leastBudgetMs' | 'steps'>>,
  budgetMs: number,
): string | null {
  if (budgetMs >= leastBudgetMs) return null;
  const what = steps.some(({ pass }) => pass === 'fine-tune') ? 'It trains, which' : 'It';
  return `${what} takes longer than ${formatDuration(budgetMs)}: give the search ${formatDuration(leastBudgetMs)}.`;
}
