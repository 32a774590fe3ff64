/** The screen in view. Each one is loaded when it is first shown. */
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useApp } from '../../state/workspace/use-stores';
import { StartScreen } from '../features/start/StartScreen';
import classes from './Screens.module.css';

const StudioScreen = lazy(() => import('./StudioWithViews').then((module) => ({ default: module.StudioWithViews })));
const DataScreen = lazy(() => import('../features/data/DataScreen').then((module) => ({ default: module.DataScreen })));
const BenchmarkScreen = lazy(() =>
  import('../features/benchmark/BenchmarkScreen').then((module) => ({ default: module.BenchmarkScreen })),
);
const ReportScreen = lazy(() =>
  import('../features/report/ReportScreen').then((module) => ({ default: module.ReportScreen })),
);

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

export function Screens() {
  const screen = useApp((state) => state.screen);
  const restoring = useApp((state) => state.restoring);
  useFocusOnChange(screen);
  if (restoring) return <p className={classes.wait}>Bringing your work back…</p>;
  return (
    <Suspense fallback={<p className={classes.wait}>Loading…</p>}>
      {screen === 'start' ? <StartScreen /> : null}
      {screen === 'studio' ? <StudioScreen /> : null}
      {screen === 'data' ? <DataScreen /> : null}
      {screen === 'benchmark' ? <BenchmarkScreen /> : null}
      {screen === 'report' ? <ReportScreen /> : null}
    </Suspense>
  );
}
