import type { Invocation } from '../command';
import { InputFiles } from '../files/input-files';

/** An invocation with these options and positionals, for code of a command that runs without its command. It prints nothing. */
export function silentInvocation(values: Invocation['values'], positionals: readonly string[] = []): Invocation {
  return {
    positionals,
    values,
    tokens: [],
    json: false,
    followLinks: false,
    folders: new Map(),
    computed: new Map(),
    ggufs: new Map(),
    inputs: new InputFiles(),
    terminal: { print: () => undefined, warn: () => undefined, progress: () => undefined },
    signal: new AbortController().signal,
    runCommand: () => Promise.reject(new Error('No command runs here.')),
  };
}
