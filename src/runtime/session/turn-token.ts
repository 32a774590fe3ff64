/** Whoever has the turn runs; the others wait. Two runs at once would falsify both timings, and corrupt the runtime. */
export class TurnToken {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when every earlier one has settled. */
  async take<Value>(work: () => Promise<Value>): Promise<Value> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
