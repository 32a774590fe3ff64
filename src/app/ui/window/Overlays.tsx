/** Palette, help and questions. Each loads when it is first opened, and stays loaded for its closing motion. */
import { lazy, Suspense } from 'react';
import { notify } from '../../state/window/app-store';
import { useApp } from '../../state/workspace/use-stores';
import { ErrorBoundary } from './ErrorBoundary';

const CommandPalette = lazy(() => import('./CommandPalette').then((module) => ({ default: module.CommandPalette })));
const ShortcutHelp = lazy(() => import('./ShortcutHelp').then((module) => ({ default: module.ShortcutHelp })));
const BundleDialog = lazy(() => import('./BundleDialog').then((module) => ({ default: module.BundleDialog })));
const QuestionDialog = lazy(() => import('./QuestionDialog').then((module) => ({ default: module.QuestionDialog })));

function announceMissing(): void {
  notify('This part could not be loaded. Reload the page; your work is kept.', { kind: 'problem' });
}

export function Overlays() {
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
