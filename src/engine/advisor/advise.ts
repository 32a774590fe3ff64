/** What to do next, by rules over facts that were measured. A rule that has no fact to stand on says nothing. */
import { formatBytes, formatDuration, formatPercent } from '../format';
import type { RecipeStep } from '../recipe/recipe';
import type { ModelFacts } from '../search/model-facts';

export interface AdvisorFacts {
  /** Of the original. */
  readonly model: ModelFacts;
  readonly data: { readonly isLabelled: boolean } | null;
  /** What a person needs, where they said it. */
  readonly target?: { readonly sizeBytes?: number; readonly latencyMs?: number };
  /** p95 of the original on the provider that counts; absent while nobody measured it. */
  readonly originalP95Ms?: number;
  /** The variant in view; absent while there is none. */
  readonly variant?: VariantFacts;
}

export interface VariantFacts {
  readonly sizeBytes: number;
  /** Passes of its recipe that ran. */
  readonly passes: readonly string[];
  /** That its weights are stored in, where `quantize-weights` ran. */
  readonly weightBits?: number;
  readonly isWrong: boolean;
  /** Share of right answers lost, with the 95 % interval of the difference; absent without labels. */
  readonly loss?: { readonly value: number; readonly most: number; readonly least: number; readonly samples: number };
  /** Against the original in paired turns. */
  readonly speed?: {
    readonly provider: string;
    readonly verdict: 'faster' | 'slower' | 'no-difference';
    readonly ratio: number;
  };
  readonly p95Ms?: number;
}

/** One click: a recipe to run, whose steps without options keep those that they have; a measurement; or data to choose. */
export type AdvisedAction =
  | {
      readonly kind: 'run';
      readonly steps: readonly (Pick<RecipeStep, 'pass'> & Partial<Pick<RecipeStep, 'options'>>)[];
    }
  | { readonly kind: 'search' | 'measure' | 'give-data' };

export interface Advice {
  readonly id: string;
  readonly strength: 'do' | 'try' | 'avoid' | 'know';
  /** One or two sentences: what to do and why, with the figures that it stands on. */
  readonly text: string;
  /** How it is done; absent where it is only to be known. */
  readonly action?: AdvisedAction;
}

interface Rule {
  readonly id: string;
  readonly strength: Advice['strength'];
  say(facts: AdvisorFacts): string | undefined | Pick<Advice, 'text' | 'action'>;
}

/** Points of accuracy that nobody minds, where no limit was given. */
const usualLoss = 0.01;
const mostly = 0.7;

const points = (share: number): string => `${(share * 100).toFixed(1).replace('-', '−')} points`;
const quantizes = ({ passes }: VariantFacts): boolean => passes.some((pass) => pass.startsWith('quantize'));

function run(...passes: readonly string[]): AdvisedAction {
  return { kind: 'run', steps: passes.map((pass) => ({ pass })) };
}

function withWeightBits(passes: readonly string[], bits: '4' | '8'): AdvisedAction {
  const steps = passes.map((pass) => (pass === 'quantize-weights' ? { pass, options: { bits } } : { pass }));
  return { kind: 'run', steps };
}

