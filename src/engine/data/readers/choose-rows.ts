import { ParetoError } from '../../errors';
import { formatCounted } from '../../format';
import { isForEvaluation, partNamed } from '../evaluation-names';
import { isCalledLabel } from '../label-names';
import type { RowArray } from './row-array';

export interface ChosenRows {
  readonly arrays: readonly RowArray[];
  readonly notes: readonly string[];
  /** The same as in `DatasetDescription`. */
  readonly labelProblem?: string;
  /** The same as in `DatasetDescription`. */
  readonly part?: string;
}

/**
 * Arrays with equally many rows belong together, unless their names say that they are different parts of a data set.
 * The largest of several such groups is used. Among equally large ones it is the one for testing, by its names, or else
 * the one with most rows. Labels alone are no data, and a group for training is used only if there is none for testing.
 * The notes name arrays that are left out. Labels that are left out without a replacement are a
 * problem of their own. `title` names the file with the arrays. Throws `data/empty` if there is no row.
 */
export function chooseRows(arrays: readonly RowArray[], title: string): ChosenRows {
  const groups = [...new Set(arrays.map(({ rows }) => rows))]
    .filter((rows) => rows > 0)
    .flatMap((rows) => partsOf(arrays.filter((array) => array.rows === rows)));
  const [best, ...rest] = groups.toSorted(
    (a, b) =>
      Number(b.some(isNoLabel)) - Number(a.some(isNoLabel)) ||
      b.length - a.length ||
      Number(isForTests(b)) - Number(isForTests(a)) ||
      b[0]!.rows - a[0]!.rows,
  );
  const isForTraining = best !== undefined && partOf(best) === 'train';
  const chosen = (isForTraining && rest.find((group) => isForTests(group) && group.some(isNoLabel))) || best;
  const others = [best, ...rest].filter((group) => group !== undefined && group !== chosen) as typeof rest;
  if (chosen === undefined) {
    throw new ParetoError('data/empty', `There are no samples in ${title}: no array in it has a row.`);
  }
  const names = (group: readonly RowArray[]): string => group.map((array) => array.title).join(', ');
  const labels = chosen.every(isNoLabel)
    ? others.find((group) => group[0]!.rows !== chosen[0]!.rows && !group.every(isNoLabel))
    : undefined;
  const notes = others.map(
    (group) =>
      `Left out ${names(group)} with ${formatCounted(group[0]!.rows, 'row')}: the data set is ${names(chosen)} with ${formatCounted(chosen[0]!.rows, 'row')}.`,
  );
  const part = partOf(chosen);
  return {
    arrays: chosen,
    notes,
    ...(labels && { labelProblem: describeLengths(labels, chosen) }),
    ...(part !== undefined && { part }),
  };
}

/**
 * Splits arrays with equally many rows into the parts that their names state. Otherwise labels of one part could be taken for those of
 * another. If there are several parts, an array without a part forms a group of its own, because nobody can say to which it belongs.
 */
function partsOf(group: readonly RowArray[]): readonly (readonly RowArray[])[] {
  const named = group.map(({ field }) => partNamed(field.name));
  const parts = [...new Set(named)];
  const areSeveral = parts.filter((part) => part !== undefined).length > 1;
  return areSeveral ? parts.map((part) => group.filter((_, at) => named[at] === part)) : [group];
}

/**
 * Finds the part in the names of arrays. If these state none, it is taken from the name of their file, such as `parts_val.npz`, which may
 * hold other parts too.
 */
function partOf(group: readonly RowArray[]): string | undefined {
  const firstOf = (names: readonly string[]): string | undefined =>
    names.map(partNamed).find((part) => part !== undefined);
  return firstOf(group.map(({ field }) => field.name)) ?? firstOf(group.map(({ title }) => title));
}

function isForTests(group: readonly RowArray[]): boolean {
  return isForEvaluation(partOf(group) ?? '');
}

function isNoLabel({ field }: RowArray): boolean {
  return !isCalledLabel(field.name);
}

function describeLengths(labels: readonly RowArray[], samples: readonly RowArray[]): string {
  const label = labels.find((array) => !isNoLabel(array))!;
  const [first] = samples;
  return `The labels are not used: ${label.title} has ${formatCounted(label.rows, 'row')} and ${first!.title} has ${formatCounted(first!.rows, 'row')}. Give one label per sample.`;
}
