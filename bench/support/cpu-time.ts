/** Time of the processor. Other work on the machine affects the wall clock, not this time. */
/** CPU time of one run, the mean over `runs`, of all threads. */
export async function cpuMsOf(run: () => Promise<unknown>, runs = 1): Promise<number> {
  const start = process.cpuUsage();
  for (let index = 0; index < runs; index++) await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / runs;
}

/**
 * The least CPU time of a run of each, measured in turns of several runs. Other work on the machine only adds time, so
 * the least is the best estimate.
 */
export async function leastCpuMs(
  each: readonly (() => Promise<unknown>)[],
  { turns, runsPerTurn = 1 }: { readonly turns: number; readonly runsPerTurn?: number },
): Promise<readonly number[]> {
  const least = each.map(() => Infinity);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, run] of each.entries()) least[index] = Math.min(least[index]!, await cpuMsOf(run, runsPerTurn));
  }
  return least;
}
