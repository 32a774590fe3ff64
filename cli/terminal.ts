import type { Terminal } from './command';

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
      stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    progress(line) {
      if (!stderr.isTTY || line === shownLine) return;
      if (line !== '' && Date.now() - lastShown < 50) return;
      show(line.slice(0, (stderr.columns || 80) - 1));
    },
  };
}
