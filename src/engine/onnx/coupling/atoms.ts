/**
 * Atoms: the positions of the axes of tensors, and which of them can only go together. A union-find over all of them makes the
 * result independent of the order in which a graph is walked.
 */

/** The place and the reason why a position must stay: something of fixed size depends on it. */
export interface Lock {
  readonly path: string;
  readonly reason: string;
}

/** One atom for each position of an axis, or why none of its positions can go. */
export type AxisAtoms = Int32Array | Lock;

export function isLock(axis: AxisAtoms): axis is Lock {
  return !(axis instanceof Int32Array);
}

/** The longest axis whose positions are tracked one by one: a vocabulary. */
const longestAxis = 2 ** 18;
/** The limit for all inputs and outputs of one node. */
const mostPositionsOfNode = 2 ** 20;
/** The limit for all nodes, which takes a few seconds. The largest models that a browser opens have a tenth. */
const mostPositions = 2 ** 26;
/** The limit for the atoms of all axes. */
const mostAtoms = 2 ** 22;
const tooMany = 'It has too many positions to track each of them.';
const tooManyOfModel = 'The model has too many channels to track.';

export class AtomSpace {
  #parents = new Int32Array(1 << 12);
  #count = 0;
  #visited = 0;
  /** Once set, this lock holds for every atom. */
  #lockOfAll: Lock | undefined;
  /** Locks by the atom that represents its class. */
  readonly #locks = new Map<number, Lock>();

  get count(): number {
    return this.#count;
  }

  /**
   * Returns a lock if a node has more positions than can be tracked one by one, whatever sizes a file states. Once all nodes together have
   * too many, every position stays, because a position that is not coupled may not go.
   */
  refusalOf(path: string, positions: number): Lock | undefined {
    if (this.#lockOfAll) return this.#lockOfAll;
    const isBounded = positions <= mostPositionsOfNode;
    this.#visited += isBounded ? positions : mostPositionsOfNode;
    if (this.#visited > mostPositions) this.#lockOfAll = { path, reason: tooManyOfModel };
    return this.#lockOfAll ?? (isBounded ? undefined : { path, reason: tooMany });
  }

  /** Atoms of an axis that is not coupled yet, or a lock if there would be too many. */
  fresh(size: number, path: string): AxisAtoms {
    const isSize = Number.isInteger(size) && size >= 0;
    if (!isSize || size > longestAxis) return { path, reason: isSize ? tooMany : 'Its size is unknown.' };
    if (this.#count + size > mostAtoms) return { path, reason: tooManyOfModel };
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

  /** Couples two atoms: both go, or neither. */
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
    return this.#lockOfAll ?? this.#locks.get(this.classOf(atom));
  }

  lockAxis(axis: AxisAtoms, lock: Lock): void {
    if (!isLock(axis) && !this.#lockOfAll) for (const atom of axis) this.lock(atom, lock);
  }

  /** Couples position by position. If one axis cannot lose any, or sizes differ, neither can. */
  join(a: AxisAtoms, b: AxisAtoms, unequal: Lock): void {
    if (isLock(a)) return this.lockAxis(b, a);
    if (isLock(b)) return this.lockAxis(a, b);
    if (a === b || this.#lockOfAll) return;
    if (a.length === b.length) return a.forEach((atom, at) => this.unite(atom, b[at]!));
    this.lockAxis(a, unequal);
    this.lockAxis(b, unequal);
  }
}
