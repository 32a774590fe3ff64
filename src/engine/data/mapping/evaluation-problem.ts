import type { DatasetDescription } from '../dataset';
import type { DataMapping } from './mapping';
import { recordedFields } from './recorded-outputs';

/**
 * True if labels evaluate a model, or the texts themselves do, as the next tokens that it predicts. Otherwise its outputs can only be
 * compared with other outputs.
 */
export function hasScoredLabels({ labels, task }: Pick<DataMapping, 'labels' | 'task'>): boolean {
  return task?.kind === 'next-token' || (labels !== null && task?.kind !== 'match');
}

/**
 * Explains in a sentence why an evaluation of this many models would show nothing, as far as that is known before one runs. Returns
 * `undefined` if there are labels to evaluate by, outputs that the data records, or a second model to compare with.
 */
export function evaluationProblem(
  mapping: DataMapping,
  description: DatasetDescription,
  models: number,
): string | undefined {
  if (models > 1 || hasScoredLabels(mapping)) return undefined;
  if (recordedFields(description).length > 0) return undefined;
  if (mapping.labels !== null) {
    return 'The task is to match outputs, but there is only one model. Choose another task, or add a model to compare with.';
  }
  return (
    description.labelProblem ??
    'Without labels, one model alone cannot be evaluated. Set the label field, or add a model to compare with.'
  );
}
