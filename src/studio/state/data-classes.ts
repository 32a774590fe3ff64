/** Which class of the model each label stands for: what is known, and what it becomes when a person orders it. Pure. */
import { onlyNames } from '../../engine/data/mapping/sample-label';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { ModelInterface } from '../jobs/jobs';
import { detectedTask, labelField } from './data-mapping';
import type { DataSource } from './workspace-store';

export interface ClassOrder {
  /** In the order of the model's outputs; `null` where nobody names them: numbers then are the outputs' numbers. */
  readonly names: readonly string[] | null;
  /** A person gave it. Otherwise it is the data's, sorted where classes are texts. */
  readonly isGiven: boolean;
  /** Classes of the data that the order lacks: their samples are skipped. */
  readonly missing: readonly string[];
  /** The names only stand beside numbers of classes: to put them in another order would rename, not reorder. */
  readonly areOnlyNames: boolean;
  /** Labels are texts, of which there are too many to be told when data is opened. */
  readonly areUnknownTexts: boolean;
  /** The output says yes or no: it has one number, not one for each class. */
  readonly isYesOrNo: boolean;
}

/** `null` where no classes are judged: without labels, and where the task is to match outputs or amounts. */
export function classOrderOf(
  { mapping, evaluation }: { readonly mapping: DataMapping; readonly evaluation: DataSource },
  outputs: ModelInterface['outputs'],
): ClassOrder | null {
  const field = labelField(mapping.labels, evaluation.description.fields);
  const kind = mapping.task?.kind ?? detectedTask(mapping, evaluation.description, outputs);
  if (field === undefined || kind === 'match' || kind === 'regression') return null;
  const given = mapping.labels?.classes;
  const known = new Set(given);
  return {
    names: given ?? field.classes ?? evaluation.classNames ?? null,
    isGiven: given !== undefined,
    missing: given === undefined ? [] : (field.classes ?? []).filter((name) => !known.has(name)),
    areOnlyNames: given === undefined ? field.classes === undefined : onlyNames(given, field),
    areUnknownTexts: field.kind === 'text' && field.classes === undefined && field.areNumbers !== true,
    isYesOrNo: kind === 'binary',
  };
}

/** The mapping with another order of classes; `null` for that of the data. */
export function withClassOrder(mapping: DataMapping, order: readonly string[] | null): DataMapping {
  const { labels } = mapping;
  if (labels === null) return mapping;
  const { classes: _before, ...rest } = labels;
  return { ...mapping, labels: order === null ? rest : { ...rest, classes: order } };
}

/** The class that stands at `index` one place further up or down; the same order where there is no such place. */
export function movedClass(order: readonly string[], index: number, by: -1 | 1): readonly string[] {
  const other = index + by;
  const [name, neighbour] = [order[index], order[other]];
  if (name === undefined || neighbour === undefined) return order;
  return order.map((each, place) => (place === index ? neighbour : place === other ? name : each));
}

/** Folders called 0 to 10 are sorted as texts: 0, 1, 10, 2 … `null` where names are no numbers, or are in this order. */
export function orderedByNumber(order: readonly string[]): readonly string[] | null {
  if (!order.every((name) => /^-?\d+$/.test(name))) return null;
  const sorted = order.toSorted((a, b) => Number(a) - Number(b));
  return sorted.every((name, index) => name === order[index]) ? null : sorted;
}
