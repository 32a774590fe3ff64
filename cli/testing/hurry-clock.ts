/** For benchmarks, whose cells last a fixed time however small the model is. */
import { vi } from 'vitest';

/**
 * Time passes `times` as fast in this thread until the returned function is called. Sessions measure runs by the clocks of
 * their own threads.
 */
export function hurryClock(times: number): () => void {
  const passedMs = performance.now.bind(performance);
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => times * passedMs());
  return () => spy.mockRestore();
}
