/** Names of labels: one list for the readers of tables and for mappings, so that both choose the same label. */
import { partNamed, withoutPart } from './evaluation-names';

/** The clearest names come first. */
const names = [
  'labels',
  'label',
  'y',
  'targets',
  'target',
  'classes',
  'class',
  'category',
  'species',
  'outcome',
  'ground_truth',
  'groundtruth',
  'fine_label',
];

interface Named {
  readonly name: string;
}

/**
 * The one with the most telling name of a label, in any case, otherwise with one for a part of a data set: `y_test`,
 * `labels_val`. `undefined` if none is called so.
 */
export function findCalledLabel<Item extends Named>(items: readonly Item[]): Item | undefined {
  return (
    findMostSpecific(items, (name) => name.trim().toLowerCase()) ??
    findMostSpecific(
      items.filter(({ name }) => partNamed(name) !== undefined),
      withoutPart,
    )
  );
}

function findMostSpecific<Item extends Named>(
  items: readonly Item[],
  bare: (name: string) => string,
): Item | undefined {
  const byName = new Map(items.toReversed().map((item) => [bare(item.name), item]));
  return names.map((name) => byName.get(name)).find((item) => item !== undefined);
}

/** The first whose name ends like that of a label: `is_target`, `Wine class`. A weaker sign. */
export function findEndingAsLabel<Item extends Named>(items: readonly Item[]): Item | undefined {
  return items.find(({ name }) => /(^|[_ ])(labels?|targets?|class)$/i.test(name.trim()));
}

/** True for an array that is called like labels, also as the part of a data set: `y_test`, `train_labels`, `labels-idx1`. */
export function isCalledLabel(name: string): boolean {
  const [own = ''] = name.trim().split(/[-.]/);
  const item = [{ name: own }];
  return /^y_/i.test(own) || findCalledLabel(item) !== undefined || findEndingAsLabel(item) !== undefined;
}
