/** Time of the processor: what else runs on the machine takes turns with the clock, not with this. */

/** Of one of so many runs, all threads. */
export async function cpuMsOf(run: () => Promise<unknown>, runs = 1): Promise<number> {
  const start = process.cpuUsage();
  for (let index = 0; index < runs; index++) await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / runs;
}

/** Of a run of each, in turns of several runs, the least: what else runs on the machine adds, and never takes away. */
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
