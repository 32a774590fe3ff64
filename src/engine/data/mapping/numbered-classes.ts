/** Folders that are called by the numbers of a model's classes. */
import { detectTask, rowWidth, type KnownOutput } from './detect-task';
import { formatCount } from '../../format';
import { mostOrderedClasses } from './mapping-schema';

/**
 * The order of `count` classes in which each name is at its own number. Places without a name have bare numbers. `null`
 * if the names are not different whole numbers below `count`.
 */
export function classesByNumber(names: readonly string[], count: number): readonly string[] | null {
  const places = new Map(names.map((name) => [/^\d+$/.test(name) ? Number(name) : Infinity, name]));
  if (places.size < names.length || [...places.keys()].some((place) => place >= count)) return null;
  return Array.from({ length: count }, (_, place) => places.get(place) ?? String(place));
}

export interface SuggestedOrder {
  readonly classes: readonly string[];
  /** A sentence. */
  readonly reason: string;
}

/**
 * Suggests an order for folders named by numbers, if there are fewer of them than scores. Some classes have no folder
 * then, so places in the sorted list cannot be the classes, and the numbers can. `undefined` if there are as many
 * folders as scores, because a model may have been trained with the sorted order. Also `undefined` if the order would
 * change which output is the answer.
 *
 * @param outputs those that may answer.
 */
export function suggestOrderByNumber(
  folders: readonly string[],
  outputs: readonly KnownOutput[],
): SuggestedOrder | undefined {
  const answering = taskOutput(outputs, folders.length);
  const scores = answering === undefined ? 0 : rowWidth(answering);
  if (answering === undefined || !(scores > Math.max(1, folders.length) && scores <= mostOrderedClasses))
    return undefined;
  const classes = classesByNumber(folders, scores);
  if (classes === null || taskOutput(outputs, scores) !== answering) return undefined;
  return {
    classes,
    reason: `The folder names are numbers, fewer than the ${formatCount(scores)} scores of output "${answering.name}". Unless a class order is given, each folder belongs to the score of its number, counted from 0.`,
  };
}

function taskOutput(outputs: readonly KnownOutput[], classes: number): KnownOutput | undefined {
  const task = detectTask(outputs, { dtype: 'int64', width: 1, classes });
  return task.kind === 'classification' ? outputs.find(({ name }) => name === task.output) : undefined;
}
