/** Recommends the next step, by rules over measured facts. */
import { findPass } from '../passes/registry';
import { shipRules, variantRules } from './variant-rules';
import { formatPercent, formatRatio } from '../format';
import { type ModelFacts, modelKind } from '../search/model-facts';
import type { Advice, AdvisedAction, AdviceRule, AdvisorFacts } from './advice';
import { isFarOff, runPasses, runWithBits } from './advice';
import { resolveGoal } from '../search/goals';

const mostly = 0.7;
/** Times of the original ÷ time wanted that integers alone do not bring. */
const beyondIntegers = 3;

const kindNames = { convolutions: 'convolutions', products: 'matrix products' } as const;

/**
 * Describes the shares of MACs and of weights, since they may differ much: `Mostly convolutions by MACs (95 %; 8 % of
 * the weights)`.
 */
function describeShare({ macShares, weightShares }: ModelFacts, kind: keyof typeof kindNames): string {
  const ofWeights = weightShares[kind];
  const weights = formatPercent(ofWeights, 0);
  if (macShares !== null)
    return `Mostly ${kindNames[kind]} by MACs (${formatPercent(macShares[kind], 0)}; ${weights} of the weights)`;
  // Work is not known, and convolutions do most of it with few weights.
  if (ofWeights >= 0.5) return `Mostly ${kindNames[kind]} by weights (${weights})`;
  return `It has ${kindNames[kind]} (${weights} of the weights)`;
}

/** Rules that follow from the model itself and its data. */
const modelRules: readonly AdviceRule[] = [
  {
    id: 'restore-float',
    strength: 'do',
    say: ({ model, variant }) =>
      model.isLowPrecision === true && variant === undefined
        ? {
            text: 'The model is quantized or float16. Restore float32, then optimize it for your target.',
            action: runPasses('Restore float32', 'restore-float', 'simplify'),
          }
        : undefined,
  },
  {
    id: 'give-data',
    strength: 'do',
    say({ data, model, variant }) {
      if (data !== null) return undefined;
      if (variant?.known?.verdict.word === 'unknown') {
        const text = 'Random inputs do not show the accuracy. Add your data to check it.';
        return { text, action: { kind: 'give-data' } };
      }
      if (model.floatShare < mostly) return undefined;
      // The same button is there with a better reason.
      if (variant !== undefined && isFarOff(variant)) return undefined;
      return {
        text: 'With a few hundred samples, labeled or not, 4-bit weights lose almost no accuracy.',
        action: { kind: 'give-data' },
      };
    },
  },
  {
    id: 'big-embedding',
    strength: 'try',
    say({ model, variant }) {
      if (model.largestTable === null || model.largestTable.share < 0.3 || variant !== undefined) return undefined;
      return {
        text: `One lookup table (${model.largestTable.path}) holds ${formatPercent(model.largestTable.share, 0)} of the weights.`,
        action: {
          kind: 'run',
          label: 'Store it in 8 bits',
          steps: [
            { pass: 'simplify' },
            { pass: 'quantize-weights', options: { bits: '8', method: 'rtn', opTypes: ['Gather'] } },
          ],
        },
      };
    },
  },
  {
    id: 'dynamic-or-static',
    strength: 'try',
    say({ model, data, variant }) {
      if (variant !== undefined || model.floatShare < mostly) return undefined;
      const kind = modelKind(model);
      if (kind === 'products') {
        const { steps } = resolveGoal('faster-wasm', { model, hasData: data !== null, device: null }).recipe;
        if (!steps.some(({ pass }) => pass === 'quantize-dynamic')) return undefined;
        return {
          text: `${describeShare(model, 'products')}: int8 makes them faster on WASM.`,
          action: { kind: 'run', label: 'Quantize to int8', steps },
        };
      }
      if (kind !== 'convolutions' || data === null) return undefined;
      return {
        text: `${describeShare(model, 'convolutions')}: 4-bit weights are smallest, channel pruning is fastest.`,
        action: runWithBits('Try 4-bit weights', ['simplify', 'quantize-weights'], '4'),
      };
    },
  },
  {
    id: 'distil',
    strength: 'try',
    say({ target, originalMs }) {
      const wanted = target?.latencyMs;
      const factor = wanted === undefined || originalMs === undefined ? 0 : originalMs / wanted;
      if (factor < beyondIntegers) return undefined;
      return {
        text: `int8 cannot make it ${formatRatio(factor)} faster. Train a smaller model, and cache repeated inputs.`,
        action: runPasses('Train a smaller one', 'simplify', 'prune-channels', 'fine-tune', 'quantize-dynamic'),
      };
    },
  },
];

/** The most urgent first. */
const rules: readonly AdviceRule[] = [...variantRules, ...modelRules, ...shipRules];

/** Every advice that the facts support, the most urgent first. The same facts give the same advice. */
export function advise(facts: AdvisorFacts): readonly Advice[] {
  return rules.flatMap(({ id, strength, say }) => {
    const content = say(facts);
    if (content === undefined) return [];
    const advice: Advice = { id, strength, ...(typeof content === 'string' ? { text: content } : content) };
    return strength === 'try' && isMade(advice.action, facts) ? [] : [advice];
  });
}

/**
 * Compares the passes that do not only prepare for others. Options that the advice leaves open are those that a person
 * chose.
 */
function isMade(action: Advice['action'], { made = [] }: AdvisorFacts): boolean {
  if (action?.kind !== 'run') return false;
  const steps = action.steps.filter(({ pass }) => isEssential(pass));
  return made.some((passes) => {
    const essential = passes.filter(({ id }) => isEssential(id));
    return essential.length === steps.length && steps.every((step, index) => isDone(step, essential[index]!));
  });
}

const isEssential = (pass: string): boolean => findPass(pass)?.isPreparation !== true;

function isDone(
  { pass, options = {} }: Extract<AdvisedAction, { kind: 'run' }>['steps'][number],
  done: NonNullable<AdvisorFacts['made']>[number][number],
): boolean {
  return (
    done.id === pass &&
    Object.entries(options).every(([name, value]) => JSON.stringify(done.options[name]) === JSON.stringify(value))
  );
}
