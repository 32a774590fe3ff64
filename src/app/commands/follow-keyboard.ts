/** Turns key presses into commands. */
import { isTypingIn } from '../platform/is-typing-in';
import { appStore, confirmPaletteQuery, setPaletteOpen, setPaletteQuery } from '../state/window/app-store';
import type { Command } from './command';
import { isSingleKeyShortcut, matchesStroke, parseShortcut, type KeyboardLike, type KeyStroke } from './shortcut';

/** Time between two keys of a sequence. */
const sequenceMs = 1000;

export interface KeyHandling {
  readonly commands: readonly Command[];
  readonly singleKeys: boolean;
  readonly typing: boolean;
}

interface Candidate {
  readonly command: Command;
  readonly strokes: readonly KeyStroke[];
}

/** Follows sequences over time: feed it every key press; it answers with the command that is meant, if any. */
export function createShortcutMatcher(): (event: KeyboardLike, nowMs: number, handling: KeyHandling) => Command | null {
  let position = 0;
  let candidates: readonly Candidate[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;

  return (event, nowMs, { commands, singleKeys, typing }) => {
    if (nowMs - lastMs > sequenceMs) position = 0;
    lastMs = nowMs;
    const all = (): readonly Candidate[] =>
      commands
        .filter(({ shortcut, whileTyping }) => shortcut !== undefined && (!typing || whileTyping === true))
        .filter(({ shortcut }) => singleKeys || !isSingleKeyShortcut(shortcut ?? ''))
        .map((command) => ({ command, strokes: parseShortcut(command.shortcut ?? '') }));
    const at = (pool: readonly Candidate[], index: number): readonly Candidate[] =>
      pool.filter(({ strokes }) => strokes[index] !== undefined && matchesStroke(event, strokes[index]));
    let found = position > 0 ? at(candidates, position) : [];
    if (found.length === 0) {
      position = 0;
      found = at(all(), 0);
    }
    const done = found.find(({ strokes }) => strokes.length === position + 1);
    if (done !== undefined || found.length === 0) {
      position = 0;
      return done?.command ?? null;
    }
    candidates = found;
    position += 1;
    return null;
  };
}

type TypedKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'target'>;

/**
 * Takes keys that come after the palette was called and before its field has the focus: it loads first, then it opens. True for a key
 * that the palette uses. There it keeps its meaning in the text field, and does nothing else.
 */
export function typeIntoPalette({ key, ctrlKey, metaKey, altKey, target }: TypedKey): boolean {
  const { paletteOpen, paletteQuery } = appStore.getState();
  if (!paletteOpen || ctrlKey || metaKey || altKey || isInDialog(target)) return false;
  if (key === 'Escape') setPaletteOpen(false);
  else if (key === 'Enter') confirmPaletteQuery();
  else if (key === 'Backspace') setPaletteQuery(paletteQuery.slice(0, -1));
  else if (key.length === 1) setPaletteQuery(paletteQuery + key);
  else return false;
  return true;
}

function isInDialog(target: EventTarget | null): boolean {
  return target !== null && target instanceof Element && target.closest('[role="dialog"]') !== null;
}

/** Listens on the window. Returns the way to stop. */
export function followKeyboard(commands: readonly Command[], singleKeysAllowed: () => boolean): () => void {
  const match = createShortcutMatcher();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
    if (typeIntoPalette(event)) {
      event.preventDefault();
      return;
    }
    const handling = { commands, singleKeys: singleKeysAllowed(), typing: isTypingIn(event.target) };
    const command = match(event, event.timeStamp, handling);
    if (command === null || !command.isAvailable()) return;
    event.preventDefault();
    command.perform();
  };
  window.addEventListener('keydown', onKeyDown);
  return () => window.removeEventListener('keydown', onKeyDown);
}
