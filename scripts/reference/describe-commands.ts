/** Commands and their options, from what `--help` prints. */
import { dataOptions } from '../../cli/options/data-options.ts';
import { allCommands } from '../../cli/main.ts';
import { code, plain, table } from '../markdown.mjs';

interface HelpEntry {
  /** The option as a user types it: `-o, --output <file>`. */
  readonly option: string;
  readonly text: string;
}

export async function commandList(): Promise<string> {
  return table(
    ['command', 'what it does'],
    (await allCommands()).map(({ name, summary }) => [`[${code(name)}](#${name})`, plain(summary)]),
  );
}

export async function commandSections(): Promise<string> {
  const commands = await allCommands();
  return commands
    .map(({ name, help, options }) => {
      const [, description, usage] = /^([^]*?)\n\n(Usage: [^]*?)\n\n/.exec(help) ?? [];
      const example = /\nExample:\n([^]*)$/.exec(help)?.[1];
      const own = entriesOf(help).filter((entry) => !isDataOption(entry));
      const takesData = Object.keys(dataOptions).every((option) => Object.hasOwn(options, option));
      return [
        `## ${name}`,
        plain(description ?? '').replaceAll(/\s+/g, ' '),
        `\`\`\`text\n${withoutIndent(usage ?? '')}\n\`\`\``,
        own.length === 0 ? '' : optionTable(own),
        takesData ? 'It also takes the [data options](#data-options).' : '',
        example === undefined ? '' : `\`\`\`sh\n${withoutIndent(example)}\n\`\`\``,
      ]
        .filter((part) => part !== '')
        .join('\n\n');
    })
    .join('\n\n');
}

/** They are the same in every command that takes data. */
export async function dataOptionTable(): Promise<string> {
  const { help } = (await allCommands()).find(({ name }) => name === 'evaluate')!;
  return optionTable(entriesOf(help).filter(isDataOption));
}

/** Every option that `--help` of a command explains, by its long name. */
export function explainedOptions(help: string): readonly string[] {
  return entriesOf(help).map(nameOf);
}

function nameOf({ option }: HelpEntry): string {
  return /--([\w-]+)/.exec(option)?.[1] ?? option;
}

function isDataOption(entry: HelpEntry): boolean {
  return Object.hasOwn(dataOptions, nameOf(entry));
}

function optionTable(entries: readonly HelpEntry[]): string {
  return table(
    ['option', 'meaning'],
    entries.map(({ option, text }) => [code(option), text]),
  );
}

/** Between "Options:" and the next empty line: an option at the margin, its text behind two spaces and in further lines. */
function entriesOf(help: string): readonly HelpEntry[] {
  const lines = /\nOptions:\n([^]*?)(?:\n\n|\n*$)/.exec(help)?.[1]?.split('\n') ?? [];
  const entries: { option: string; lines: string[] }[] = [];
  for (const line of lines) {
    const [, option, text] = /^ {2}(-\S.*?)(?: {2,}(\S.*))?\s*$/.exec(line) ?? [];
    if (option === undefined) entries.at(-1)?.lines.push(line.trim());
    else entries.push({ option, lines: text === undefined ? [] : [text] });
  }
  return entries.map((entry) => ({ option: entry.option, text: joinLines(entry.lines) }));
}

/** A line with two columns is an entry of a list; the others go on in a sentence. */
function joinLines(lines: readonly string[]): string {
  return lines
    .map((line, index) => {
      const [, name, text] = /^(\S+) {2,}(\S.*)$/.exec(line) ?? [];
      if (name === undefined || text === undefined) return `${index === 0 ? '' : ' '}${plain(line)}`;
      return `<br>${code(name)}: ${plain(text)}`;
    })
    .join('');
}

function withoutIndent(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => line.replace(/^ {2}/, '')).join('\n');
}
