/** Checks command lines that documents show: the command, its options, and the names that they take. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Command } from '../../cli/command.ts';
import { allCommands, commonOptions } from '../../cli/main.ts';
import { deployTargets } from '../../src/engine/deploy/make-bundle.ts';
import { madeDtypes } from '../../src/engine/deploy/transformersjs/dtype-recipes.ts';
import { transformersJs } from '../../src/engine/deploy/transformersjs/hub-repository.ts';
import { parseOptionAssignment } from '../../src/engine/passes/options.ts';
import type { Pass } from '../../src/engine/passes/pass.ts';
import { passById } from '../../src/engine/passes/registry.ts';
import { goalIds } from '../../src/engine/search/goals.ts';
import { limitNames, searchObjectives } from '../../src/engine/search/search-goal.ts';
import { mixedTechniques } from '../../src/engine/search/mixed-technique.ts';
import { techniques } from '../../src/engine/search/techniques.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly scripts: Record<string, string> };

/** A sentence; undefined for a command line that is right, and for one of another program. */
export async function problemOfCommandLine(line: string): Promise<string | undefined> {
  const words = (line.replace(/^(\$|-?\s*run:|-) /, '').match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map(unquoted);
  const end = words.findIndex((word) => ['|', '>', '#', '&&', '2>&1'].includes(word));
  const given = end === -1 ? words : words.slice(0, end);
  if (given[0] === 'npm' && given[1] === 'run') {
    const script = given.slice(2).find((word) => !word.startsWith('-'));
    if (script !== undefined && !Object.hasOwn(scripts, script)) return `${line}: no such script`;
  }
  const file = given.find((word) => /^scripts\/[\w-]+\.mjs$/.test(word));
  if (file !== undefined && !existsSync(file)) return `${line}: no such file`;
  const start = paretoArguments(given);
  if (start === undefined) return undefined;
  try {
    await checkArguments(start);
    return undefined;
  } catch (error) {
    return `${line}: ${(error as Error).message}`;
  }
}

function unquoted(word: string): string {
  return word.replace(/^(['"])(.*)\1$/, '$2');
}

/** The words after the name of the program. */
function paretoArguments(words: readonly string[]): readonly string[] | undefined {
  if (words[0] === 'pareto') return words.slice(1);
  if (words[0] === 'node' && words[1]?.endsWith('cli/pareto.mjs')) return words.slice(2);
  const separator = words.indexOf('--');
  return words[0] === 'npm' && words[separator - 1] === 'pareto' ? words.slice(separator + 1) : undefined;
}

/** Throws if something is wrong. A document may leave out arguments, and shorten with an ellipsis. */
async function checkArguments([name, ...rest]: readonly string[]): Promise<void> {
  if (name === undefined || /^[<…-]/.test(name)) return;
  const command = (await allCommands()).find((each) => each.name === name);
  if (command === undefined) throw new Error('no such command');
  const { values, tokens } = parseArgs({
    args: withoutOpenEnd(
      rest.filter((word) => !word.startsWith('…')),
      command,
    ),
    allowPositionals: true,
    tokens: true,
    options: { ...command.options, ...commonOptions },
  });
  const texts = (option: string) => [values[option as keyof typeof values] ?? []].flat().map(String);
  const known = (option: string, names: readonly string[], read = (text: string) => text) => {
    for (const each of texts(option)
      .flatMap((text) => text.split(','))
      .map(read)) {
      if (!names.includes(each) && !each.startsWith('<')) throw new Error(`--${option} does not take ${each}`);
    }
  };
  known(
    'targets',
    [...deployTargets, transformersJs].map(({ id }) => id),
  );
  known('dtypes', madeDtypes);
  if (name === 'optimize') known('goal', goalIds);
  if (name === 'search') {
    known('goal', searchObjectives);
    known(
      'technique',
      [...techniques, ...mixedTechniques].map(({ id }) => id),
    );
    known('limit', limitNames, (text) => text.split('=')[0]!);
  }
  checkPasses(tokens);
}

/** A sentence may name an option that takes a value without one: `pareto bundle --report`. */
function withoutOpenEnd(words: readonly string[], { options }: Command): string[] {
  const isOpen = options[words.at(-1)?.replace(/^--/, '') ?? '']?.type === 'string';
  return isOpen ? words.slice(0, -1) : [...words];
}

function checkPasses(
  tokens: readonly { readonly kind: string; readonly name?: string; readonly value?: string }[],
): void {
  let pass: Pass | undefined;
  for (const { name, value = '' } of tokens) {
    if (name === 'pass') pass = passById(value);
    if (name === 'set' && pass !== undefined) parseOptionAssignment(pass, value);
  }
}
