/** Defines advice and the facts behind it. */
import { weightsIn8Bits } from '../recipe/presets';
import type { PassReport } from '../recipe/optimization';
import type { RecipeStep } from '../recipe/recipe';
import type { KnownVerdict } from '../report/variant-verdict';
import type { ModelFacts } from '../search/model-facts';
import { isBeyond } from '../verdict/loss-verdict';
import type { SpeedWord } from '../verdict/speed-verdict';

export interface AdvisorFacts {
  /** Facts of the original. */
  readonly model: ModelFacts;
  /** `isDoubted`: a warning makes the accuracy of the original meaningless, so no accuracy counts. */
  readonly data: { readonly isLabeled: boolean; readonly isDoubted?: boolean } | null;
  /** The targets that a person set for a search. */
  readonly target?: { readonly sizeBytes?: number; readonly latencyMs?: number };
  /** The number of recipes that a search evaluated, and of those that are left, if it can continue. */
  readonly unfinished?: { readonly evaluated: number; readonly left: number };
  /** Median of the original on WASM; absent while nobody measured it. */
  readonly originalMs?: number;
  /** The speed of the model in view as a compiled module; absent if it is not faster than the original on WASM. */
  readonly compiledRatio?: number;
  /** The variant in view; absent while there is none. */
  readonly variant?: VariantFacts;
  /** The passes of every variant that was made, with their options. Recipes that exist are not suggested again. */
  readonly made?: readonly (readonly Pick<PassReport, 'id' | 'options'>[])[];
}

export interface VariantFacts {
  readonly sizeBytes: number;
  /** The bytes that short names would save; absent if they are negligible. */
  readonly namesBytes?: number;
  /** Passes of its recipe that changed it. */
  readonly passes: readonly string[];
  /** All passes of its recipe. */
  readonly recipePasses: readonly string[];
  /** The bits of its stored weights, if `quantize-weights` ran. */
  readonly weightBits?: number;
  /** True if no pass found anything to change. */
  readonly isUnchanged: boolean;
  readonly isWrong: boolean;
  /** A search has tried it among others. */
  readonly isSearched: boolean;
  /** The SQNR of its outputs against the original's, in dB; absent while nobody compared them. */
  readonly matchDb?: number;
  /** The loss against the limit; absent while nothing was compared, and if the outputs are wrong. */
  readonly known?: KnownVerdict;
  /** The speed against the original in paired turns. */
  readonly speed?: {
    readonly provider: string;
    readonly verdict: SpeedWord;
    readonly ratio: number;
  };
  /** Providers on which it was measured to be slower than the original. */
  readonly slowerOn?: readonly string[];
  /** Median on WASM. */
  readonly medianMs?: number;
}

/** One click: a recipe to run, whose steps without options keep those that they have; or something that the page can do. */
export type AdvisedAction =
  | {
      readonly kind: 'run';
      /** The label of the button. */
      readonly label: string;
      readonly steps: readonly (Pick<RecipeStep, 'pass'> & Partial<Pick<RecipeStep, 'options'>>)[];
    }
  | { readonly kind: 'search' | 'continue-search' | 'measure' | 'evaluate' | 'give-data' | 'check-data' | 'compile' };

export interface Advice {
  readonly id: string;
  readonly strength: 'do' | 'try' | 'avoid' | 'know';
  /** One sentence, shown in one line with its button: the reason, the action, and the figures behind them. */
  readonly text: string;
  /** The action that follows the advice; absent if the advice only informs. */
  readonly action?: AdvisedAction;
}

/** A rule without its facts gives no advice. */
export interface AdviceRule {
  readonly id: string;
  readonly strength: Advice['strength'];
  say(facts: AdvisorFacts): string | undefined | Pick<Advice, 'text' | 'action'>;
}

/** True if its outputs are far from the original's, and neither labels nor a search show the cost. */
export function isFarOff({ known, isSearched }: VariantFacts): boolean {
  return known?.from === 'outputs' && isBeyond(known.verdict.word) && !isSearched;
}

/** True if there are labels, and nobody evaluated the variant with them. */
export function lacksEvaluation({ known }: Pick<VariantFacts, 'known'>, data: AdvisorFacts['data']): boolean {
  return data?.isLabeled === true && (known === undefined || known.from === 'outputs');
}

export function runPasses(label: string, ...passes: readonly string[]): AdvisedAction {
  return { kind: 'run', label, steps: passes.map((pass) => ({ pass })) };
}

/** Each width has options of its own: 4 bits need a scale for each block, 8 bits only one for each channel. */
const optionsOfBits = {
  '4': { bits: '4', blockSize: '32', symmetric: false },
  '8': weightsIn8Bits.options,
} as const;

export function runWithBits(label: string, passes: readonly string[], bits: '4' | '8'): AdvisedAction {
  const steps = passes.map((pass) => (pass === 'quantize-weights' ? { pass, options: optionsOfBits[bits] } : { pass }));
  return { kind: 'run', label, steps };
}
