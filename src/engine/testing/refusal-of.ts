import { expect } from 'vitest';
import { isParetoError } from '../errors';
import { startCpuClock } from './cpu-clock';

/**
 * Returns the sentence of the ParetoError that `open` throws for a hostile file, or `undefined` if it opens the file. Another error fails the
 * test, and so do two seconds of processor time.
 */
export function refusalOf(open: () => unknown): string | undefined {
  const spentMs = startCpuClock();
  try {
    open();
    return undefined;
  } catch (error) {
    if (!isParetoError(error)) throw error;
    expect(error.message).toMatch(/^[A-Z].*[.?]$/s);
    return error.message;
  } finally {
    expect(spentMs()).toBeLessThan(2000);
  }
}
