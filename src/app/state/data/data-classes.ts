/** Maps each label to a class of the model: the known order, and the order that a person chooses. Pure. */
import { classesByNumber } from '../../../engine/data/mapping/numbered-classes';
import { onlyNames } from '../../../engine/data/mapping/sample-label';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { rowWidth, type KnownLabels } from '../../../engine/data/mapping/detect-task';
import type { ModelInterface } from '../../jobs/jobs';
import { detectedTask, labelField } from './data-mapping';
import type { DataSource } from '../workspace/workspace-store';

export interface ClassOrder {
  /**
   * Names in the order of the model's outputs; `null` if nothing names them, and numbers are then the outputs' numbers.
   */
  readonly names: readonly string[] | null;
  /** True if the mapping states the order. Otherwise it is the data's. */
  readonly isGiven: boolean;
  /** True if the data numbers its classes itself. Otherwise its order is that of the sorted texts or folders. */
  readonly isDeclared: boolean;
  /** Classes of the data that the order lacks: their samples are skipped. */
  readonly missing: readonly string[];
  /** The names only stand beside numbers of classes: to put them in another order would rename, not reorder. */
  readonly areOnlyNames: boolean;
  /** Labels are texts, too many to list when data is opened. */
  readonly areUnknownTexts: boolean;
  /** Scores of the output that no class of a sorted list stands for. 0 if a mapping or the data itself numbers the classes. */
  readonly unnamed: number;
  /** The list has the characters that a transcription spells with, not the classes of the labels. */
  readonly areCharacters: boolean;
  /** The output says yes or no: it has one number, not one for each class. */
  readonly isYesOrNo: boolean;
  /** Classes that are called by numbers, in the order of these; `null` if there is no other order. */
  readonly byNumber: readonly string[] | null;
}

/** `null` if the task has no classes: without labels, and for matched outputs and regression. */
export function classOrderOf(
  { mapping, evaluation }: { readonly mapping: DataMapping; readonly evaluation: DataSource },
  labels: KnownLabels | null,
  outputs: ModelInterface['outputs'],
): ClassOrder | null {
  const field = labelField(mapping.labels, evaluation.description.fields);
  const task = mapping.task ?? detectedTask(mapping, labels, outputs);
  if (field === undefined || task.kind === 'match' || task.kind === 'regression' || task.kind === 'retrieval')
    return null;
  const evaluated = outputs.find(({ name }) => name === task.output);
  const given = mapping.labels?.classes;
  const known = new Set(given);
  const areCharacters = task.kind === 'transcription';
  const names = given ?? (areCharacters ? null : (field.classes ?? evaluation.classNames)) ?? null;
  const scores = evaluated === undefined ? Number.NaN : rowWidth(evaluated);
  // Names that are numbers state their own places.
  const isSorted =
    given === undefined && field.areClassesDeclared !== true && !names?.every((name) => /^\d+$/.test(name));
  const areOnlyNames = given === undefined ? field.classes === undefined : onlyNames(given, field);
  return {
    names,
    isGiven: given !== undefined,
    isDeclared: given === undefined && field.areClassesDeclared === true,
    missing: given === undefined || areCharacters ? [] : (field.classes ?? []).filter((name) => !known.has(name)),
    areOnlyNames,
    areUnknownTexts: field.kind === 'text' && field.classes === undefined && field.areNumbers !== true,
    unnamed: isSorted && names !== null && !areOnlyNames && scores > names.length ? scores - names.length : 0,
    areCharacters,
    isYesOrNo: task.kind === 'binary',
    byNumber: names === null || areOnlyNames ? null : orderedByNumber(names, scores),
  };
}

/** The mapping with another order of classes; `null` for that of the data. */
export function withClassOrder(mapping: DataMapping, order: readonly string[] | null): DataMapping {
  const { labels } = mapping;
  if (labels === null) return mapping;
  const { classes: _before, ...rest } = labels;
  return { ...mapping, labels: order === null ? rest : { ...rest, classes: order } };
}

/** Moves the class at `index` one place up or down. Returns the same order if there is no such place. */
export function movedClass(order: readonly string[], index: number, by: -1 | 1): readonly string[] {
  const other = index + by;
  const [name, neighbor] = [order[index], order[other]];
  if (name === undefined || neighbor === undefined) return order;
  return order.map((each, place) => (place === index ? neighbor : place === other ? name : each));
}

/**
 * Returns class names that are numbers in the order of the numbers. Folders named 0 to 10 are sorted as texts: 0, 1,
 * 10, 2 … Each name gets the place of its number if the output has more scores than there are names. `null` if names
 * are not numbers, or are in this order already.
 */
export function orderedByNumber(order: readonly string[], scores: number): readonly string[] | null {
  if (!order.every((name) => /^-?\d+$/.test(name))) return null;
  const all = scores > order.length ? classesByNumber(order, scores) : null;
  if (all !== null) return all;
  const sorted = order.toSorted((a, b) => Number(a) - Number(b));
  return sorted.every((name, index) => name === order[index]) ? null : sorted;
}
