/** Brings remembered choices in and writes them back when they change. */
import { readSettings, writeSettings } from '../../platform/settings';
import { appStore } from '../window/app-store';
import { workspaceStore } from './workspace-store';

export function followSettings(): void {
  const { theme, budget, seed, threads, singleKeyShortcuts } = readSettings();
  appStore.setState({ theme, singleKeyShortcuts });
  workspaceStore.setState({ budget, seed, threads });
  appStore.subscribe((state, before) => {
    if (state.theme !== before.theme || state.singleKeyShortcuts !== before.singleKeyShortcuts) {
      writeSettings({ theme: state.theme, singleKeyShortcuts: state.singleKeyShortcuts });
    }
  });
  workspaceStore.subscribe((state, before) => {
    if (state.budget !== before.budget || state.seed !== before.seed || state.threads !== before.threads) {
      writeSettings({ budget: state.budget, seed: state.seed, threads: state.threads });
    }
  });
}
