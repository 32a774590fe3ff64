import { isMac } from '../platform/is-mac';
import type { Command } from './command';
import { ariaShortcut, shortcutText } from './shortcut';

/** The shortcut of a command for its control: in the tooltip after `name`, and for assistive technology. */
export function commandHint(
  { shortcut }: Command,
  name: string,
): { readonly title: string; readonly 'aria-keyshortcuts': string | undefined } {
  if (shortcut === undefined) return { title: name, 'aria-keyshortcuts': undefined };
  return {
    title: `${name} (${shortcutText(shortcut, isMac())})`,
    'aria-keyshortcuts': ariaShortcut(shortcut, isMac()),
  };
}
