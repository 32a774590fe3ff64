import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PauseInChanges } from './pause-in-changes';

describe('a pause in the changes', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('comes once after a burst', () => {
    const onPause = vi.fn<() => void>();
    const pause = new PauseInChanges(2000, onPause);
    for (let change = 0; change < 3; change++) {
      pause.waitFor(400);
      vi.advanceTimersByTime(300);
    }
    expect(onPause).not.toHaveBeenCalled();
    expect(pause.isAwaited).toBe(true);
    vi.advanceTimersByTime(100);
    expect(onPause).toHaveBeenCalledOnce();
    expect(pause.isAwaited).toBe(false);
  });

  it('is not waited for longer than a while after the first change, again and again', () => {
    const calledAtMs: number[] = [];
    let nowMs = 0;
    const pause = new PauseInChanges(2000, () => calledAtMs.push(nowMs));
    while (nowMs < 5000) {
      pause.waitFor(400);
      nowMs += 100;
      vi.advanceTimersByTime(100);
    }
    expect(calledAtMs).toEqual([2000, 4000]);
  });

  it('can be ended early, and called off', () => {
    const onPause = vi.fn<() => void>();
    const pause = new PauseInChanges(2000, onPause);
    pause.waitFor(400);
    pause.end();
    expect(onPause).toHaveBeenCalledOnce();
    pause.waitFor(400);
    pause.cancel();
    vi.advanceTimersByTime(5000);
    expect(onPause).toHaveBeenCalledOnce();
  });
});
