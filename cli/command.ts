/** The frame that every command stands in. */
import type { ParseArgsConfig } from 'node:util';
import type { HubFolder } from '../src/engine/deploy/transformersjs/hub-folder';
import type { OpenedGguf } from '../src/engine/gguf/open-gguf';
import { shortenMessage } from '../src/engine/errors';
import { formatQuoted } from '../src/engine/format';
import type { InputFiles } from './files/input-files';

/** Wrong usage: exit code 2. The message says what is wrong; the hint to `--help` is added where it is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(shortenMessage(message));
  }
}

export type CommandOptions = NonNullable<ParseArgsConfig['options']>;

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Printed by `--help`: usage, options, an example. */
  readonly help: string;
  /** Options besides the common ones (`--json`, `--help`, `--debug`), for `node:util` parseArgs. */
  readonly options: CommandOptions;
  /** Its arguments are not models that it reads: folders of bundles, or files that the page opens. */
  readonly takesBundles?: true;
  /** It takes a folder of several models that work together, with or without a `config.json`. */
  readonly takesParts?: true;
  /**
   * True if the command opens models only with `openInput`, and runs no file of them. A GGUF file is then not converted: its weights are
   * computed when they are read.
   */
  readonly computesWeights?: (values: Invocation['values']) => boolean;
  /** True if the command changes no model. Weights of a GGUF file then stay in their blocks where an operator reads them. */
  readonly keepsBlocks?: (values: Invocation['values']) => boolean;
  run(invocation: Invocation): Promise<void>;
}

/** A folder that was given in place of a model. `path` is its place on the disk, and paths of its files start there. */
export interface ModelFolder extends HubFolder {
  readonly path: string;
}

export interface ArgumentToken {
  readonly kind: 'option' | 'positional';
  /** Name and value of an option. */
  readonly name?: string;
  readonly value?: string;
}

/** The arguments of a command. Only the code that reads them into a request knows them. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** Options by their long name. A repeated one is a list. */
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  /** All arguments in the order typed. */
  readonly tokens: readonly ArgumentToken[];
}

/** What a running command works with. */
export interface Shell {
  readonly json: boolean;
  /** Data of a model may be a link out of its folder. */
  readonly followLinks: boolean;
  /** Folders that were given in place of models, by the path of the model that is opened instead. */
  readonly folders: ReadonlyMap<string, ModelFolder>;
  /** Models of GGUF files that are not converted, by the path of the file. */
  readonly computed: ReadonlyMap<string, OpenedGguf>;
  /** Opened GGUF files, by the path of the model that is read instead. */
  readonly ggufs: ReadonlyMap<string, OpenedGguf>;
  /** Files that the command has read, which its outputs refuse to replace. */
  readonly inputs: InputFiles;
  readonly terminal: Terminal;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
  /** Runs another command line within this one and resolves with its printed text. Rejects as that command does. */
  runCommand(argv: readonly string[], within?: Partial<Pick<Shell, 'terminal' | 'signal'>>): Promise<string>;
}

export interface Invocation extends Arguments, Shell {}

export interface Terminal {
  /** The result: one JSON document with `--json`, text otherwise. To stdout. */
  print(text: string): void;
  /** A sentence on stderr that stays, also with `--json`. */
  warn(text: string): void;
  /** A line on stderr that is replaced by the next one; nothing when stderr is no terminal. */
  progress(line: string): void;
}

/** Exactly `count` positional arguments, or a usage error that names what is missing. */
export function requirePositionals({ positionals }: Arguments, names: readonly string[]): readonly string[] {
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
  if (positionals.length > names.length) {
    throw new UsageError(`${formatQuoted(positionals[names.length] ?? '')} is one argument too many.`);
  }
  return positionals;
}

/** The text of an option, or `undefined` when it was not given. */
export function textOption({ values }: Pick<Arguments, 'values'>, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Every text of an option that may be repeated, in the order given. */
export function listOption({ values }: Pick<Arguments, 'values'>, name: string): readonly string[] {
  const given = values[name] ?? [];
  return (Array.isArray(given) ? given : [given]).map(String);
}

/** A whole number that an option gives, within limits. `otherwise` is a word that the caller takes instead. */
export function integerOption(
  given: Pick<Arguments, 'values'>,
  name: string,
  limits: { readonly minimum: number; readonly maximum: number; readonly otherwise?: string },
): number | undefined {
  const text = textOption(given, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < limits.minimum || value > limits.maximum) {
    const word = limits.otherwise === undefined ? '' : `, or ${limits.otherwise}`;
    throw new UsageError(
      `--${name} must be an integer from ${limits.minimum} to ${limits.maximum}${word}, not ${formatQuoted(text)}.`,
    );
  }
  return value;
}

/** The number of an option for a request, which refuses a text that is none. */
export function numberOption(given: Pick<Arguments, 'values'>, name: string): number | undefined {
  const text = textOption(given, name);
  return (text === undefined || text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)) as number;
}

export const isSet = ({ values }: Pick<Arguments, 'values'>, name: string): boolean => values[name] === true;
