/**
 * What a class is called by its number. Where classes have names, one that the names do not reach is never called by its bare
 * number: that may be the name of another class (of folders 4, 6 and 10, say).
 *
 * @param names in the order of the numbers; `undefined` where classes are numbers.
 */
export function className(number: number, names: readonly string[] | undefined): string {
  return names === undefined ? String(number) : (names[number] ?? `class ${number} of the model`);
}
