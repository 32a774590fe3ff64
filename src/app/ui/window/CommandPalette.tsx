/** Every command that is possible now, and every preset, pass, variant and sample, found by name or by another word for it. */
import { Spotlight, spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { useEffect, useRef, useState } from 'react';
import { choiceCommands } from '../../commands/choice-commands';
import type { Command } from '../../commands/command';
import { commands, groupCommands } from '../../commands/command-registry';
import { listSamples, type Sample } from '../../platform/samples';
import { appStore, setPaletteOpen, setPaletteQuery } from '../../state/window/app-store';
import { useApp } from '../../state/workspace/use-stores';
import dialog from '../components/Dialog.module.css';
import { SearchIcon } from '../components/icons';
import { ShortcutKeys } from '../components/ShortcutKeys';
import classes from './dialogs.module.css';

/** A palette that offers itself would be a joke. */
function offered(samples: readonly Sample[]): readonly Command[] {
  return [...commands, ...choiceCommands(samples)].filter(
    (command) => command.id !== 'open-palette' && command.isAvailable(),
  );
}

function groupedActions(samples: readonly Sample[]) {
  return groupCommands(offered(samples)).map(([group, members]) => ({
    group,
    actions: members.map((command) => ({
      id: command.id,
      label: command.label,
      // “4 bit” finds “4-bit”.
      keywords: [...command.keywords, command.label.replaceAll('-', ' ')],
      onClick: command.perform,
      rightSection: command.shortcut ? <ShortcutKeys shortcut={command.shortcut} /> : undefined,
    })),
  }));
}

/** The list of samples comes from the server. The palette works without it. */
function useListedSamples(): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    listSamples(controller.signal).then(setSamples, () => {});
    return () => controller.abort();
  }, []);
  return samples;
}

/**
 * Continues with the text from before the field had the focus. The first hit is selected, and chosen if Enter was
 * pressed.
 */
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
  const samples = useListedSamples();
  useEffect(() => {
    spotlight.open();
  }, []);
  return (
    <Spotlight
      actions={groupedActions(samples)}
      shortcut={null}
      query={query}
      onQueryChange={setPaletteQuery}
      onSpotlightClose={() => setPaletteOpen(false)}
      nothingFound="No command found."
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
        content: dialog.content,
        action: classes.action,
        actionsGroup: classes.actionsGroup,
        search: classes.search,
      }}
    />
  );
}
