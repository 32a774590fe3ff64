import type { Dataset, ReadContext } from '../../engine/data/dataset';
import { findLabelField } from '../../engine/data/mapping/find-field';
import type { LabelMapping } from '../../engine/data/mapping/mapping';
import { createLabelReader } from '../../engine/data/mapping/sample-label';
import { isParetoError } from '../../engine/errors';
import type { KnownLabels } from '../../engine/data/mapping/detect-task';
import { ownValue } from '../../engine/own-value';

/** Labels that are looked at to tell classes from amounts. */
const mostPeeked = 256;

/**
 * Returns the facts of the first labels of these samples about the task; `null` without labels. Throws `mapping/field`
 * for a missing field.
 */
export async function peekLabels(
  context: ReadContext,
  dataset: Dataset,
  indices: readonly number[],
  labels: LabelMapping,
): Promise<KnownLabels | null> {
  const field = findLabelField(dataset.description, labels);
  if (labels === null || field === undefined) return null;
  if (field.kind === 'boxes') return { areBoxes: true, dtype: field.dtype, width: Number.NaN };
  const reader = createLabelReader(field, labels);
  const values: number[] = [];
  let width = 1;
  for await (const read of dataset.read(indices.slice(0, mostPeeked), [field.name], context)) {
    if (!('values' in read)) continue;
    try {
      const label = reader.read(ownValue(read.values, field.name));
      width = label.length;
      values.push(...label);
    } catch (error) {
      // The evaluation itself counts this sample as skipped and says why.
      if (!isParetoError(error)) throw error;
    }
  }
  return { dtype: field.dtype, width, classes: reader.classNames?.length, values };
}
