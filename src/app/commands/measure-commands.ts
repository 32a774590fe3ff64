/** Commands that bring data and measure on it: latency, nodes, accuracy. */
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { chooseData, chooseDataFolder, chooseServerTimes } from '../state/models/intake';
import { goTo } from '../state/workspace/navigation';
import { selectCellsToMeasure } from '../state/workspace/selectors';
import { openView, studioViewStore, type StudioView } from '../state/window/studio-view';
import { workspaceStore } from '../state/workspace/workspace-store';
import { hasData, hasModel, isFree } from './availability';
import type { Command } from './command';
import { performLater } from './perform-later';

/** Measures the missing figures of the selected variant, and shows the measurement. */
function benchmarkSelected(): void {
  const state = workspaceStore.getState();
  const cells = selectCellsToMeasure(state, state.selected);
  goTo('benchmark');
  if (cells.length === 0) return;
  performLater(
    () => import('../state/benchmark/benchmark-actions'),
    ({ measureCells }) => measureCells(cells),
  );
}

/** Opens a view that shows node measurements: the open one if it does, or the first. */
function showNodes(views: readonly StudioView[]): void {
  goTo('studio');
  const { view } = studioViewStore.getState();
  if (view === null || !views.includes(view)) openView(views[0]!);
}

/** Opens the screen with the measurements of one model alone. */
function measureAlone(measure: (part: AloneMeasurements) => Promise<void>): void {
  goTo('benchmark');
  performLater(() => import('../state/benchmark/alone-measurements'), measure);
}

/** `needed`: the provider that the setting exists on. The start screen does not load the records of settings, which have it too. */
function sweepCommand(
  id: string,
  axis: string,
  label: string,
  keywords: readonly string[],
  needed?: ExecutionProvider,
): Command {
  const isHere = () =>
    workspaceStore.getState().device?.providers.some(({ ep, available }) => ep === needed && available);
  return {
    id,
    label,
    group: 'Measure',
    keywords: ['sweep', ...keywords],
    isAvailable: () => hasModel() && isFree('sweep') && (needed === undefined || isHere() === true),
    perform: () => measureAlone(({ sweepSelected }) => sweepSelected(axis)),
  };
}

type AloneMeasurements = typeof import('../state/benchmark/alone-measurements');

export const dataCommands: readonly Command[] = [
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
    label: 'Remove data',
    group: 'Data',
    keywords: ['delete', 'dataset'],
    isAvailable: hasData,
    perform: () =>
      performLater(
        () => import('../state/data/data-actions'),
        ({ removeData }) => removeData(),
      ),
  },
];

