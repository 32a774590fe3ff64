/** Defines advice and the facts behind it. */
import { leastCloseDb } from '../metrics/match-grade';
import { weightsIn8Bits } from '../recipe/presets';
import type { PassReport } from '../recipe/optimization';
import type { RecipeStep } from '../recipe/recipe';
import type { ModelFacts } from '../search/model-facts';

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
  /** Share of right answers that may be lost, if the user set it. */
  readonly acceptedLoss?: number;
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
  /**
   * `unchecked`: its loss is known only from the samples that a search selected it by. `refuted`: on others it lost
   * more than the limit. Absent once somebody evaluated it.
   */
  readonly doubt?: 'unchecked' | 'refuted';
  /** The SQNR of its outputs against the original's, in dB; absent while nobody compared them. */
  readonly matchDb?: number;
  /** Share of right answers lost, with the 95 % interval of the difference; absent without labels. */
  readonly loss?: { readonly value: number; readonly most: number; readonly least: number; readonly samples: number };
  /** The speed against the original in paired turns. */
  readonly speed?: {
    readonly provider: string;
    /** `undecided`: too few runs to tell. */
    readonly verdict: 'faster' | 'slower' | 'no-difference' | 'undecided';
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
  | { readonly kind: 'search' | 'continue-search' | 'measure' | 'evaluate' | 'give-data' | 'check-data' };

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

/** Share of right answers that may be lost if no limit was set. */
export const usualLoss = 0.01;

/** True if its outputs are far from the original's, and neither labels nor a search show the cost. */
export function isFarOff({ matchDb, loss, isSearched }: VariantFacts): boolean {
  return matchDb !== undefined && matchDb < leastCloseDb && loss === undefined && !isSearched;
}

export const points = (share: number): string => `${(share * 100).toFixed(1).replace('-', '−')} points`;

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
