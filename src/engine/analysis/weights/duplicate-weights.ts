/** Weights that hold the same numbers more than once. */
import { fingerprintOf, hasSameElements } from '../../onnx/same-elements';
import { isExternal, storedSizeBytes } from '../../onnx/tensor';
import type { Weight } from '../../onnx/weights';

export interface DuplicateWeights {
  /** Paths of weights with the same type, shape and elements, in the order of the file. */
  readonly paths: readonly string[];
  /** Bytes of one of them. */
  readonly bytes: number;
  /** Bytes that are saved if only one of them is kept. */
  readonly savedBytes: number;
}

/**
 * Groups of at least two equal weights, those that would save most first. The first 4 kB of each weight are read; more of
 * those alone that begin alike, piece by piece, so that memory stays small. Bits are compared: −0 is not 0. Weights without
 * bytes, and those whose data file is not at hand, are left out. Throws what `checkpoint` throws, and when a file can no
 * longer be read.
 */
export async function findDuplicateWeights(
  all: readonly Weight[],
  { checkpoint }: { checkpoint(): Promise<void> },
): Promise<DuplicateWeights[]> {
  const groups = new Map<string, Weight[][]>();
  for (const weight of all) {
    const { tensor, sparse } = weight;
    // The values of a sparse weight say nothing without their positions.
    if (sparse !== undefined || storedSizeBytes(tensor) === 0 || (isExternal(tensor) && !tensor.externalSource))
      continue;
    const key = fingerprintOf(tensor);
    const candidates = groups.get(key) ?? [];
    groups.set(key, candidates);
    const same = candidates.find(([first]) => hasSameElements(first!.tensor, tensor));
    if (same) same.push(weight);
    else candidates.push([weight]);
    await checkpoint();
  }
  const found = [...groups.values()].flat().filter((group) => group.length > 1);
  return found.map(duplicatesOf).toSorted((a, b) => b.savedBytes - a.savedBytes);
}

function duplicatesOf(group: readonly Weight[]): DuplicateWeights {
  const bytes = storedSizeBytes(group[0]!.tensor);
  return { paths: group.map(({ path }) => path), bytes, savedBytes: bytes * (group.length - 1) };
}
