/**
 * Starts to count the time that processors spend on this process, all of its threads together, in ms. Bounds on work
 * are in this time, because other work on the machine has no part in it.
 */
export function startCpuClock(): () => number {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };
}
