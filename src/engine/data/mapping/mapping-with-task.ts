import type { DatasetDescription } from '../dataset';
import { withListedColumns } from './column-list';
import type { DataMapping, EvaluationTask } from './mapping';

/**
 * Returns the mapping with the task of the evaluation, if it names none. Later evaluations of other samples then use
 * the same output and threshold. `null` means that nothing was evaluated.
 */
export function mappingWithTask(
  mapping: DataMapping,
  evaluated: { readonly task: EvaluationTask } | null,
): DataMapping {
  return evaluated === null || mapping.task !== undefined ? mapping : { ...mapping, task: evaluated.task };
}

/** The mapping of other data for files that only calibrate: without the labels that they lack, and without a task that needs them. */
export function calibratingMapping(mapping: DataMapping, description: DatasetDescription): DataMapping {
  const { labels } = mapping;
  if (labels === null) return mapping;
  const hasLabels = description.fields.some(({ name, kind }) =>
    'array' in labels ? name === labels.array : kind === 'class',
  );
  if (hasLabels) return mapping;
  const { task, ...listed } = withListedColumns(mapping, description);
  const isKept = task?.kind === 'match' || task?.kind === 'next-token';
  return { ...listed, labels: null, ...(isKept && { task }) };
}
