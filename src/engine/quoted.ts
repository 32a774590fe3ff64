/** A JSON string is a string of YAML, Python and JavaScript as well; names in a model are anybody's text. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
