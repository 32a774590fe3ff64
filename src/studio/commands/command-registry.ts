/** Every command of the application. Conflicting shortcuts are refused by command-registry.test.ts. */
import { appStore, setHelpOpen, setPaletteOpen, setRecipeDrawer, setTheme } from '../state/app-store';
import { measureCells } from '../state/benchmark-actions';
import { downloadRecipe, downloadVariant, downloadWithData } from '../state/download-actions';
import { redo, undo } from '../state/history';
import { removeData } from '../state/data-actions';
import { evaluateVariants } from '../state/data-evaluation-actions';
import { chooseData, chooseDataFolder, chooseFiles, chooseRecipe } from '../state/intake';
import { cancelJob } from '../state/job-runner';
import { jobStore } from '../state/job-store';
import { searchInGraph } from '../state/graph-view';
import { goTo } from '../state/navigation';
import { openView, studioViewStore } from '../state/studio-view';
import { runRecipe } from '../state/optimize-actions';
import { copyReportLink } from '../state/share-actions';
import { measureSelectedNodes } from '../state/node-measurements';
import { selectCellsToMeasure, selectRowIds, selectSelectedVariant } from '../state/selectors';
import { deleteVariant, selectVariant } from '../state/variant-actions';
import { workspaceStore } from '../state/workspace-store';
import type { Command, CommandGroup } from './command';

const always = (): boolean => true;
const hasModel = (): boolean => workspaceStore.getState().original !== null;
const isIdle = (): boolean => jobStore.getState().job === null;
const hasVariantSelected = (): boolean => selectSelectedVariant(workspaceStore.getState()) !== null;
const hasData = (): boolean => workspaceStore.getState().data !== null;
const hasVariants = (): boolean => workspaceStore.getState().variants.length > 0;

function stepSelection(by: number): void {
  const state = workspaceStore.getState();
  const rows = selectRowIds(state);
  const next = rows[(rows.indexOf(state.selected) + by + rows.length) % rows.length];
  if (next !== undefined) selectVariant(next);
}

/** Measures what is missing for the selected variant and shows it being measured. */
function benchmarkSelected(): void {
  const state = workspaceStore.getState();
  const cells = selectCellsToMeasure(state, state.selected);
  goTo('benchmark');
  if (cells.length > 0) void measureCells(cells);
}

/** Where times and SQNR of nodes are shown: the view that is open, or the layers. */
function showNodes(): void {
  goTo('studio');
  const { view } = studioViewStore.getState();
  if (view !== 'graph' && view !== 'layers') openView('layers');
}

const modelCommands: readonly Command[] = [
  {
    id: 'open-model',
    label: 'Open a model',
    group: 'Model',
    keywords: ['file', 'onnx', 'load', 'folder', 'external data'],
    shortcut: 'Mod+O',
    isAvailable: always,
    perform: () => void chooseFiles(),
  },
  {
    id: 'download-variant',
    label: 'Download the variant',
    group: 'Model',
    keywords: ['save', 'export', 'onnx'],
    shortcut: 'D',
    isAvailable: hasVariantSelected,
    perform: () => void downloadVariant(),
  },
  {
    id: 'download-with-data',
    label: 'Download model and data file',
    group: 'Model',
    keywords: ['save', 'export', 'onnx', 'external data', 'weights', 'zip'],
    isAvailable: () => hasVariantSelected() && isIdle(),
    perform: () => void downloadWithData(),
  },
];

const recipeCommands: readonly Command[] = [
  {
    id: 'run-recipe',
    label: 'Run the recipe',
    group: 'Recipe',
    keywords: ['optimize', 'quantize', 'prune', 'make variant'],
    shortcut: 'Mod+Enter',
    whileTyping: true,
    isAvailable: () => hasModel() && isIdle() && workspaceStore.getState().recipe.steps.some((step) => step.enabled),
    perform: () => {
      goTo('studio');
      void runRecipe();
    },
  },
  {
    id: 'cancel-job',
    label: 'Cancel what is running',
    group: 'Recipe',
    keywords: ['stop', 'abort'],
    shortcut: 'Mod+.',
    whileTyping: true,
    isAvailable: () => !isIdle(),
    perform: cancelJob,
  },
  {
    id: 'undo',
    label: 'Undo',
    group: 'Recipe',
    keywords: ['back', 'revert'],
    shortcut: 'Mod+Z',
    isAvailable: () => workspaceStore.getState().past.length > 0,
    perform: undo,
  },
  {
    id: 'redo',
    label: 'Redo',
    group: 'Recipe',
    keywords: ['again', 'forward'],
    shortcut: 'Shift+Mod+Z',
    isAvailable: () => workspaceStore.getState().future.length > 0,
    perform: redo,
  },
  {
    id: 'import-recipe',
    label: 'Import a recipe',
    group: 'Recipe',
    keywords: ['json', 'load', 'file'],
    isAvailable: always,
    perform: () => void chooseRecipe(),
  },
  {
    id: 'export-recipe',
    label: 'Export the recipe',
    group: 'Recipe',
    keywords: ['json', 'save', 'file'],
    isAvailable: hasModel,
    perform: downloadRecipe,
  },
  {
    id: 'toggle-recipe',
    label: 'Show or hide the recipe',
    group: 'Recipe',
    keywords: ['drawer', 'panel', 'sidebar'],
    shortcut: 'R',
    isAvailable: () => hasModel() && appStore.getState().screen === 'studio',
    perform: () => setRecipeDrawer(!appStore.getState().recipeDrawerOpen),
  },
];

