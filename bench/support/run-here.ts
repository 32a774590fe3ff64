/** The command line in this process, for scripts that count its time of the processor. */
import { main } from '../../cli/main';

export async function runHere(
  ...line: readonly string[]
): Promise<{ readonly text: string; readonly cpuSeconds: number }> {
  const write = process.stdout.write.bind(process.stdout);
  const before = process.cpuUsage();
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    const status = await main(line);
    if (status !== 0) throw new Error(`pareto ${line.join(' ')} ended with ${status}.`);
  } finally {
    process.stdout.write = write;
  }
  const { user, system } = process.cpuUsage(before);
  return { text, cpuSeconds: (user + system) / 1e6 };
}
