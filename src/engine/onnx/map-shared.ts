/** Maps a list; the same array when nothing in it changed. */
export function mapShared<Item>(items: readonly Item[], replace: (item: Item) => Item): readonly Item[] {
  let changed: Item[] | undefined;
  for (const [index, item] of items.entries()) {
    const next = replace(item);
    if (next !== item) (changed ??= [...items])[index] = next;
  }
  return changed ?? items;
}
