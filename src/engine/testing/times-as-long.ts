/** How many times as long as `yardstick` a step takes, one after the other: a machine that is busy is slow for both. */
export async function timesAsLong(step: () => Promise<void>, yardstick: () => Promise<void>): Promise<number> {
  const stepMs = await msOf(step);
  return stepMs / (await msOf(yardstick));
}

async function msOf(step: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await step();
  return performance.now() - started;
}
