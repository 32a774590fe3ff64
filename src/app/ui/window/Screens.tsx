/** The screen in view. Each one is loaded when it is first shown. */
import { Button } from '@mantine/core';
import { lazy, Suspense, useEffect, useRef, type ComponentType } from 'react';
import type { Screen } from '../../state/window/screens';
import { useApp } from '../../state/workspace/use-stores';
import { Banner } from '../components/Banner';
import { StartScreen } from '../features/start/StartScreen';
import { ErrorBoundary } from './ErrorBoundary';
import classes from './window.module.css';

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

export function Screens() {
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
