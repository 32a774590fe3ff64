/** One thing that a person can ask for. Buttons, shortcuts, the palette and the help are all made from these records. */

export type CommandGroup = 'Model' | 'Recipe' | 'Variants' | 'Data' | 'Measure' | 'Share' | 'Go to' | 'View';

export interface Command {
  readonly id: string;
  /** A verb first, in sentence case: "Run recipe". */
  readonly label: string;
  readonly group: CommandGroup;
  /** Other words that people might search for. */
  readonly keywords: readonly string[];
  /** `Mod+K` (Command on a Mac, Control elsewhere), `Shift+Mod+Z`, `B`, or two keys in a row: `G S`. */
  readonly shortcut?: string;
  /** Works while typing in a field too. Only for shortcuts with Mod. */
  readonly whileTyping?: boolean;
  /** False: the command is not offered now. */
  readonly isAvailable: () => boolean;
  readonly perform: () => void;
}
