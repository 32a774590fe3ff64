/** The window: theme, header, the screen in view, and everything that may lie over it. */
import { ActionIcon, Button, MantineProvider, TextInput } from '@mantine/core';
import { useColorScheme } from '@mantine/hooks';
import { Component, type ComponentType, lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { currentJob, jobTitle, shareDone } from '../../state/jobs/job-store';
import { studioViewStore } from '../../state/window/studio-view';
import { screenByName } from '../../state/window/screens';
import { useApp, useJob, useWorkspace } from '../../state/workspace/use-stores';
import { resolveVariables, theme } from '../theme/theme';
import classes from './window.module.css';
import { DropArea } from './DropArea';
import { Header } from './Header';
import { dismissNotice, type Notice, notify } from '../../state/window/app-store';
import type { Screen } from '../../state/window/screens';
import { Banner } from '../components/Banner';
import { StartScreen } from '../features/start/StartScreen';
import { undo } from '../../state/workspace/history';
import { CloseIcon, WarningIcon } from '../components/icons';

/** Sentences above the actions: what can be done next stands at the head of a screen, and in its last row. They go by themselves, though not while being read or used. */
const shownMs = { info: 6_000, problem: 20_000 } as const;

function Notices() {
  const notices = useApp((state) => state.notices);
  return notices.length === 0 ? null : <NoticeStack notices={notices} />;
}

function NoticeStack({ notices }: { readonly notices: readonly Notice[] }) {
  const stack = useRef<HTMLElement>(null);
  // Screens leave this room free under their content, so that no notice covers the end of a table.
  useEffect(() => {
    const { style } = document.documentElement;
    const element = stack.current!;
    const observer = new ResizeObserver(() => style.setProperty('--notices-height', `${element.offsetHeight + 8}px`));
    observer.observe(element);
    return () => {
      observer.disconnect();
      style.removeProperty('--notices-height');
    };
  }, []);
  return (
    <section ref={stack} className={classes.stack} aria-label="Notices">
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { id, kind, text, toCopy } = notice;
  // Undo takes back the last change: once there is a later one, this offer would be for something else.
  const depth = useWorkspace((state) => state.past.length);
  const [offeredAt] = useState(depth);
  const undoable = notice.undoable === true && depth === offeredAt && depth > 0;
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld || toCopy !== undefined) return;
    const timer = setTimeout(() => dismissNotice(id), shownMs[kind]);
    return () => clearTimeout(timer);
  }, [id, kind, isHeld, toCopy]);
  return (
    <div
      className={classes.notice}
      data-kind={kind}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {kind === 'problem' ? (
        <span className={classes.icon}>
          <WarningIcon />
        </span>
      ) : null}
      <p className={classes.text}>{text}</p>
      {undoable ? (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            undo();
            dismissNotice(id);
          }}
        >
          Undo
        </Button>
      ) : null}
      {toCopy === undefined ? null : (
        <TextInput
          className={classes.toCopy}
          aria-label="Link to copy"
          value={toCopy}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
      <ActionIcon variant="subtle" color="ink" aria-label="Dismiss" onClick={() => dismissNotice(id)}>
        <CloseIcon />
      </ActionIcon>
    </div>
  );
}

/** Replaces only the part that could not be loaded or shown, so that the rest of the window keeps working. */
interface ErrorBoundaryProps {
  readonly children: ReactNode;
  readonly fallback: ReactNode;
  readonly onError?: () => void;
}

class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { readonly hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidCatch(): void {
    this.props.onError?.();
  }

  override render(): ReactNode {
    return this.state.hasFailed ? this.props.fallback : this.props.children;
  }
}

/** The screen in view. Each one is loaded when it is first shown. */
const components: Readonly<Record<Screen, ComponentType>> = {
  start: StartScreen,
  studio: lazy(() => import('./StudioWithViews').then((module) => ({ default: module.StudioWithViews }))),
  data: lazy(() => import('../features/data/DataScreen').then((module) => ({ default: module.DataScreen }))),
  benchmark: lazy(() =>
    import('../features/benchmark/BenchmarkScreen').then((module) => ({ default: module.BenchmarkScreen })),
  ),
  serving: lazy(() =>
    import('../features/serving/ServingScreen').then((module) => ({ default: module.ServingScreen })),
  ),
  report: lazy(() => import('../features/report/ReportScreen').then((module) => ({ default: module.ReportScreen }))),
};

/** Moves the focus to the screen that was just opened, so that keyboard and screen reader go on from there. */
function useFocusOnChange(screen: string): void {
  const previous = useRef(screen);
  useEffect(() => {
    if (previous.current === screen) return;
    previous.current = screen;
    document.getElementById('main')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [screen]);
}

function FailedScreen() {
  return (
    <div className={classes.failed}>
      <Banner
        kind="problem"
        actions={
          <Button variant="default" onClick={() => window.location.reload()}>
            Reload
          </Button>
        }
      >
        This screen could not be shown. Reload the page; your work is kept.
      </Banner>
    </div>
  );
}

function Screens() {
  const screen = useApp((state) => state.screen);
  const restoring = useApp((state) => state.restoring);
  useFocusOnChange(screen);
  const Shown = components[screen];
  if (restoring) return <p className={classes.wait}>Restoring your work…</p>;
  return (
    <ErrorBoundary key={screen} fallback={<FailedScreen />}>
      <Suspense fallback={<p className={classes.wait}>Loading…</p>}>
        <Shown />
      </Suspense>
    </ErrorBoundary>
  );
}

/** Palette, help and questions. Each loads when it is first opened, and stays loaded for its closing motion. */
const CommandPalette = lazy(() => import('./CommandPalette').then((module) => ({ default: module.CommandPalette })));
const ShortcutHelp = lazy(() => import('./ShortcutHelp').then((module) => ({ default: module.ShortcutHelp })));
const BundleDialog = lazy(() => import('./BundleDialog').then((module) => ({ default: module.BundleDialog })));
const QuestionDialog = lazy(() => import('./QuestionDialog').then((module) => ({ default: module.QuestionDialog })));

function announceMissing(): void {
  notify('This part could not be loaded. Reload the page; your work is kept.', { kind: 'problem' });
}

function Overlays() {
  const paletteOpen = useApp((state) => state.paletteOpen);
  const helpOpen = useApp((state) => state.helpOpen);
  const bundleOpen = useApp((state) => state.bundleOpen);
  const asking = useApp((state) => state.question !== null);
  return (
    <ErrorBoundary fallback={null} onError={announceMissing}>
      <Suspense fallback={null}>
        {paletteOpen ? <CommandPalette /> : null}
        {helpOpen ? <ShortcutHelp /> : null}
        {bundleOpen ? <BundleDialog /> : null}
        {asking ? <QuestionDialog /> : null}
      </Suspense>
    </ErrorBoundary>
  );
}

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
