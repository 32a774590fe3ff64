import type { Terminal } from './command';

// eslint-disable-next-line no-control-regex -- they are what it looks for
const controls = /[\u0000-\u0009\u000b-\u001f]/g;

/** Names come from files: they may not move the cursor, set colours or break lines. JSON has none of these characters. */
export function withoutControls(text: string): string {
  return text.replace(controls, '\ufffd');
}

/** Results on stdout; progress on stderr as one line that is rewritten, and only where a person watches. */
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
