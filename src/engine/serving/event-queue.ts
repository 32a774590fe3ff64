/** Events of a simulation by their time; of the same time in the order in which they were added. A binary heap. */
export class EventQueue<Event> {
  readonly #heap: { readonly atMs: number; readonly order: number; readonly event: Event }[] = [];
  #added = 0;

  add(atMs: number, event: Event): void {
    const heap = this.#heap;
    heap.push({ atMs, order: this.#added++, event });
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** The time of the next event; `null` if there is none. */
  get nextAtMs(): number | null {
    return this.#heap[0]?.atMs ?? null;
  }

  /** The next event, which is taken out; `undefined` when there is none. */
  next(): { readonly atMs: number; readonly event: Event } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      parent = child;
    }
    return first;
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one]!, this.#heap[other]!];
    return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }
}
