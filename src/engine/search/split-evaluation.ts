/** The samples that select in a search, and those that confirm the selection. */
import { createSeededRandom, type SeededRandom } from '../seeded-random';

export interface SearchSplit {
  /** The selection samples in random order, so that the first of them represent all. */
  readonly search: readonly number[];
  /** Empty if there are too few samples to keep some apart. */
  readonly confirm: readonly number[];
}

/** A part of fewer samples confirms nothing. */
export const fewestToConfirm = 500;
/**
 * The number of samples to select with, if there are enough. Up to three selected candidates share the samples that
 * confirm. With more such samples, more candidates show a loss below the limit.
 */
const enoughToSearch = 512;
const [leastTenths, mostTenths] = [3, 6];

/** The share as a fraction of whole numbers, because a rounded share would move the border of a class by a sample. */
function searchShare(samples: number): readonly [part: number, whole: number] {
  const tenths = (10 * enoughToSearch) / samples;
  if (tenths > mostTenths) return [mostTenths, 10];
  return tenths < leastTenths ? [leastTenths, 10] : [enoughToSearch, samples];
}

/**
 * Splits sample numbers into those to search with (512, at least 30 % and at most 60 %) and those to confirm with. Each
 * class has the same share in both, within one sample. Fewer than 500 all go to the search. The same seed gives the
 * same split.
 * @param classes of each sample, in the order of `indices`; `null`: unknown. Absent: they are no classes.
 */
export function splitEvaluation(
  indices: readonly number[],
  seed: number,
  classes?: readonly (number | null)[],
): SearchSplit {
  const random = createSeededRandom(seed);
  if (indices.length < fewestToConfirm) return { search: shuffled(indices, random), confirm: [] };
  const [part, whole] = searchShare(indices.length);
  const strata = new Map<number | null, number[]>();
  indices.forEach((index, place) => {
    const stratum = classes?.[place] ?? null;
    const members = strata.get(stratum);
    if (members) members.push(index);
    else strata.set(stratum, [index]);
  });
  const search: number[] = [];
  const confirm: number[] = [];
  let place = 0;
  for (const [, members] of [...strata].toSorted(([a], [b]) => (a ?? -1) - (b ?? -1))) {
    for (const index of shuffled(members, random)) {
      const goesToSearch = Math.floor(((place + 1) * part) / whole) > Math.floor((place * part) / whole);
      (goesToSearch ? search : confirm).push(index);
      place++;
    }
  }
  return { search: shuffled(search, random), confirm: shuffled(confirm, random) };
}

/** Fisher–Yates. */
function shuffled(values: readonly number[], random: SeededRandom): number[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
