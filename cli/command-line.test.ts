/** docs/command-line.md names every command and every option, and none that is not there. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Command } from './command';
import { inputOptions } from './input-files';

const folder = new URL('./commands/', import.meta.url);
const rows = readFileSync(new URL('../docs/command-line.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const dataOptions = ['data', 'tokenizer', 'mapping', 'classes', 'output-kind', 'preset'];

async function readCommands(): Promise<readonly Command[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const modules: Record<string, unknown>[] = await Promise.all(
    files.map((name) => import(new URL(name, folder).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module).filter(isCommand));
}

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'help' in value && 'run' in value;
}

describe('the contract of the command line', () => {
  it('names every command with every option, and no other', async () => {
    const commands = await readCommands();
    const written = rows.map(([, name, , options]) => {
      const named = [...options!.matchAll(/`--([a-z-]+)`/g)].map(([, option]) => option!);
      return [name!.replaceAll('`', ''), [...named, ...(options!.includes('_data_') ? dataOptions : [])].toSorted()];
    });
    const real = commands.map(({ name, options }) => [name, Object.keys(options).toSorted()]);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(real));
  });

  it('tells of every option that takes a text whether it names files to read, which outputs refuse to replace', async () => {
    const outputs = ['output', 'trace', 'markdown', 'junit'];
    const values = [
      ...['bits', 'cache', 'dim', 'duration-s', 'ep', 'fail-if', 'goal', 'inputs', 'instances', 'leave-out', 'limit'],
      ...[
        'batch',
        'budget-s',
        'max-batch',
        'max-queue',
        'max-wait-ms',
        'metric',
        'output-kind',
        'pass',
        'preset',
        'samples',
        'seed',
        'set',
      ],
      ...['sweep', 'target-ms', 'targets', 'technique', 'threads', 'timeout-ms'],
    ];
    const commands = await readCommands();
    const named = commands.flatMap(({ options }) =>
      Object.entries(options).flatMap(([name, { type }]) => (type === 'string' ? [name] : [])),
    );
    expect([...new Set(named)].toSorted()).toEqual([...inputOptions, ...outputs, ...values].toSorted());
  });
});
