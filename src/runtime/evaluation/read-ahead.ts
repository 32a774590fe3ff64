/**
 * Gives the same values, and fetches the next one while the caller works on the last. So two are in memory, never more.
 * Ends the source when the caller stops early.
 */
export async function* readAhead<Value>(source: AsyncGenerator<Value, void>): AsyncGenerator<Value, void> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = source.next();
      // Awaited in the next round; until then a failure is nobody's, and would end the process.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    next.catch(() => undefined);
    await source.return();
  }
}
