/** Keys that come after the palette was called and before its field has the focus: it loads first, then it opens. */
import { appStore, confirmPaletteQuery, setPaletteOpen, setPaletteQuery } from '../state/window/app-store';

type TypedKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'target'>;

/** True for a key that the palette uses. There it keeps its meaning in the text field, and does nothing else. */
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
