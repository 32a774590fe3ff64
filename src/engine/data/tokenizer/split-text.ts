/** Splits a text at the matches of a pattern, as the Python package `tokenizers` does. */

export const splitBehaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
export type SplitBehavior = (typeof splitBehaviors)[number];

interface Stretch {
  start: number;
  end: number;
  readonly isMatch: boolean;
}

/**
 * Returns the parts of `text` that are not empty. Matches of `pattern` (global) are delimiters; with `inverted` the
 * text between them is. `behavior` decides the treatment of delimiters.
 */
export function splitText(text: string, pattern: RegExp, behavior: SplitBehavior, inverted = false): readonly string[] {
  const stretches = stretchesOf(text, pattern, inverted);
  return joined(stretches, behavior)
    .map(({ start, end }) => text.slice(start, end))
    .filter((part) => part !== '');
}

/** Returns the matches and the stretches between them, in turn. */
function stretchesOf(text: string, pattern: RegExp, inverted: boolean): Stretch[] {
  const stretches: Stretch[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) stretches.push({ start: end, end: match.index, isMatch: inverted });
    end = match.index + match[0].length;
    stretches.push({ start: match.index, end, isMatch: !inverted });
  }
  if (end < text.length) stretches.push({ start: end, end: text.length, isMatch: inverted });
  return stretches;
}

function joined(stretches: Stretch[], behavior: SplitBehavior): readonly Stretch[] {
  switch (behavior) {
    case 'Removed':
      return stretches.filter(({ isMatch }) => !isMatch);
    case 'Isolated':
      return stretches;
    case 'Contiguous':
      return contiguous(stretches);
    case 'MergedWithPrevious':
      return mergedWithPrevious(stretches);
    case 'MergedWithNext':
      return mergedWithNext(stretches);
  }
}

function contiguous(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    const last = result.at(-1);
    if (last?.isMatch === stretch.isMatch) last.end = stretch.end;
    else result.push({ ...stretch });
  }
  return result;
}

/** Only the first of several delimiters in a row is merged with the text before it. */
function mergedWithPrevious(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = [];
  let wasMatch = false;
  for (const stretch of stretches) {
    const last = result.at(-1);
    if (stretch.isMatch && !wasMatch && last !== undefined) last.end = stretch.end;
    else result.push({ ...stretch });
    wasMatch = stretch.isMatch;
  }
  return result;
}

function mergedWithNext(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = [];
  let wasMatch = false;
  for (const stretch of stretches.toReversed()) {
    const next = result.at(-1);
    if (stretch.isMatch && !wasMatch && next !== undefined) next.start = stretch.start;
    else result.push({ ...stretch });
    wasMatch = stretch.isMatch;
  }
  return result.reverse();
}
