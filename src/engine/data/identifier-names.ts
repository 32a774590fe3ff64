/** Columns of a table that identify its rows and hold no features, recognized by their names. */

const namesOfRowNumbers = /^(id|index|no|nr|row|unnamed: 0)?$/i;
/** The name that pandas gives an index without a name. It is shuffled with its rows, so it need not count up. */
const nameOfIndex = /^__index_level_\d+__$/;
const endingOfIdentifiers = /(^|[_ -])(id|uuid)$/i;

/** An index that pandas wrote: it never says anything of a sample. */
export function isNamedAsIndex(name: string): boolean {
  return nameOfIndex.test(name);
}

/** True if a column of this name may only number the rows. Its values then decide. */
export function isNamedAsRowNumber(name: string): boolean {
  return namesOfRowNumbers.test(name) || isNamedAsIndex(name);
}

/** True if a column of this name may identify rows, `patient_id` too. The model then decides. */
export function isNamedAsIdentifier(name: string): boolean {
  return isNamedAsRowNumber(name.trim()) || endingOfIdentifiers.test(name.trim());
}
