import { ParetoError } from '../../errors';
import type { DatasetDescription } from '../dataset';
import { checkMapping, type ModelSides } from './check-mapping';
import { describeUnfed } from './describe-unfed';
import type { DataMapping } from './mapping';

interface MappedData {
  readonly description: DatasetDescription;
  readonly model: ModelSides;
  /** A person wrote the mapping. Otherwise an input for which nothing was found is no mistake of it. */
  readonly isGiven: boolean;
  /** A sentence that says how to set the source of an input. */
  readonly remedy: string;
}

/** Throws `data/mapping` with the first problem when the mapping does not fit the data or the model. */
export function assertMapping(mapping: DataMapping, data: MappedData): void {
  const [problem, ...others] = findProblems(mapping, data);
  if (problem === undefined) return;
  const more = others.length > 0 ? ` (the first of ${others.length + 1} problems)` : '';
  throw new ParetoError('data/mapping', `${data.description.name} does not fit the model: ${problem}${more}`);
}

function findProblems(mapping: DataMapping, { description, model, isGiven, remedy }: MappedData): readonly string[] {
  const missing = model.inputs.filter(({ name }) => !Object.hasOwn(mapping.inputs, name));
  if (isGiven || missing.length === 0) return checkMapping(mapping, description, model);
  return missing.map((input) => `${describeUnfed(input, description)} ${remedy}`);
}
