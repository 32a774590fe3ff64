/** Different texts of a field, which are the classes where the field holds labels. */
import { byCodeUnits } from './folder-classes';

/** More texts than this are no classes. */
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

  add(given: string): void {
    const text = given.trim();
    if (this.#areTooMany || text === '' || this.#texts.has(text)) return;
    this.#texts.add(text);
    this.#length += text.length;
    if (this.#texts.size <= largestClassCount && this.#length <= largestLength) return;
    this.#areTooMany = true;
    this.#texts.clear();
  }

  /** Sorted by code units; `undefined` where there are none, or too many. */
  get sorted(): readonly string[] | undefined {
    return this.#texts.size === 0 ? undefined : [...this.#texts].toSorted(byCodeUnits);
  }
}
