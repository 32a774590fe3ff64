/**
 * Resolves to true if a promise settles before a timer of the same thread that begins with the call. A thread runs its
 * timers in the order of their times, so a busy machine delays both alike. Work that waits for less than `ms` always
 * comes first.
 */
export function settlesWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, new Promise<false>((resolve) => setTimeout(() => resolve(false), ms))]);
}
