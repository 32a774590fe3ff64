/** Commands that show another screen, view or appearance. */
import { hasServiceWorker } from '../platform/register-service-worker';
import { appStore, setHelpOpen, setPaletteOpen, setTheme } from '../state/window/app-store';
import { searchInGraph } from '../state/models/graph-view';
import { goTo } from '../state/workspace/navigation';
import { makeAvailableOffline } from '../state/window/offline-actions';
import { screens } from '../state/window/screens';
import { openView, setGraphWhole, studioViewStore } from '../state/window/studio-view';
import { always, hasModel } from './availability';
import type { Command } from './command';

const screenCommands = screens.map(({ id, command, keywords, key, needsModel }): Command => ({
  id: `go-${id}`,
  label: command,
  group: 'Go to',
  keywords,
  shortcut: `G ${key}`,
  isAvailable: needsModel ? hasModel : always,
  perform: () => goTo(id),
}));

export const navigationCommands: readonly Command[] = [
  ...screenCommands,
  {
    id: 'go-graph',
    label: 'Go to the graph',
    group: 'Go to',
    keywords: ['nodes', 'diff', 'architecture', 'subgraph'],
    shortcut: 'G N',
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      openView('graph');
    },
  },
  {
    id: 'find-node',
    label: 'Find a node in the graph',
    group: 'Go to',
    keywords: ['search', 'operator', 'shape', 'name'],
    shortcut: 'G F',
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      searchInGraph();
    },
  },
  {
    id: 'go-layers',
    label: 'Go to the layers',
    group: 'Go to',
    keywords: ['table', 'parameters', 'multiply-adds', 'macs', 'shapes', 'csv'],
    shortcut: 'G L',
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      openView('layers');
    },
  },
];

export const viewCommands: readonly Command[] = [
  {
    id: 'open-palette',
    label: 'Find a command',
    group: 'View',
    keywords: ['palette', 'search'],
    shortcut: 'Mod+K',
    whileTyping: true,
    isAvailable: always,
    perform: () => setPaletteOpen(true),
  },
  {
    id: 'graph-whole-window',
    label: 'Toggle full-window graph',
    group: 'View',
    keywords: ['full screen', 'maximize', 'large', 'zoom'],
    shortcut: 'G W',
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      setGraphWhole(!studioViewStore.getState().isGraphWhole);
    },
  },
  {
    id: 'toggle-theme',
    label: 'Switch between light and dark',
    group: 'View',
    keywords: ['theme', 'night', 'appearance'],
    shortcut: 'T',
    isAvailable: always,
    perform: () => setTheme(document.documentElement.dataset['mantineColorScheme'] === 'dark' ? 'light' : 'dark'),
  },
  {
    id: 'follow-system-theme',
    label: 'Use the theme of the system',
    group: 'View',
    keywords: ['auto', 'dark', 'light'],
    isAvailable: () => appStore.getState().theme !== 'auto',
    perform: () => setTheme('auto'),
  },
  {
    id: 'make-available-offline',
    label: 'Make available offline',
    group: 'View',
    keywords: ['network', 'plane', 'cache', 'store', 'install'],
    isAvailable: () => hasServiceWorker() && appStore.getState().online,
    perform: () => void makeAvailableOffline(),
  },
  {
    id: 'show-help',
    label: 'Show keyboard shortcuts',
    group: 'View',
    keywords: ['help', 'keys'],
    shortcut: '?',
    isAvailable: always,
    perform: () => setHelpOpen(true),
  },
];
