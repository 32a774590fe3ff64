import { beforeEach, describe, expect, it } from 'vitest';
import { appStore, setPaletteOpen } from '../state/window/app-store';
import { typeIntoPalette } from './follow-keyboard';

const press = (key: string, modifiers: { readonly ctrlKey?: boolean } = {}): boolean =>
  typeIntoPalette({ key, ctrlKey: false, metaKey: false, altKey: false, target: null, ...modifiers });
const state = () => appStore.getState();

describe('keys that come before the palette has the focus', () => {
  beforeEach(() => setPaletteOpen(false));

  it('are kept for its field, in their order', () => {
    setPaletteOpen(true);
    expect(['e', 'x', 'q', 'Backspace', ' ', 'p'].map((key) => press(key))).toEqual(Array(6).fill(true));
    expect(state().paletteQuery).toBe('ex p');
    // Called once more, it is still the same.
    setPaletteOpen(true);
    expect(state().paletteQuery).toBe('ex p');
    setPaletteOpen(false);
    setPaletteOpen(true);
    expect(state().paletteQuery).toBe('');
  });

  it('confirm the typed query or close the palette', () => {
    setPaletteOpen(true);
    press('Enter');
    expect(state().paletteConfirmed).toBe(false);
    press('e');
    press('Enter');
    expect(state().paletteConfirmed).toBe(true);
    expect(press('Escape')).toBe(true);
    expect(state()).toMatchObject({ paletteOpen: false, paletteQuery: '', paletteConfirmed: false });
  });

  it('are ignored with a modifier, without text, and without a palette', () => {
    expect(press('e')).toBe(false);
    setPaletteOpen(true);
    expect([press('z', { ctrlKey: true }), press('Tab'), press('ArrowDown')]).toEqual([false, false, false]);
    expect(state().paletteQuery).toBe('');
  });
});
