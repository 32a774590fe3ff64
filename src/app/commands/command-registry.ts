/** Every command of the application. Conflicting shortcuts are refused by command-registry.test.ts. */
import type { Command, CommandGroup } from './command';
import { dataCommands, measureCommands } from './measure-commands';
import { modelCommands, recipeCommands, shareCommands, variantCommands } from './model-commands';
import { navigationCommands, viewCommands } from './view-commands';

export const commands: readonly Command[] = [
  ...modelCommands,
  ...recipeCommands,
  ...variantCommands,
  ...dataCommands,
  ...measureCommands,
  ...shareCommands,
  ...navigationCommands,
  ...viewCommands,
];

/** Throws for an id that no command has: a button for nothing is a mistake in the code. */
export function commandById(id: string): Command {
  const command = commands.find((candidate) => candidate.id === id);
  if (command === undefined) throw new Error(`There is no command “${id}”.`);
  return command;
}

/** Commands under the names of their groups, in the order of the registry. */
export function groupCommands(chosen: readonly Command[]): readonly (readonly [CommandGroup, readonly Command[]])[] {
  const groups = [...new Set(chosen.map((command) => command.group))];
  return groups.map((group) => [group, chosen.filter((command) => command.group === group)]);
}
