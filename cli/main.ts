/** Finds the command, reads its arguments, runs it, and turns whatever happens into an exit code and a sentence. */
import { inspect, parseArgs } from 'node:util';
import { version } from '../package.json';
import { isParetoError } from '../src/engine/errors';
import { endSentence, formatQuoted } from '../src/engine/format';
import { RequestError } from '../src/work/request';
import {
  listOption,
  UsageError,
  type ArgumentToken,
  type Command,
  type CommandOptions,
  type Invocation,
} from './command';
import { whyNot } from '../src/runtime/node/disk/disk-path';
import { withGgufModels } from './gguf/gguf-models';
import { openModelFolders } from './hub/model-folder';
import { InputFiles, inputOptions } from './files/input-files';
import { removeAbandonedTemporaries } from './files/part-files';
import { createTerminal, withoutControls } from './terminal';
import { describeError } from './words/describe-error';

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  inspect: async () => (await import('./commands/inspect')).inspectCommand,
  optimize: async () => (await import('./commands/optimize')).optimizeCommand,
  plan: async () => (await import('./commands/plan')).planCommand,
  benchmark: async () => (await import('./commands/benchmark')).benchmarkCommand,
  evaluate: async () => (await import('./commands/evaluate')).evaluateCommand,
  sensitivity: async () => (await import('./commands/sensitivity')).sensitivityCommand,
  check: async () => (await import('./commands/check')).checkCommand,
  search: async () => (await import('./commands/search')).searchCommand,
  compare: async () => (await import('./commands/compare')).compareCommand,
  diff: async () => (await import('./commands/diff')).diffCommand,
  compile: async () => (await import('./commands/compile')).compileCommand,
  bundle: async () => (await import('./commands/bundle')).bundleCommand,
  simulate: async () => (await import('./commands/simulate')).simulateCommand,
  'measure-server': async () => (await import('./commands/measure-server')).measureServerCommand,
  mcp: async () => (await import('./commands/mcp')).mcpCommand,
  studio: async () => (await import('./commands/studio')).studioCommand,
  deploy: async () => (await import('./commands/deploy')).deployCommand,
  roundtrip: async () => (await import('./commands/roundtrip')).roundtripCommand,
};

/** Options of every command. */
export const commonOptions = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  debug: { type: 'boolean' },
  'follow-links': { type: 'boolean' },
} as const satisfies CommandOptions;

/** A terminal that is closed hangs up. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const exitCode = { done: 0, failed: 1, usage: 2 } as const;

/** Runs one command line. Returns the exit code: 0 done, 1 could not, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const text = await overallHelp();
    (name === undefined ? process.stderr : process.stdout).write(text);
    return name === undefined ? exitCode.usage : exitCode.done;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version}\n`);
    return exitCode.done;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    return complain(
      `There is no command ${formatQuoted(name)}. Commands: ${Object.keys(commands).join(', ')}.`,
      exitCode.usage,
    );
  }
  const debug = rest.includes('--debug');
  const controller = new AbortController();
  const interrupt = () => controller.abort(new DOMException('Stopped.', 'AbortError'));
  for (const signal of endingSignals) process.once(signal, interrupt);
  if (!process.stdout.listeners('error').includes(leave)) process.stdout.once('error', leave);
  const terminal = createTerminal();
  try {
    const command = await load();
    const invocation = readArguments(command, rest);
    if (invocation.values.help === true) {
      process.stdout.write(command.help);
      return exitCode.done;
    }
    removeAbandonedTemporaries();
    await runRead(command, invocation, { terminal, signal: controller.signal });
    return exitCode.done;
  } catch (error) {
    terminal.progress('');
    if (debug) process.stderr.write(`${inspect(error)}\n`);
    if (error instanceof UsageError || error instanceof RequestError) {
      return complain(`${error.message} See: pareto ${name} --help`, exitCode.usage);
    }
    return complain(describeError(error, debug), isUsage(error) ? exitCode.usage : exitCode.failed);
  } finally {
    for (const signal of endingSignals) process.removeListener(signal, interrupt);
  }
}

type Given = Omit<Invocation, 'inputs' | 'terminal' | 'signal' | 'runCommand' | 'folders' | 'computed' | 'ggufs'>;

async function runRead(
  command: Command,
  given: Given,
  { terminal, signal }: Pick<Invocation, 'terminal' | 'signal'>,
): Promise<void> {
  const invocation = openModelFolders(command, { ...given, terminal });
  const inputs = new InputFiles();
  inputs.add([...invocation.positionals, ...inputOptions.flatMap((option) => listOption(invocation, option))]);
  const runCommand: Invocation['runCommand'] = async ([name = '', ...rest], within = {}) => {
    const nested = await commands[name]!();
    let printed = '';
    const kept = { ...terminal, print: (text: string) => void (printed += text), ...within.terminal };
    await runRead(nested, readArguments(nested, rest), { terminal: kept, signal: within.signal ?? signal });
    return printed;
  };
  const whole = { ...invocation, computed: new Map(), ggufs: new Map(), inputs, signal, runCommand };
  await withGgufModels(command, whole, (converted) => command.run(converted));
}

/** Without a word if the reader of the output has closed it (`| head`). */
function leave(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCode.done);
  process.stderr.write(`The output cannot be written: ${whyNot(error)}.\n`);
  process.exit(exitCode.failed);
}

