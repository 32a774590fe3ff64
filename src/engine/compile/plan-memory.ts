/** Places values in memory so that those that live at the same time do not overlap (Pisarchyk and Lee 2020, greedy by size). */
import type { Storage } from './tensor-view';

export interface Lifetime {
  readonly storage: Storage;
  /** The first and the last step that use it. */
  readonly first: number;
  readonly last: number;
}

const alignment = 16;

/** Gives each storage an address from `base` on, and returns the bytes that all take. */
export function planMemory(lifetimes: readonly Lifetime[], base: number): number {
  const placed: (Lifetime & { readonly offset: number; readonly end: number })[] = [];
  let peak = 0;
  const bySize = lifetimes.map((lifetime) => ({ ...lifetime, bytes: lifetime.storage.sizeBytes }));
  for (const lifetime of bySize.sort((a, b) => b.bytes - a.bytes)) {
    const alive = placed
      .filter(({ first, last }) => first <= lifetime.last && lifetime.first <= last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of alive) {
      if (offset + lifetime.bytes <= other.offset) break;
      offset = Math.max(offset, other.end);
    }
    const end = Math.ceil((offset + lifetime.bytes) / alignment) * alignment;
    placed.push({ ...lifetime, offset, end });
    lifetime.storage.address = base + offset;
    peak = Math.max(peak, end);
  }
  return peak;
}
