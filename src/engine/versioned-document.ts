/**
 * Documents that people keep (reports, recipes, saved work). Each version that was ever written can be opened forever.
 */

/** Turns a document of one version into one of the next. It comes from outside: nothing of its form is sure. */
export type Rung = (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/**
 * The migrations from version 1 to the present version: the first rung makes a version 2. A version rises only if the
 * meaning of a field changes. New fields need no new version. Rungs of a released version never change.
 */
export type Ladder = readonly Rung[];

/** The version that a ladder leads to. */
export function versionOfNow(ladder: Ladder): number {
  return ladder.length + 1;
}

/** The version that a document states; `undefined` if it states none that exists. */
export function versionOf(document: unknown): number | undefined {
  const version = isRecord(document) ? document['version'] : undefined;
  return typeof version === 'number' && Number.isInteger(version) && version >= 1 ? version : undefined;
}

/**
 * The document as one of now. A document of a later version, and a value that is no document, stay unchanged: the
 * schema refuses them.
 */
export function upgradeDocument(document: unknown, ladder: Ladder): unknown {
  const version = versionOf(document);
  if (version === undefined || !isRecord(document)) return document;
  return ladder
    .slice(version - 1)
    .reduce(
      (climbing, rung, index) => ({ ...rung(climbing), version: version + index + 1 }),
      document as Readonly<Record<string, unknown>>,
    );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of a list after `change`. A value that is no list, and an entry that is no record, stay unchanged. */
export function changeEntries(list: unknown, change: Rung): unknown {
  return Array.isArray(list) ? list.map((entry: unknown) => (isRecord(entry) ? change(entry) : entry)) : list;
}
