/** Holds a result for one owner at a time, because several owners share the memory. */
export class LastResult<Result> {
  #owner: object | undefined;
  #result: Result | undefined;

  has(owner: object): boolean {
    return this.#owner === owner;
  }

  get(owner: object, compute: () => Result): Result {
    if (!this.has(owner)) {
      // The previous result is released while the next one is computed.
      this.#forget();
      this.set(owner, compute());
    }
    return this.#result!;
  }

  set(owner: object, result: Result): void {
    this.#owner = owner;
    this.#result = result;
  }

  clear(owner: object): void {
    if (this.has(owner)) this.#forget();
  }

  #forget(): void {
    this.#owner = undefined;
    this.#result = undefined;
  }
}
