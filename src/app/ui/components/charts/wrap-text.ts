/**
 * Breaks text at spaces into lines of at most `most` characters, and cuts a longer word, because SVG does not wrap
 * text.
 */
export function wrapText(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => cut(part, Math.max(1, most)))) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

function cut(word: string, most: number): readonly string[] {
  const count = Math.ceil(word.length / most);
  return Array.from({ length: count }, (_, index) => word.slice(index * most, (index + 1) * most));
}

/**
 * A name in `lines` lines at most. The middle is left out and the last words stay, because names of variants mostly
 * differ at the end.
 */
export function wrapName(name: string, most: number, lines: number): readonly string[] {
  const all = wrapText(name, most);
  if (all.length <= lines) return all;
  const words = name.split(' ');
  let last = '';
  while (words.length > 0 && words.at(-1)!.length + 1 + last.length < most) last = ` ${words.pop()!}${last}`;
  return [...all.slice(0, lines - 1), last === '' ? `${all[lines - 1]!.slice(0, most - 1)}…` : `…${last.slice(1)}`];
}

/** A name of at most `most` characters: its beginning and more of its end. */
export function cutName(name: string, most: number): string {
  if (name.length <= most) return name;
  const end = Math.floor(((most - 1) * 2) / 3);
  return `${name.slice(0, most - 1 - end).trimEnd()}…${name.slice(name.length - end).trimStart()}`;
}