const variantCommands: readonly Command[] = [
  {
    id: 'next-variant',
    label: 'Select the next variant',
    group: 'Variants',
    keywords: ['down', 'compare'],
    shortcut: 'J',
    isAvailable: hasVariants,
    perform: () => stepSelection(1),
  },
  {
    id: 'previous-variant',
    label: 'Select the previous variant',
    group: 'Variants',
    keywords: ['up', 'compare'],
    shortcut: 'K',
    isAvailable: hasVariants,
    perform: () => stepSelection(-1),
  },
  {
    id: 'delete-variant',
    label: 'Delete the variant',
    group: 'Variants',
    keywords: ['remove'],
    shortcut: 'Shift+Backspace',
    isAvailable: hasVariantSelected,
    perform: () => deleteVariant(workspaceStore.getState().selected),
  },
];

const dataCommands: readonly Command[] = [
  {
    id: 'choose-data',
    label: 'Choose data files',
    group: 'Data',
    keywords: ['images', 'pictures', 'npz', 'csv', 'parquet', 'zip', 'dataset', 'accuracy'],
    shortcut: 'Shift+D',
    isAvailable: hasModel,
    perform: () => void chooseData(),
  },
  {
    id: 'choose-data-folder',
    label: 'Choose a data folder',
    group: 'Data',
    keywords: ['images', 'pictures', 'classes', 'dataset', 'directory'],
    isAvailable: hasModel,
    perform: () => void chooseDataFolder(),
  },
  {
    id: 'remove-data',
    label: 'Remove the data',
    group: 'Data',
    keywords: ['delete', 'dataset'],
    isAvailable: hasData,
    perform: removeData,
  },
];

const measureCommands: readonly Command[] = [
  {
    id: 'benchmark',
    label: 'Benchmark the variant',
    group: 'Measure',
    keywords: ['measure', 'latency', 'speed', 'wasm', 'webgpu', 'webnn'],
    shortcut: 'B',
    isAvailable: () => hasModel() && isIdle(),
    perform: benchmarkSelected,
  },
  {
    id: 'measure-nodes',
    label: 'Measure nodes',
    group: 'Measure',
    keywords: ['time', 'sqnr', 'profile', 'slowest', 'layers', 'graph', 'quantization error'],
    shortcut: 'M',
    isAvailable: () => hasModel() && isIdle(),
    perform: () => {
      showNodes();
      void measureSelectedNodes();
    },
  },
  {
    id: 'evaluate',
    label: 'Evaluate on the data',
    group: 'Measure',
    keywords: ['accuracy', 'top-1', 'confusion', 'match', 'test'],
    shortcut: 'E',
    isAvailable: () => hasData() && isIdle() && workspaceStore.getState().missingData.length === 0,
    perform: () => {
      goTo('data');
      void evaluateVariants();
    },
  },
];

const shareCommands: readonly Command[] = [
  {
    id: 'copy-link',
    label: 'Copy a link to the report',
    group: 'Share',
    keywords: ['url', 'send', 'evidence'],
    shortcut: 'L',
    isAvailable: hasModel,
    perform: () => void copyReportLink(),
  },
];

const navigationCommands: readonly Command[] = [
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

const viewCommands: readonly Command[] = [
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

export const commands: readonly Command[] = [
  ...modelCommands,
  ...recipeCommands,
  ...variantCommands,
  ...dataCommands,
  ...measureCommands,
  ...shareCommands,
  ...navigationCommands,
  ...viewCommands,
];

/** Throws for an id that no command has: a button for nothing is a mistake in the code. */
export function commandById(id: string): Command {
  const command = commands.find((candidate) => candidate.id === id);
  if (command === undefined) throw new Error(`There is no command “${id}”.`);
  return command;
}

/** Commands under the names of their groups, in the order of the registry. */
export function groupCommands(chosen: readonly Command[]): readonly (readonly [CommandGroup, readonly Command[]])[] {
  const groups = [...new Set(chosen.map((command) => command.group))];
  return groups.map((group) => [group, chosen.filter((command) => command.group === group)]);
}
