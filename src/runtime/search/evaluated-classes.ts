import type { ReadContext } from '../../engine/data/dataset';
import { findLabelField } from '../../engine/data/mapping/find-field';
import { createLabelReader } from '../../engine/data/mapping/sample-label';
import { isParetoError } from '../../engine/errors';
import { ownValue } from '../../engine/own-value';
import type { SearchData } from './search-request';

/** Reading more labels than these takes longer than a fair split is worth: the shuffle is near enough. */
const mostLabels = 50_000;
const mostClasses = 1_000;

/**
 * The class of each evaluation sample, so that a split keeps their shares; `null` for one without. `undefined` if labels are
 * not classes, or too many to read.
 */
export async function evaluatedClasses(
  context: ReadContext,
  { dataset, mapping, indices }: SearchData,
): Promise<readonly (number | null)[] | undefined> {
  const field = findLabelField(dataset.description, mapping.labels);
  if (field === undefined || mapping.labels === null || indices.length > mostLabels) return undefined;
  const reader = createLabelReader(field, mapping.labels, mapping.task);
  const classes: (number | null)[] = [];
  const different = new Set<number>();
  for await (const read of dataset.read(indices, [field.name], context)) {
    const label = 'values' in read ? labelIn(() => reader.read(ownValue(read.values, field.name))) : null;
    if (label !== null && (label.length !== 1 || !Number.isInteger(label[0]))) return undefined;
    const [own = null] = label ?? [];
    if (own !== null) different.add(own);
    if (different.size > mostClasses) return undefined;
    classes.push(own);
  }
  return classes;
}

function labelIn(read: () => Float64Array): Float64Array | null {
  try {
    return read();
  } catch (error) {
    if (isParetoError(error)) return null;
    throw error;
  }
}
