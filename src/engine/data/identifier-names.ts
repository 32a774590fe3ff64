/** Columns of a table that tell its rows apart and say nothing of them, by their names. */

const namesOfRowNumbers = /^(id|index|no|nr|row|unnamed: 0)?$/i;
/** What pandas calls an index without a name. It is shuffled with its rows, so it need not count up. */
const nameOfIndex = /^__index_level_\d+__$/;
const endingOfIdentifiers = /(^|[_ -])(id|uuid)$/i;

/** An index that pandas wrote: it never says anything of a sample. */
export function isNamedAsIndex(name: string): boolean {
  return nameOfIndex.test(name);
}

/** Whether a column by this name may only number the rows, which its values then decide. */
export function isNamedAsRowNumber(name: string): boolean {
  return namesOfRowNumbers.test(name) || isNamedAsIndex(name);
}

/** Whether a column by this name may tell the rows apart, `patient_id` too, which the model then decides. */
export function isNamedAsIdentifier(name: string): boolean {
  return isNamedAsRowNumber(name.trim()) || endingOfIdentifiers.test(name.trim());
}