export const measureCommands: readonly Command[] = [
  {
    id: 'benchmark',
    label: 'Benchmark the variant',
    group: 'Measure',
    keywords: ['measure', 'latency', 'speed', 'wasm', 'webgpu', 'webnn'],
    shortcut: 'B',
    isAvailable: () => hasModel() && isFree('benchmark'),
    perform: benchmarkSelected,
  },
  {
    id: 'measure-selected',
    label: 'Measure the variant on WASM',
    group: 'Measure',
    keywords: ['latency', 'speed', 'quick', 'ten seconds'],
    isAvailable: () => hasModel() && isFree('benchmark'),
    perform: () =>
      performLater(
        () => import('../state/benchmark/benchmark-actions'),
        ({ measureSelected }) => measureSelected(),
      ),
  },
  {
    id: 'measure-nodes',
    label: 'Measure nodes',
    group: 'Measure',
    keywords: ['time', 'sqnr', 'profile', 'slowest', 'layers', 'graph', 'quantization error'],
    shortcut: 'M',
    isAvailable: () => hasModel() && isFree('measure-nodes'),
    perform: () => {
      showNodes(['layers', 'graph']);
      performLater(
        () => import('../state/benchmark/node-measurements'),
        ({ measureSelectedNodes }) => measureSelectedNodes(),
      );
    },
  },
  {
    id: 'measure-sensitivity',
    label: 'Measure sensitivity',
    group: 'Measure',
    keywords: ['quantization', '8 bits', '4 bits', 'float16', 'channels', 'layers', 'graph', 'sensitive'],
    isAvailable: () => hasModel() && isFree('measure-sensitivity'),
    perform: () => {
      showNodes(['sensitivity', 'layers', 'graph']);
      performLater(
        () => import('../state/search/layer-sensitivity'),
        ({ measureLayerSensitivity }) => measureLayerSensitivity(),
      );
    },
  },
  {
    id: 'show-sensitivity',
    label: 'Show the sensitivity of layers',
    group: 'Measure',
    keywords: ['rank', 'layers', 'keep out', 'accumulated'],
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      openView('sensitivity');
    },
  },
  {
    id: 'measure-batches',
    label: 'Measure batch times',
    group: 'Measure',
    keywords: ['serving', 'simulate', 'throughput', 'batching'],
    isAvailable: () => hasModel() && isFree('measure-batches'),
    perform: () => {
      goTo('serving');
      performLater(
        () => import('../state/serving/batch-times'),
        ({ measureBatchTimes }) => measureBatchTimes(),
      );
    },
  },
  {
    id: 'open-server-times',
    label: 'Open server times',
    group: 'Measure',
    keywords: ['serving', 'native', 'measure-server', 'bundle', 'batch times'],
    isAvailable: hasModel,
    perform: () => void chooseServerTimes(),
  },
  {
    id: 'tune-server',
    label: 'Find the best settings',
    group: 'Measure',
    keywords: ['serving', 'tune', 'batch', 'wait', 'instances', 'threads', 'target'],
    isAvailable: () => hasModel() && isFree('tune-server'),
    perform: () => {
      goTo('serving');
      performLater(
        () => import('../state/serving/tuning'),
        ({ tuneServer }) => tuneServer(),
      );
    },
  },
  {
    id: 'run-live',
    label: 'Run the load live',
    group: 'Measure',
    keywords: ['serving', 'live', 'load test', 'latency'],
    isAvailable: () => hasModel() && isFree('run-live'),
    perform: () => {
      goTo('serving');
      performLater(
        () => import('../state/serving/live-run'),
        ({ runLiveLoad }) => runLiveLoad(),
      );
    },
  },
  sweepCommand('sweep-batches', 'batch', 'Measure throughput by batch size', ['knee', 'samples per second']),
  sweepCommand('sweep-threads', 'threads', 'Measure throughput by threads', ['knee', 'cores']),
  sweepCommand('sweep-optimization', 'optimization', 'Measure time by optimization level', ['graph', 'fusions', 'ort']),
  sweepCommand('sweep-layouts', 'layout', 'Measure time by layout on WebGPU', ['nchw', 'nhwc'], 'webgpu'),
  {
    id: 'measure-memory',
    label: 'Measure memory and cold start',
    group: 'Measure',
    keywords: ['heap', 'load', 'first run'],
    isAvailable: () => hasModel() && isFree('measure-memory'),
    perform: () => measureAlone(({ measureSelectedMemory }) => measureSelectedMemory()),
  },
  {
    id: 'find-bottleneck',
    label: 'Find the bottleneck',
    group: 'Measure',
    keywords: ['roofline', 'why', 'slow', 'limit', 'memory bound', 'compute bound', 'gflops', 'bandwidth'],
    isAvailable: () => hasModel() && isFree('roofline'),
    perform: () => {
      goTo('benchmark');
      performLater(
        () => import('../state/benchmark/bottleneck-actions'),
        ({ findBottleneckOfSelected }) => findBottleneckOfSelected(),
      );
    },
  },
  {
    id: 'save-trace',
    label: 'Save a trace',
    group: 'Measure',
    keywords: ['chrome', 'perfetto', 'profile', 'timeline'],
    isAvailable: () => hasModel() && isFree('trace'),
    perform: () => measureAlone(({ traceSelected }) => traceSelected()),
  },
  {
    id: 'evaluate',
    label: 'Evaluate on the data',
    group: 'Measure',
    keywords: ['accuracy', 'top-1', 'confusion', 'match', 'test'],
    shortcut: 'E',
    isAvailable: () => hasData() && isFree('evaluate') && workspaceStore.getState().missingData.length === 0,
    perform: () => {
      goTo('data');
      performLater(
        () => import('../state/benchmark/evaluation-actions'),
        ({ evaluateVariants }) => evaluateVariants(),
      );
    },
  },
];
