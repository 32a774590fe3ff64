/** Documents that people keep: reports, recipes, saved work. */

/** The version that a document states; `undefined` if it states none that exists. */
export function versionOf(document: unknown): number | undefined {
  const version = isRecord(document) ? document['version'] : undefined;
  return typeof version === 'number' && Number.isInteger(version) && version >= 1 ? version : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
