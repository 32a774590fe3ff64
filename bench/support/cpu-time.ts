/** Time of the processor. Other work on the machine affects the wall clock, not this time. */
import { compareInTurns } from '../../src/engine/verdict/speed-verdict';

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

/**
 * Returns how many times faster a variant is, with the 95 % interval. Both run in turns of `runs` runs, and return the
 * time of one run.
 */
export async function timesFasterInTurns(
  original: (runs: number) => Promise<number>,
  variant: (runs: number) => Promise<number>,
  blocks: number,
  runs: number,
): Promise<string> {
  const { ratio, interval } = await compareInTurns(original, variant, { blocks, runs });
  return `${ratio.toFixed(2)}× [${interval.map((bound) => bound.toFixed(2)).join(', ')}]`;
}
