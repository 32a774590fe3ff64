/** The only rule for whether one size differs from another. */

/** A smaller difference is called the same size. */
const sameSize = 0.005;
/** Smaller by less is not worth another file. */
const leastGain = 0.01;

export type SizeWord = 'smaller' | 'larger' | 'same';

export function sizeWord(before: number, after: number): SizeWord {
  const change = (after - before) / Math.max(1, before);
  if (Math.abs(change) < sameSize) return 'same';
  return change < 0 ? 'smaller' : 'larger';
}

/** True if the file is smaller by so much that it is worth another file. */
export function isNotablySmaller(before: number, after: number): boolean {
  return after <= before * (1 - leastGain);
}
