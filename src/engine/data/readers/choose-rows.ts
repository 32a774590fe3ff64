import { ParetoError } from '../../errors';
import { formatCounted } from '../../report/format';
import type { RowArray } from './row-array';

export interface ChosenRows {
  readonly arrays: readonly RowArray[];
  readonly notes: readonly string[];
}

/** True for a name that says that the data is there to test or validate with. */
export function isForEvaluation(name: string): boolean {
  return /test|t10k|valid|val(?![a-z])|eval/i.test(name);
}

/**
 * Arrays with equally many rows belong together. Where there are several such groups, the largest is taken; of equally
 * large ones that for testing, by its names, else that with most rows. The notes name what is left out. `title` names what
 * holds the arrays. Throws `data/empty` when there is no row at all.
 */
export function chooseRows(arrays: readonly RowArray[], title: string): ChosenRows {
  const groups = [...new Set(arrays.map(({ rows }) => rows))]
    .filter((rows) => rows > 0)
    .map((rows) => arrays.filter((array) => array.rows === rows));
  const isForTests = (group: readonly RowArray[]): number =>
    Number(group.some(({ field, title: from }) => isForEvaluation(field.name) || isForEvaluation(from)));
  const [chosen, ...others] = groups.sort(
    (a, b) => b.length - a.length || isForTests(b) - isForTests(a) || b[0]!.rows - a[0]!.rows,
  );
  if (chosen === undefined) {
    throw new ParetoError('data/empty', `There are no samples in ${title}: no array in it has a row.`);
  }
  const names = (group: readonly RowArray[]): string => group.map((array) => array.title).join(', ');
  const notes = others.map(
    (group) =>
      `Left out ${names(group)} with ${formatCounted(group[0]!.rows, 'row')}: the data set is ${names(chosen)} with ${formatCounted(chosen[0]!.rows, 'row')}.`,
  );
  return { arrays: chosen, notes };
}
