/** A step of a recipe as Python: what the `script` of a pass gives and `recipe/recipe-script.ts` puts together. */
import { quoted } from '../quoted';

export interface ScriptPart {
  /** Lines of imports. */
  readonly imports: readonly string[];
  /**
   * The lines of a function with `source` and `target` (paths of models, as text) and `samples` (a list of inputs by
   * name). It writes the target.
   */
  readonly body: readonly string[];
  /** Differences of the result to Pareto's own, with the reasons: sentences. */
  readonly missing: readonly string[];
  /** It needs data. */
  readonly usesSamples?: boolean;
}

/** A list of texts. */
export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
}

export function pythonBoolean(value: boolean): string {
  return value ? 'True' : 'False';
}
