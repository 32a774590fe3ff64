/** Shortcuts as text: parsed, compared, matched against keys and shown the way the platform writes them. */

export interface KeyStroke {
  readonly key: string;
  readonly mod: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
}

export type KeyboardLike = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

const modifiers = new Set(['mod', 'shift', 'alt']);

function parseStroke(text: string): KeyStroke {
  // The plus key itself is written `Mod++`.
  const parts = text.endsWith('++') ? [...text.slice(0, -2).split('+'), '+'] : text.split('+');
  const key = parts.at(-1)?.toLowerCase() ?? '';
  const names = parts.slice(0, -1).map((part) => part.toLowerCase());
  const unknown = names.find((name) => !modifiers.has(name));
  if (key === '' || unknown !== undefined) throw new Error(`“${text}” is not a shortcut.`);
  return { key, mod: names.includes('mod'), shift: names.includes('shift'), alt: names.includes('alt') };
}

/** The strokes of a shortcut: one, or several pressed in a row. */
export function parseShortcut(shortcut: string): readonly KeyStroke[] {
  return shortcut.split(' ').map(parseStroke);
}

/** Characters such as `?` need Shift on some keyboards and not on others: the character counts, not the way to it. */
function needsNoShiftCheck(key: string): boolean {
  return key.length === 1 && key.toLowerCase() === key.toUpperCase();
}

export function matchesStroke(event: KeyboardLike, stroke: KeyStroke): boolean {
  if (event.key.toLowerCase() !== stroke.key) return false;
  if ((event.ctrlKey || event.metaKey) !== stroke.mod || event.altKey !== stroke.alt) return false;
  return needsNoShiftCheck(stroke.key) || event.shiftKey === stroke.shift;
}

/** True for shortcuts that are plain characters: the ones that a person may switch off. */
export function isSingleKeyShortcut(shortcut: string): boolean {
  return parseShortcut(shortcut).every((stroke) => !stroke.mod && !stroke.alt && stroke.key.length === 1);
}

const macNames: Readonly<Record<string, string>> = {
  mod: '⌘',
  shift: '⇧',
  alt: '⌥',
  enter: '↩',
  escape: 'Esc',
  backspace: '⌫',
};
const otherNames: Readonly<Record<string, string>> = {
  mod: 'Ctrl',
  shift: 'Shift',
  alt: 'Alt',
  enter: 'Enter',
  escape: 'Esc',
  backspace: 'Backspace',
};

/** The keys to draw, stroke by stroke: `[['⌘', 'K']]`, `[['G'], ['S']]`. */
export function shortcutKeys(shortcut: string, isMac: boolean): readonly (readonly string[])[] {
  const names = isMac ? macNames : otherNames;
  return parseShortcut(shortcut).map((stroke) => [
    ...(stroke.shift ? [names['shift'] ?? ''] : []),
    ...(stroke.alt ? [names['alt'] ?? ''] : []),
    ...(stroke.mod ? [names['mod'] ?? ''] : []),
    names[stroke.key] ?? stroke.key.toUpperCase(),
  ]);
}

export function shortcutText(shortcut: string, isMac: boolean): string {
  const joint = isMac ? '' : '+';
  return shortcutKeys(shortcut, isMac)
    .map((keys) => keys.join(joint))
    .join(' then ');
}

/** Returns the value of `aria-keyshortcuts`, which permits single strokes only. */
export function ariaShortcut(shortcut: string, isMac: boolean): string | undefined {
  const [stroke, ...more] = parseShortcut(shortcut);
  if (stroke === undefined || more.length > 0) return undefined;
  const names = [stroke.shift && 'Shift', stroke.alt && 'Alt', stroke.mod && (isMac ? 'Meta' : 'Control')];
  const key = stroke.key.length === 1 ? stroke.key.toUpperCase() : stroke.key[0]?.toUpperCase() + stroke.key.slice(1);
  return [...names.filter(Boolean), key].join('+');
}
