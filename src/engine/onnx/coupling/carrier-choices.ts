/**
 * When a reshape joins several axes or splits one, only one of them may lose positions: the carrier. A later part of the graph may lock the
 * chosen one. Then the graph is coupled again with another.
 */
import { isLock, type AtomSpace, type AxisAtoms } from './atoms';

interface Choice {
  readonly key: string;
  readonly axis: number;
  readonly atoms: AxisAtoms;
}

export class CarrierChoices {
  readonly #excluded: ReadonlySet<string>;
  readonly #made: Choice[] = [];

  constructor(excluded: ReadonlySet<string> = new Set()) {
    this.#excluded = excluded;
  }

  /** True if an axis was chosen in an earlier round and turned out to be locked. */
  isExcluded(key: string, axis: number): boolean {
    return this.#excluded.has(`${key} ${axis}`);
  }

  add(key: string, axis: number, atoms: AxisAtoms): void {
    this.#made.push({ key, axis, atoms });
  }

  /** Choices with those left out that turned out to be locked, to begin again with; `undefined` if there is none of them. */
  next(space: AtomSpace): CarrierChoices | undefined {
    const locked = this.#made.filter(
      ({ atoms }) => !isLock(atoms) && atoms.every((atom) => space.lockOf(atom) !== undefined),
    );
    const excluded = new Set([...this.#excluded, ...locked.map(({ key, axis }) => `${key} ${axis}`)]);
    return excluded.size > this.#excluded.size ? new CarrierChoices(excluded) : undefined;
  }
}
