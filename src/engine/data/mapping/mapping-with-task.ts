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
