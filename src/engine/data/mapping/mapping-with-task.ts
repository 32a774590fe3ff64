import type { DataMapping, EvaluationTask } from './mapping';

/**
 * The mapping with the task that its samples were evaluated by, where it names none: whoever reads it evaluates other samples
 * alike, by the same output and from the same threshold on. `null`: nothing was evaluated.
 */
export function mappingWithTask(
  mapping: DataMapping,
  evaluated: { readonly task: EvaluationTask } | null,
): DataMapping {
  return evaluated === null || mapping.task !== undefined ? mapping : { ...mapping, task: evaluated.task };
}
