/** Every command that is possible now, found by name or by another word for it. */
import { Spotlight, spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { useEffect, useRef } from 'react';
import type { Command } from '../../commands/command';
import { commands, groupCommands } from '../../commands/command-registry';
import { appStore, setPaletteOpen, setPaletteQuery } from '../../state/window/app-store';
import { useApp } from '../../state/workspace/use-stores';
import { SearchIcon } from '../components/icons';
import { ShortcutKeys } from '../components/ShortcutKeys';
import classes from './CommandPalette.module.css';

/** A palette that offers itself would be a joke. */
function offered(): readonly Command[] {
  return commands.filter((command) => command.id !== 'open-palette' && command.isAvailable());
}

function groupedActions() {
  return groupCommands(offered()).map(([group, members]) => ({
    group,
    actions: members.map((command) => ({
      id: command.id,
      label: command.label,
      keywords: [...command.keywords],
      onClick: command.perform,
      rightSection: command.shortcut ? <ShortcutKeys shortcut={command.shortcut} /> : undefined,
    })),
  }));
}

/** Goes on from what was typed before the field had the focus: the first that is found is chosen, and meant after Enter. */
function takeOver(field: HTMLInputElement): void {
  const { paletteQuery, paletteConfirmed } = appStore.getState();
  if (paletteQuery === '') return;
  for (const code of paletteConfirmed ? ['ArrowDown', 'Enter'] : ['ArrowDown']) {
    field.dispatchEvent(new KeyboardEvent('keydown', { key: code, code, bubbles: true, cancelable: true }));
  }
}

export function CommandPalette() {
  const query = useApp((state) => state.paletteQuery);
  const hasFocused = useRef(false);
  useEffect(() => {
    spotlight.open();
  }, []);
  return (
    <Spotlight
      actions={groupedActions()}
      shortcut={null}
      query={query}
      onQueryChange={setPaletteQuery}
      onSpotlightClose={() => setPaletteOpen(false)}
      nothingFound="No command has that name."
      highlightQuery
      scrollable
      maxHeight={420}
      overlayProps={{ blur: 0 }}
      attributes={{ content: { 'aria-label': 'Commands' } }}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      searchProps={{
        leftSection: <SearchIcon />,
        placeholder: 'Find a command',
        'aria-label': 'Find a command',
        onFocus: ({ currentTarget }) => {
          if (!hasFocused.current) takeOver(currentTarget);
          hasFocused.current = true;
        },
      }}
      classNames={{
        content: classes.content,
        action: classes.action,
        actionsGroup: classes.group,
        search: classes.search,
      }}
    />
  );
}
