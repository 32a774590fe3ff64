/** Lines of at most `most` characters, broken at spaces; a longer word is cut. For text that SVG would not wrap. */
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

/** The same, in `lines` lines at most: what does not fit ends in an ellipsis. */
export function wrapTextClipped(text: string, most: number, lines: number): readonly string[] {
  const all = wrapText(text, most);
  if (all.length <= lines) return all;
  const last = all[lines - 1] ?? '';
  return [...all.slice(0, lines - 1), `${last.slice(0, Math.max(1, most - 1)).trimEnd()}…`];
}
