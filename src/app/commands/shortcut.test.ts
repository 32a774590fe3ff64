import { describe, expect, it } from 'vitest';
import type { Command } from './command';
import { createShortcutMatcher } from './follow-keyboard';
import { ariaShortcut, isSingleKeyShortcut, parseShortcut, shortcutText, type KeyboardLike } from './shortcut';

function press(key: string, modifiers: Partial<KeyboardLike> = {}): KeyboardLike {
  return { key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...modifiers };
}

function command(id: string, shortcut: string, whileTyping = false): Command {
  return {
    id,
    label: id,
    group: 'View',
    keywords: [],
    shortcut,
    whileTyping,
    isAvailable: () => true,
    perform: () => undefined,
  };
}

const commands = [
  command('undo', 'Mod+Z'),
  command('redo', 'Shift+Mod+Z'),
  command('studio', 'G S'),
  command('help', '?'),
  command('palette', 'Mod+K', true),
];

describe('shortcuts', () => {
  it('are written as the platform writes them', () => {
    expect(shortcutText('Shift+Mod+Z', true)).toBe('⇧⌘Z');
    expect(shortcutText('Shift+Mod+Z', false)).toBe('Shift+Ctrl+Z');
    expect(shortcutText('G S', false)).toBe('G then S');
    expect(ariaShortcut('Mod+K', false)).toBe('Control+K');
    expect(ariaShortcut('G S', false)).toBeUndefined();
  });

  it('refuse an invalid shortcut', () => {
    expect(() => parseShortcut('Hyper+K')).toThrow('Hyper+K');
    expect(() => parseShortcut('Mod+')).toThrow('Mod+');
  });

  it('know which ones are single keys', () => {
    expect(isSingleKeyShortcut('G S')).toBe(true);
    expect(isSingleKeyShortcut('?')).toBe(true);
    expect(isSingleKeyShortcut('Mod+K')).toBe(false);
  });
});

describe('following the keyboard', () => {
  const handling = { commands, singleKeys: true, typing: false };

  it('finds single strokes with Control and with Command, and minds Shift', () => {
    const match = createShortcutMatcher();
    expect(match(press('z', { ctrlKey: true }), 0, handling)?.id).toBe('undo');
    expect(match(press('z', { metaKey: true }), 1, handling)?.id).toBe('undo');
    expect(match(press('Z', { ctrlKey: true, shiftKey: true }), 2, handling)?.id).toBe('redo');
    expect(match(press('z'), 3, handling)).toBeNull();
    expect(match(press('?', { shiftKey: true }), 4, handling)?.id).toBe('help');
  });

  it('follows two keys in a row, within a second', () => {
    const match = createShortcutMatcher();
    expect(match(press('g'), 0, handling)).toBeNull();
    expect(match(press('s'), 500, handling)?.id).toBe('studio');
    expect(match(press('g'), 1000, handling)).toBeNull();
    expect(match(press('s'), 2500, handling)).toBeNull();
  });

  it('starts anew with a key that continues nothing', () => {
    const match = createShortcutMatcher();
    match(press('g'), 0, handling);
    expect(match(press('?', { shiftKey: true }), 100, handling)?.id).toBe('help');
  });

  it('leaves typing alone, except for the commands that say otherwise', () => {
    const match = createShortcutMatcher();
    const typing = { ...handling, typing: true };
    expect(match(press('?'), 0, typing)).toBeNull();
    expect(match(press('z', { ctrlKey: true }), 1, typing)).toBeNull();
    expect(match(press('k', { ctrlKey: true }), 2, typing)?.id).toBe('palette');
  });

  it('ignores single keys when the person has switched them off', () => {
    const match = createShortcutMatcher();
    const without = { ...handling, singleKeys: false };
    expect(match(press('?'), 0, without)).toBeNull();
    expect(match(press('z', { ctrlKey: true }), 1, without)?.id).toBe('undo');
  });
});
