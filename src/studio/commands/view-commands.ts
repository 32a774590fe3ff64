/** Commands that show another screen, view or appearance. */
import { appStore, setHelpOpen, setPaletteOpen, setTheme } from '../state/window/app-store';
import { searchInGraph } from '../state/window/graph-view';
import { goTo } from '../state/window/navigation';
import { openView } from '../state/window/studio-view';
import { always, hasModel } from './availability';
import type { Command } from './command';

export const navigationCommands: readonly Command[] = [
  {
    id: 'go-start',
    label: 'Go to the start',
    group: 'Go to',
    keywords: ['home', 'samples', 'recent work'],
    shortcut: 'G H',
    isAvailable: always,
    perform: () => goTo('start'),
  },
  {
    id: 'go-studio',
    label: 'Go to the studio',
    group: 'Go to',
    keywords: ['recipe', 'compare'],
    shortcut: 'G S',
    isAvailable: hasModel,
    perform: () => goTo('studio'),
  },
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
  {
    id: 'go-data',
    label: 'Go to the data',
    group: 'Go to',
    keywords: ['accuracy', 'mapping', 'preprocessing', 'samples'],
    shortcut: 'G D',
    isAvailable: hasModel,
    perform: () => goTo('data'),
  },
  {
    id: 'go-benchmark',
    label: 'Go to the benchmark',
    group: 'Go to',
    keywords: ['measure', 'matrix'],
    shortcut: 'G B',
    isAvailable: hasModel,
    perform: () => goTo('benchmark'),
  },
  {
    id: 'go-report',
    label: 'Go to the report',
    group: 'Go to',
    keywords: ['share', 'link'],
    shortcut: 'G R',
    isAvailable: hasModel,
    perform: () => goTo('report'),
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
    id: 'show-help',
    label: 'Show keyboard shortcuts',
    group: 'View',
    keywords: ['help', 'keys'],
    shortcut: '?',
    isAvailable: always,
    perform: () => setHelpOpen(true),
  },
];