function readArguments(command: Command, argv: readonly string[]): Given {
  try {
    const { positionals, values, tokens } = parseArgs({
      args: joinNegativeNumbers(command, argv),
      allowPositionals: true,
      tokens: true,
      options: {
        ...command.options,
        ...commonOptions,
      },
    });
    refuseRepeated(command, tokens);
    refuseEmpty(positionals, tokens);
    return {
      positionals,
      values: values as Invocation['values'],
      tokens: tokens.filter((token) => token.kind !== 'option-terminator') as ArgumentToken[],
      json: values.json === true,
      followLinks: values['follow-links'] === true,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(firstSentence((error as Error).message));
  }
}

/** `--limit -1` is a value that the option refuses in its own words; the parser takes it for an option that is missing. */
function joinNegativeNumbers({ options }: Command, argv: readonly string[]): string[] {
  const takesNumber = (word = '', next = ''): boolean =>
    word.startsWith('--') && options[word.slice(2)]?.type === 'string' && /^-\d/.test(next);
  return argv.flatMap((word, index) => {
    if (takesNumber(word, argv[index + 1])) return `${word}=${argv[index + 1]}`;
    return takesNumber(argv[index - 1], word) ? [] : word;
  });
}

type ParsedToken = { readonly kind: string; readonly name?: string; readonly value?: string };

/** The last of two values would win without a word. */
function refuseRepeated({ options }: Command, tokens: readonly ParsedToken[]): void {
  const single = tokens.flatMap(({ name = '' }) => {
    const spec = options[name];
    return spec?.type === 'string' && spec.multiple !== true ? [name] : [];
  });
  const repeated = single.find((name, index) => single.indexOf(name) !== index);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given twice.`);
}

/** Refuses empty arguments, which a script leaves if a variable was never set. */
function refuseEmpty(positionals: readonly string[], tokens: readonly ParsedToken[]): void {
  if (positionals.includes('')) throw new UsageError('An argument is empty.');
  const empty = tokens.find(({ kind, value }) => kind === 'option' && value === '');
  if (empty) throw new UsageError(`--${empty.name ?? ''} is empty.`);
}

/** Options, recipes, mappings and lists of classes that are written wrongly are a matter of usage, also when the engine finds it. */
function isUsage(error: unknown): boolean {
  return (
    isParetoError(error) && /^((options|recipe)\/|(mapping|classes)\/invalid$|serving\/arrivals$)/.test(error.code)
  );
}

function complain(sentence: string, code: number): number {
  // One line, whatever the names in it hold.
  process.stderr.write(`${withoutControls(sentence).replaceAll('\n', ' ')}\n`);
  return code;
}

function firstSentence(message: string): string {
  return endSentence(message.split(/(?<=\.)\s|\n/)[0] ?? message);
}

/** Every command, in the order of `--help`. */
export function allCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}

async function overallHelp(): Promise<string> {
  const loaded = await allCommands();
  const width = Math.max(...loaded.map((command) => command.name.length));
  return `Pareto makes ONNX models smaller and faster, and measures the loss.

Usage: pareto <command> …

${loaded.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`).join('\n')}

A model is an ONNX file, a folder with one, or a GGUF file of the architectures llama and qwen2.

Options of every command: --json (one JSON document on stdout), --follow-links (allows model data that is a link out of
the model's folder), --debug, and --help (options and an example). pareto --version prints the version.

Example:
  pareto optimize model.onnx -o smaller.onnx --pass quantize-dynamic --set perChannel=true
`;
}
