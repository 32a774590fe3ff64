/**
 * Makes this process see its own CPU time, of all threads, as the clock. A budget then gives the same work on a busy
 * machine. Timers of a second and more wait for it as well. Other threads keep the real clock, because they time the
 * runs.
 */
export function liveByCpuTime(): void {
  const nowMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const [setReal, clearReal] = [globalThis.setTimeout, globalThis.clearTimeout];
  const waiting = new Map<object, NodeJS.Timeout>();
  const wait = (work: () => void, ms: number): NodeJS.Timeout => {
    const atMs = nowMs() + ms;
    const first = setReal(check, ms);
    waiting.set(first, first);
    function check(): void {
      const leftMs = atMs - nowMs();
      if (leftMs > 0) return void waiting.set(first, setReal(check, Math.max(leftMs, 100)));
      waiting.delete(first);
      work();
    }
    return first;
  };
  performance.now = nowMs;
  globalThis.setTimeout = Object.assign(
    (work: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
      ms < shortMs ? setReal(work, ms, ...given) : wait(() => work(...given), ms),
    setReal,
  );
  globalThis.clearTimeout = (timer) => {
    clearReal(typeof timer === 'object' ? (waiting.get(timer) ?? timer) : timer);
    if (typeof timer === 'object') waiting.delete(timer);
  };
}

/** Shorter timers keep the real clock: no budget is that short. */
const shortMs = 1000;
