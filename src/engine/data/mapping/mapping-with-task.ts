import type { DataMapping, EvaluationTask } from './mapping';

/**
 * The mapping with the task that its samples were judged by, where it names none: whoever reads it judges other samples
 * alike, by the same output and from the same threshold on. `null`: nothing was judged.
 */
export function mappingWithTask(mapping: DataMapping, judged: { readonly task: EvaluationTask } | null): DataMapping {
  return judged === null || mapping.task !== undefined ? mapping : { ...mapping, task: judged.task };
}
