import type { Terminal } from './command';

// eslint-disable-next-line no-control-regex -- they are what it looks for
const controls = /[\u0000-\u0009\u000b-\u001f]/g;
/** Controls beyond ASCII, and characters that reverse the direction of the text after them. */
const hidden = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Commands to the runner of a pipeline: `::error::` at the start of a line, `##[error]` and `##vso[…]` anywhere. */
const commands = /^\s*:(?=:)|#(?=#(?:\[|vso\[))/gm;

/**
 * Names come from files: they may not move the cursor, set colors, break lines, read backwards or command a pipeline. JSON has none of
 * the controls, and the others are escaped as JSON does.
 */
export function withoutControls(text: string): string {
  return text
    .replace(controls, '\ufffd')
    .replace(hidden, escaped)
    .replace(commands, (found) => found.slice(0, -1) + escaped(found.at(-1)!));
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Results on stdout. Progress on stderr as one line that is rewritten, and only in a terminal. */
export function createTerminal(stdout = process.stdout, stderr = process.stderr): Terminal {
  let shownLine = '';
  let lastShown = 0;
  const show = (line: string) => {
    stderr.write(`\r${line}\u001b[K`);
    shownLine = line;
    lastShown = Date.now();
  };
  return {
    print(text) {
      if (shownLine !== '') show('');
      const shown = withoutControls(text);
      stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
    },
    warn(text) {
      if (shownLine !== '') show('');
      stderr.write(`${withoutControls(text).replaceAll('\n', ' ')}\n`);
    },
    progress(line) {
      if (!stderr.isTTY || line === shownLine) return;
      if (line !== '' && Date.now() - lastShown < 50) return;
      show(withoutControls(line).slice(0, (stderr.columns || 80) - 1));
    },
  };
}
