/** The only rule for whether one size differs from another. */
import { sameSize } from '../format';

export type SizeWord = 'smaller' | 'larger' | 'same';

export function sizeWord(before: number, after: number): SizeWord {
  if (Math.abs(after - before) < sameSize * Math.max(1, before)) return 'same';
  return after < before ? 'smaller' : 'larger';
}

/** True if the file is smaller by so much that it is worth another file. */
export function isNotablySmaller(before: number, after: number): boolean {
  return sizeWord(before, after) === 'smaller';
}
