/** Different texts of a field. They are the classes if the field holds labels. */
import type { DataField } from '../dataset';
import { isMissing, parseNumber } from './csv-number';
import { byCodeUnits } from './folder-classes';

/** More different texts than this are not classes. */
export const largestClassCount = 10_000;
/** Nor are texts that are longer than this together. */
const largestLength = 1 << 18;

/** Gathers texts, without the space around them. Keeps none once there are too many to be classes. */
export class TextClasses {
  readonly #texts = new Set<string>();
  #length = 0;
  #areTooMany = false;

  /** True once it is known that the texts are no classes: no more of them need to be read. */
  get areTooMany(): boolean {
    return this.#areTooMany;
  }

  /** The number of different texts; 0 once there are too many. */
  get count(): number {
    return this.#texts.size;
  }

  add(given: string): void {
    const text = given.trim();
    if (this.#areTooMany || text === '' || this.#texts.has(text)) return;
    this.#texts.add(text);
    this.#length += text.length;
    if (this.#texts.size <= largestClassCount && this.#length <= largestLength) return;
    this.#areTooMany = true;
    this.#texts.clear();
  }

  /**
   * Describes these texts for a field: as classes sorted by code units, or as numbers, which that order would renumber ("10" before "2").
   * It is empty if there are no texts, or too many.
   */
  get described(): Pick<DataField, 'classes' | 'areNumbers'> {
    if (this.#texts.size === 0) return {};
    return this.numbers === undefined ? { classes: [...this.#texts].toSorted(byCodeUnits) } : { areNumbers: true };
  }

  /** The numbers that the texts represent, if all of them are numbers. */
  get numbers(): readonly number[] | undefined {
    const given = [...this.#texts].filter((text) => !isMissing(text));
    const numbers = given.map((text) => parseNumber(text, false) ?? Number.NaN);
    return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined;
  }
}
