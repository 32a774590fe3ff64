/** Commands that open, make, choose and hand out models: files, recipe, variants and links. */
import { appStore, setBundleOpen, setRecipeDrawer } from '../state/window/app-store';
import { redo, undo } from '../state/workspace/history';
import { chooseFiles, chooseRecipe } from '../state/models/intake';
import { cancelJob } from '../state/jobs/job-runner';
import { jobStore } from '../state/jobs/job-store';
import { goTo } from '../state/workspace/navigation';
import { selectRowIds } from '../state/workspace/selectors';
import { copyReportLink } from '../state/report/share-actions';
import { deleteVariant, selectVariant } from '../state/recipe/variant-actions';
import { openView } from '../state/window/studio-view';
import { workspaceStore } from '../state/workspace/workspace-store';
import { always, hasModel, hasVariants, hasVariantSelected, isFree } from './availability';
import type { Command } from './command';
import { performLater } from './perform-later';

const downloads = () => import('../state/recipe/download-actions');

function stepSelection(by: number): void {
  const state = workspaceStore.getState();
  const rows = selectRowIds(state);
  const next = rows[(rows.indexOf(state.selected) + by + rows.length) % rows.length];
  if (next !== undefined) selectVariant(next);
}

export const modelCommands: readonly Command[] = [
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
    id: 'compare-file',
    label: 'Compare with a file',
    group: 'Model',
    keywords: ['variant', 'quantized', 'other', 'tool', 'open', 'onnx'],
    isAvailable: hasModel,
    perform: () =>
      performLater(
        () => import('../state/recipe/compare-file'),
        ({ chooseFileToCompare }) => chooseFileToCompare(),
      ),
  },
  {
    id: 'download-variant',
    label: 'Download the variant',
    group: 'Model',
    keywords: ['save', 'export', 'onnx'],
    shortcut: 'D',
    isAvailable: hasVariantSelected,
    perform: () => performLater(downloads, ({ downloadVariant }) => downloadVariant()),
  },
  {
    id: 'download-with-data',
    label: 'Download model and data file',
    group: 'Model',
    keywords: ['save', 'export', 'onnx', 'external data', 'weights', 'zip'],
    isAvailable: () => hasVariantSelected() && isFree('download'),
    perform: () => performLater(downloads, ({ downloadWithData }) => downloadWithData()),
  },
  {
    id: 'download-bundle',
    label: 'Download a bundle to deploy',
    group: 'Model',
    keywords: [
      'save',
      'export',
      'zip',
      'triton',
      'kserve',
      'kubernetes',
      'server',
      'openvino',
      'tensorrt',
      'production',
    ],
    isAvailable: () => hasModel() && isFree('bundle'),
    perform: () => setBundleOpen(true),
  },
  {
    id: 'download-compiled',
    label: 'Download as a compiled module',
    group: 'Model',
    keywords: ['save', 'export', 'wasm', 'webassembly', 'module', 'compile', 'no runtime', 'javascript', 'fast'],
    isAvailable: () => hasModel() && isFree('compile'),
    perform: () =>
      performLater(
        () => import('../state/recipe/compile-actions'),
        ({ downloadCompiled }) => downloadCompiled(),
      ),
  },
];

export const recipeCommands: readonly Command[] = [
  {
    id: 'find-best',
    label: 'Find the best',
    group: 'Recipe',
    keywords: ['search', 'auto', 'smallest', 'fastest', 'optimize', 'trade-off', 'frontier'],
    shortcut: 'F',
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      setRecipeDrawer(false);
      openView('trade-off');
    },
  },
  {
    id: 'run-recipe',
    label: 'Run the recipe',
    group: 'Recipe',
    keywords: ['optimize', 'quantize', 'prune', 'make variant'],
    shortcut: 'Mod+Enter',
    whileTyping: true,
    isAvailable: () => hasModel() && workspaceStore.getState().recipe.steps.some((step) => step.enabled),
    perform: () => {
      goTo('studio');
      performLater(
        () => import('../state/recipe/optimize-actions'),
        ({ runRecipe }) => runRecipe(),
      );
    },
  },
  {
    id: 'cancel-job',
    label: 'Cancel the running job',
    group: 'Recipe',
    keywords: ['stop', 'abort'],
    shortcut: 'Mod+.',
    whileTyping: true,
    isAvailable: () => jobStore.getState().jobs.length > 0,
    perform: () => cancelJob(),
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
    perform: () => performLater(downloads, ({ downloadRecipe }) => downloadRecipe()),
  },
  {
    id: 'export-script',
    label: 'Export a Python script',
    group: 'Recipe',
    keywords: ['onnxruntime', 'python', 'save', 'file'],
    isAvailable: hasModel,
    perform: () => performLater(downloads, ({ downloadScript }) => downloadScript()),
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

export const variantCommands: readonly Command[] = [
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

export const shareCommands: readonly Command[] = [
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
