/** The window: theme, header, the screen in view, and everything that may lie over it. */
import { MantineProvider } from '@mantine/core';
import { useColorScheme } from '@mantine/hooks';
import { useApp } from '../../state/workspace/use-stores';
import { resolveVariables, theme } from '../theme/theme';
import classes from './App.module.css';
import { DropArea } from './DropArea';
import { Header } from './Header';
import { LiveRegion } from './LiveRegion';
import { Notices } from './Notices';
import { Overlays } from './Overlays';
import { Screens } from './Screens';
import { useDocumentTitle } from './use-document-title';

export function App() {
  const chosen = useApp((state) => state.theme);
  const system = useColorScheme('light', { getInitialValueInEffect: false });
  const scheme = chosen === 'auto' ? system : chosen;
  useDocumentTitle();
  return (
    <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} forceColorScheme={scheme}>
      <DropArea>
        <a className={classes.skip} href="#main" onClick={focusMain}>
          Skip to content
        </a>
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

/** The address holds the screen, so the link may not change it. */
function focusMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
