/**
 * Atoms: the positions of the axes of tensors, and which of them can only go together. A union-find over all of them makes the
 * result independent of the order in which a graph is walked.
 */

/** Why a position must stay: where in the graph it is tied to something of fixed size. */
export interface Lock {
  readonly path: string;
  readonly reason: string;
}

/** One atom for each position of an axis, or why none of its positions can go. */
export type AxisAtoms = Int32Array | Lock;

export function isLock(axis: AxisAtoms): axis is Lock {
  return !(axis instanceof Int32Array);
}

export class AtomSpace {
  #parents = new Int32Array(1 << 12);
  #count = 0;
  /** By the atom that stands for its class. */
  readonly #locks = new Map<number, Lock>();

  get count(): number {
    return this.#count;
  }

  /** Atoms of an axis that nothing is coupled with yet. */
  fresh(size: number): Int32Array {
    const first = this.#count;
    this.#count += size;
    if (this.#count > this.#parents.length) {
      const grown = new Int32Array(Math.max(this.#count, 2 * this.#parents.length));
      grown.set(this.#parents);
      this.#parents = grown;
    }
    const atoms = new Int32Array(size);
    for (let at = 0; at < size; at += 1) {
      atoms[at] = first + at;
      this.#parents[first + at] = first + at;
    }
    return atoms;
  }

  /** The atom that stands for all that go together with this one. */
  classOf(atom: number): number {
    const parents = this.#parents;
    let root = atom;
    while (parents[root] !== root) root = parents[root]!;
    for (let at = atom; at !== root;) {
      const next = parents[at]!;
      parents[at] = root;
      at = next;
    }
    return root;
  }

  /** From now on both go, or neither. */
  unite(a: number, b: number): void {
    const first = this.classOf(a);
    const second = this.classOf(b);
    if (first === second) return;
    const [root, child] = first < second ? [first, second] : [second, first];
    this.#parents[child] = root;
    const lock = this.#locks.get(child);
    if (lock === undefined) return;
    this.#locks.delete(child);
    if (!this.#locks.has(root)) this.#locks.set(root, lock);
  }

  /** Keeps an atom and all that go together with it. The first reason counts. */
  lock(atom: number, lock: Lock): void {
    const root = this.classOf(atom);
    if (!this.#locks.has(root)) this.#locks.set(root, lock);
  }

  lockOf(atom: number): Lock | undefined {
    return this.#locks.get(this.classOf(atom));
  }

  lockAxis(axis: AxisAtoms, lock: Lock): void {
    if (!isLock(axis)) for (const atom of axis) this.lock(atom, lock);
  }

  /** Position by position; where one cannot lose any, or sizes differ, neither can. */
  join(a: AxisAtoms, b: AxisAtoms, unequal: Lock): void {
    if (isLock(a)) return this.lockAxis(b, a);
    if (isLock(b)) return this.lockAxis(a, b);
    if (a === b) return;
    if (a.length === b.length) return a.forEach((atom, at) => this.unite(atom, b[at]!));
    this.lockAxis(a, unequal);
    this.lockAxis(b, unequal);
  }
}