/** The most urgent first. */
const rules: readonly Rule[] = [
  {
    id: 'wrong-outputs',
    strength: 'avoid',
    say: ({ variant }) =>
      variant?.isWrong === true
        ? {
            text: 'Its outputs are wrong, so neither size nor speed counts: take another recipe.',
            action: { kind: 'search' },
          }
        : undefined,
  },
  {
    id: 'accuracy-lost',
    strength: 'do',
    say({ variant }) {
      const loss = variant?.loss;
      if (loss === undefined || loss.least <= usualLoss) return undefined;
      const lost = `At least ${points(loss.least)} are lost on ${loss.samples} samples.`;
      if (variant!.passes.includes('prune-channels') && !variant!.passes.includes('fine-tune')) {
        return {
          text: `${lost} Fine-tune after removing channels: it needs no labels.`,
          action: run(...variant!.passes, 'fine-tune'),
        };
      }
      if (variant!.weightBits === 4) {
        return { text: `${lost} Keep 8 bits instead of 4.`, action: withWeightBits(variant!.passes, '8') };
      }
      return `${lost} Keep more: 8 bits instead of 4, fewer channels removed, or more samples to calibrate with.`;
    },
  },
  {
    id: 'accuracy-undecided',
    strength: 'know',
    say({ variant }) {
      const loss = variant?.loss;
      if (loss === undefined || loss.most <= usualLoss || loss.least > usualLoss) return undefined;
      const half = (loss.most - loss.least) / 2;
      const room = Math.abs(usualLoss - loss.value);
      const needed = room === 0 ? Infinity : Math.ceil(loss.samples * (half / room) ** 2);
      const more =
        needed > 1e6 ? 'Far more samples are needed.' : `About ${needed.toLocaleString('en')} samples would tell.`;
      return `Whether it loses ${points(usualLoss)} cannot be told from ${loss.samples} samples (${points(loss.least)} to ${points(loss.most)}). ${more}`;
    },
  },
  {
    id: 'goal',
    strength: 'know',
    say({ target, originalP95Ms, model, variant }) {
      if (target === undefined) return undefined;
      const [ms, bytes] = [variant?.p95Ms ?? originalP95Ms, variant?.sizeBytes ?? model.sizeBytes];
      const parts = [
        target.latencyMs === undefined
          ? undefined
          : ms === undefined
            ? `the latency is not measured yet`
            : ms <= target.latencyMs
              ? `p95 of ${formatDuration(ms)} is within ${formatDuration(target.latencyMs)}`
              : `it must get ${(ms / target.latencyMs).toFixed(1)}× faster to be within ${formatDuration(target.latencyMs)}`,
        target.sizeBytes === undefined
          ? undefined
          : bytes <= target.sizeBytes
            ? `${formatBytes(bytes)} is within ${formatBytes(target.sizeBytes)}`
            : `it must get ${(bytes / target.sizeBytes).toFixed(1)}× smaller to be within ${formatBytes(target.sizeBytes)}`,
      ].filter((part) => part !== undefined);
      return parts.length === 0 ? undefined : `Of what you need: ${parts.join('; ')}.`;
    },
  },
  {
    id: 'sparse-size-only',
    strength: 'know',
    say: ({ variant }) =>
      variant?.passes.includes('prune-weights') === true && variant.speed?.verdict !== 'faster'
        ? 'Zeros make no dense runtime faster; only the compressed download shrinks. Remove channels for speed.'
        : undefined,
  },
  {
    id: 'int8-pays',
    strength: 'know',
    say({ variant, model }) {
      if (variant?.speed === undefined || !quantizes(variant) || variant.speed.verdict === 'faster') return undefined;
      const { provider, verdict } = variant.speed;
      const convolves = model.macShares === null ? model.hasConvolutions : model.macShares.convolutions >= mostly;
      const instead = convolves ? ' Removing channels makes convolutions faster there.' : '';
      const text = `Integers ${verdict === 'slower' ? 'are slower than floats' : 'bring no speed'} on ${provider}: this variant is for its size.${instead}`;
      return convolves && !variant.passes.includes('prune-channels')
        ? { text, action: run('simplify', 'prune-channels') }
        : text;
    },
  },
  {
    id: 'measure',
    strength: 'do',
    say: ({ variant }) =>
      variant !== undefined && variant.speed === undefined
        ? { text: 'Benchmark it: nothing is known of its speed yet.', action: { kind: 'measure' } }
        : undefined,
  },
  {
    id: 'try-4-bits',
    strength: 'try',
    say({ variant, data }) {
      if (variant?.weightBits !== 8 || data === null || variant.loss === undefined) return undefined;
      if (variant.loss.most > usualLoss) return undefined;
      return {
        text: `Weights in 8 bits lost at most ${points(variant.loss.most)} on ${variant.loss.samples} samples: try 4.`,
        action: withWeightBits(variant.passes, '4'),
      };
    },
  },
  {
    id: 'give-data',
    strength: 'do',
    say({ data, model }) {
      if (data !== null || model.floatShare < mostly) return undefined;
      return {
        text: 'Give data: a few hundred samples, labelled or not, let weights go to 4 bits and activations to 8 with hardly another answer.',
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
        text: `${formatPercent(model.largestTable.share, 0)} of the parameters are one table (${model.largestTable.path}): store its rows as integers.`,
        action: {
          kind: 'run',
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
      if (model.macShares === null || variant !== undefined || model.floatShare < mostly) return undefined;
      const { convolutions, products } = model.macShares;
      if (products >= mostly) {
        return {
          text: `${formatPercent(products, 0)} of the work is in matrix products: dynamic int8 is small and fast on WASM, weights alone are closer.`,
          action: run('simplify', 'quantize-dynamic'),
        };
      }
      if (convolutions < mostly || data === null) return undefined;
      return {
        text: `${formatPercent(convolutions, 0)} of the work is in convolutions: 4-bit weights are the smallest, removed channels the fastest.`,
        action: withWeightBits(['simplify', 'quantize-weights'], '4'),
      };
    },
  },
  {
    id: 'distil',
    strength: 'try',
    say({ target, originalP95Ms }) {
      const factor =
        target?.latencyMs === undefined || originalP95Ms === undefined ? 0 : originalP95Ms / target.latencyMs;
      if (factor < 3) return undefined;
      return {
        text: `${factor.toFixed(1)}× is more than integers give: train a smaller model from this one (remove channels, then fine-tune), and serve repeated inputs from a cache.`,
        action: run('simplify', 'prune-channels', 'fine-tune', 'quantize-dynamic'),
      };
    },
  },
];

/** Every advice that the facts support, the most urgent first. The same facts give the same advice. */
export function advise(facts: AdvisorFacts): readonly Advice[] {
  return rules.flatMap(({ id, strength, say }) => {
    const said = say(facts);
    if (said === undefined) return [];
    return [{ id, strength, ...(typeof said === 'string' ? { text: said } : said) }];
  });
}
