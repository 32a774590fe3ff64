/** Blobs and lists are copied on their way to a worker, so the worker knows them by a number that belongs to the object here. */
export class ObjectIds {
  readonly #ids = new WeakMap<object, number>();
  #last = 0;

  of(object: object): number {
    const known = this.#ids.get(object);
    if (known !== undefined) return known;
    const id = this.next();
    this.assign(object, id);
    return id;
  }

  /** A number for an object that is still to come. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  assign(object: object, id: number): void {
    this.#ids.set(object, id);
  }
}
