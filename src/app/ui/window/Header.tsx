/** The 48 px on top: what is open, where one can go, what can be taken back, what the device offers. */
import { ActionIcon, UnstyledButton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useStore } from 'zustand';
import { formatBytes, formatExactBytes } from '../../../engine/format';
import { commandHint } from '../../commands/command-hint';
import { commandById } from '../../commands/command-registry';
import { goTo, hashOfScreen } from '../../state/workspace/navigation';
import { screens, type Screen } from '../../state/window/screens';
import { studioViewStore } from '../../state/window/studio-view';
import { originalBytes } from '../../state/workspace/selectors';
import { useApp, useWorkspace } from '../../state/workspace/use-stores';
import { MoonIcon, OfflineIcon, RedoIcon, SearchIcon, SunIcon, UndoIcon } from '../components/icons';
import classes from './Header.module.css';

const CapabilityChips = lazy(() =>
  import('../components/CapabilityChips').then((module) => ({ default: module.CapabilityChips })),
);

export function Header() {
  const hasModel = useWorkspace((state) => state.original !== null);
  const screen = useApp((state) => state.screen);
  const isGraphWhole = useStore(studioViewStore, (state) => state.isGraphWhole);
  if (isGraphWhole && hasModel && screen === 'studio') return null;
  return (
    <header className={classes.header} data-with-model={hasModel}>
      <Identity />
      {hasModel ? <Navigation current={screen} /> : null}
      <div className={classes.tools}>
        {hasModel ? <HistoryButtons /> : null}
        <CommandIcon id="open-palette">
          <SearchIcon />
        </CommandIcon>
        {screen === 'start' ? null : (
          <div className={classes.chips}>
            <Suspense fallback={null}>
              <CapabilityChips />
            </Suspense>
          </div>
        )}
        <OfflineMark />
        <ThemeButton />
      </div>
    </header>
  );
}

function Identity() {
  const original = useWorkspace((state) => state.original);
  const open = commandById('open-model');
  return (
    <div className={classes.identity}>
      <a className={classes.brand} href="#start" onClick={followLink('start')}>
        Pareto
      </a>
      {original === null ? null : (
        <UnstyledButton
          className={classes.model}
          onClick={open.perform}
          title={`${original.inspection.file.name}: open another model`}
        >
          <span className={classes.modelName}>{original.inspection.file.name}</span>
          <span className={classes.modelSize} title={formatExactBytes(originalBytes(original))}>
            {formatBytes(originalBytes(original))}
          </span>
        </UnstyledButton>
      )}
    </div>
  );
}

/** Real links, so that they open in a new tab too; a plain click stays in the page. */
function followLink(screen: Screen): (event: React.MouseEvent) => void {
  return (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    goTo(screen);
  };
}

function Navigation({ current }: { readonly current: Screen }) {
  return (
    <nav className={classes.navigation} aria-label="Screens">
      {screens.map(({ id, label }) =>
        label === undefined ? null : (
          <a
            key={id}
            href={hashOfScreen(id)}
            onClick={followLink(id)}
            aria-current={id === current ? 'page' : undefined}
          >
            {label}
          </a>
        ),
      )}
    </nav>
  );
}

function HistoryButtons() {
  const undoable = useWorkspace((state) => state.past.at(-1)?.label ?? null);
  const redoable = useWorkspace((state) => state.future.at(-1)?.label ?? null);
  return (
    <>
      <CommandIcon id="undo" disabled={undoable === null} detail={undoable}>
        <UndoIcon />
      </CommandIcon>
      <CommandIcon id="redo" disabled={redoable === null} detail={redoable}>
        <RedoIcon />
      </CommandIcon>
    </>
  );
}

function ThemeButton() {
  return (
    <CommandIcon id="toggle-theme">
      <span className={classes.sun}>
        <SunIcon />
      </span>
      <span className={classes.moon}>
        <MoonIcon />
      </span>
    </CommandIcon>
  );
}

interface CommandIconProps {
  readonly id: string;
  readonly children: React.ReactNode;
  readonly disabled?: boolean;
  /** The exact object of the command. */
  readonly detail?: string | null;
}

function CommandIcon({ id, children, disabled = false, detail = null }: CommandIconProps) {
  const command = commandById(id);
  const { label } = command;
  const name = detail === null ? label : `${label}: ${detail.charAt(0).toLowerCase()}${detail.slice(1)}`;
  return (
    <ActionIcon
      variant="subtle"
      color="ink"
      size={32}
      aria-label={name}
      {...commandHint(command, name)}
      disabled={disabled}
      onClick={command.perform}
    >
      {children}
    </ActionIcon>
  );
}

function OfflineMark() {
  const online = useApp((state) => state.online);
  if (online) return null;
  return (
    <span className={classes.offline} title="You are offline. Everything you used before still works.">
      <OfflineIcon /> Offline
    </span>
  );
}
