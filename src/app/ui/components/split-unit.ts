const noBreakSpace = '\u00a0';

/** `2.91 MB` in number and unit, with the space before the unit: the formatters of the engine put a no-break space there. */
export function splitUnit(text: string): readonly [value: string, unit: string] {
  const split = text.lastIndexOf(noBreakSpace);
  return split === -1 ? [text, ''] : [text.slice(0, split), text.slice(split)];
}
