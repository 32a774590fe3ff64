/** Command lines in the process of the test: for short ones, most of the time would go to starting processes. */
import { vi } from 'vitest';
import { main } from '../main';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One at a time: what is written, and the working directory, are the process's. */
export async function runHere(folder: string, ...given: readonly string[]): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    }),
  );
  const before = process.cwd();
  process.chdir(folder);
  try {
    const status = await main(given);
    return { status, ...written };
  } finally {
    process.chdir(before);
    for (const spy of spies) spy.mockRestore();
  }
}
