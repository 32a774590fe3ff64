/** Names of values or nodes that are taken. None is ever given back. */
export class NameSet {
  readonly #names: Set<string>;
  /** The last suffix of each base: a model may need thousands of names of one base. */
  readonly #suffixes = new Map<string, number>();

  constructor(names: Iterable<string> = []) {
    this.#names = new Set(names);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  add(name: string): void {
    this.#names.add(name);
  }

  /**
   * A name that is free: `base`, or `base_1`, `base_2` … It is taken from now on.
   * @param isTakenElsewhere what counts besides the names of this set; a name that it once takes stays taken.
   */
  addFree(base: string, isTakenElsewhere: (name: string) => boolean = () => false): string {
    let suffix = this.#suffixes.get(base) ?? 0;
    let name = suffix === 0 ? base : `${base}_${suffix}`;
    while (this.#names.has(name) || isTakenElsewhere(name)) name = `${base}_${++suffix}`;
    this.#suffixes.set(base, suffix);
    this.#names.add(name);
    return name;
  }
}
