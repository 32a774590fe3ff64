/** The window: theme, header, the screen in view, and everything that may lie over it. */
import { MantineProvider } from '@mantine/core';
import { useColorScheme } from '@mantine/hooks';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { currentJob, jobTitle, shareDone } from '../../state/jobs/job-store';
import { studioViewStore } from '../../state/window/studio-view';
import { screenByName } from '../../state/window/screens';
import { useApp, useJob, useWorkspace } from '../../state/workspace/use-stores';
import { resolveVariables, theme } from '../theme/theme';
import classes from './window.module.css';
import { DropArea } from './DropArea';
import { Header } from './Header';
import { Notices } from './Notices';
import { Overlays } from './Overlays';
import { Screens } from './Screens';

export function App() {
  const chosen = useApp((state) => state.theme);
  const system = useColorScheme('light', { getInitialValueInEffect: false });
  const scheme = chosen === 'auto' ? system : chosen;
  useDocumentTitle();
  return (
    <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} forceColorScheme={scheme}>
      <DropArea>
        <SkipLinks />
        <Header />
        <main id="main" className={classes.main} tabIndex={-1}>
          <Screens />
        </main>
        <Notices />
        <LiveRegion />
        <Overlays />
      </DropArea>
    </MantineProvider>
  );
}

const ofStudio = [
  { id: 'result', text: 'Skip to the result' },
  { id: 'actions', text: 'Skip to actions' },
  { id: 'recipe', text: 'Skip to the recipe' },
] as const;

/** Links for keyboards, past repeated controls. They are visible while they have the focus. */
function SkipLinks() {
  const isStudio = useApp((state) => state.screen === 'studio');
  const hasModel = useWorkspace((state) => state.original !== null);
  const isWhole = useStore(studioViewStore, (state) => state.isGraphWhole);
  const hasParts = isStudio && hasModel && !isWhole;
  const all = [{ id: 'main', text: 'Skip to content' }, ...(hasParts ? ofStudio : [])];
  return (
    <nav aria-label="Skip links">
      {all.map(({ id, text }) => (
        <a key={id} className={classes.skip} href={`#${id}`} onClick={(event) => skipTo(event, id)}>
          {text}
        </a>
      ))}
    </nav>
  );
}

/** The address holds the screen, so the link may not change it. */
function skipTo(event: React.MouseEvent, id: string): void {
  event.preventDefault();
  document.getElementById(id)?.focus();
}

/** The window's title names the screen. Screen readers read it first, and the history lists it. */
function useDocumentTitle(): void {
  const screen = useApp((state) => state.screen);
  const isLinked = useApp((state) => state.reportLink !== null);
  const model = useWorkspace((state) => state.original?.inspection.file.name ?? null);
  useEffect(() => {
    // The report of a link sets its own title, from its headline.
    if (isLinked) return;
    const parts = [screenByName(screen)?.label, screen === 'start' ? null : model, 'Pareto'];
    document.title = parts.filter(Boolean).join(' · ');
  }, [screen, model, isLinked]);
}

/** Quarters are enough: a screen reader that counts every percent is of no use. */
function spokenProgress(share: number): number {
  return Math.floor(share * 4) * 25;
}

/** Reads out changes that do not move the focus. */
function LiveRegion() {
  const announcement = useApp((state) => state.announcement);
  const progress = useJob((state) => {
    const job = currentJob(state);
    if (job === null) return '';
    return `${jobTitle(job)}: ${spokenProgress(shareDone(job))} percent.`;
  });
  return (
    <>
      <div className="visually-hidden" role="status">
        {announcement}
      </div>
      <div className="visually-hidden" role="status">
        {progress}
      </div>
    </>
  );
}
