/** The host of use cases in the shell: files on the disk, threads of Node, progress on stderr. */
import { hashDataset } from '../src/engine/data/open-dataset';
import type { Progress } from '../src/engine/progress';
import type { RecipeProgress } from '../src/engine/recipe/pipeline';
import type { FoundDataFile } from '../src/runtime/node/disk/data-files';
import { detectNodeDevice, defaultNodeThreads } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { createNodePictureDecoder } from '../src/runtime/node/node-picture-decoder';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import type { BenchmarkHost } from '../src/work/benchmark';
import type { EvaluateHost } from '../src/work/evaluate';
import type { RunningHost, WorkModel } from '../src/work/host';
import { type OpenedFile, readModelFiles } from '../src/runtime/node/disk/model-from-disk';
import type { Shell } from './command';
import { foundModel } from './files/model-on-disk';
import { openGivenData } from './files/open-data';
import { openInput } from './files/open-input';

export interface ShellModel extends WorkModel {
  readonly opened: OpenedFile;
}

export type ShellHost = RunningHost<ShellModel> & EvaluateHost<ShellModel> & BenchmarkHost<ShellModel>;

interface HostOptions {
  /** Evaluates and measures in a browser. */
  readonly browser?: boolean;
  /** The line that shows progress. */
  readonly lineOf?: (progress: Progress) => string;
}

export const noDataRemedy = 'Name it with --data, or run the recipe without data with --without-data.';

/** Options whose name in the shell is another than in a request. */
const otherNames = new Map([
  ['dimensions', 'dim'],
  ['values', 'value'],
  ['eps', 'ep'],
  ['techniques', 'technique'],
  ['outputKinds', 'output-kind'],
]);

/** `sqnrDb` → `--sqnr-db` */
export const shellOption = (name: string): string =>
  `--${otherNames.get(name) ?? name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export function createShellHost(shell: Shell, { browser, lineOf = lineOfProgress }: HostOptions = {}): ShellHost {
  const { inference: _ofRecipes, ...host } = createRecipeHost(shell.signal);
  const { signal, terminal } = shell;
  const progress = (each: Progress): void => terminal.progress(lineOf(each));
  const models = new Map<string, Promise<OpenedFile>>();
  let dataFiles: readonly FoundDataFile[] = [];
  return {
    ...host,
    async openModel(path, dimensions) {
      const key = JSON.stringify([path, dimensions]);
      if (!models.has(key)) models.set(key, openInput(path, shell, host, dimensions));
      const opened = await models.get(key)!;
      return { name: opened.inspection.file.name, opened, files: () => readModelFiles(foundModel(opened)) };
    },
    async openData(data) {
      const { files, dataset } = await openGivenData(shell, data, host);
      dataFiles = files;
      return { dataset, fingerprint: () => hashDataset(dataset, host) };
    },
    // Loaded when asked for: they bring a browser.
    ...(browser === true &&
      ({
        async evaluate(evaluated, { choice: split, ...request }) {
          const { evaluateInBrowser } = await import('../src/runtime/node/evaluate-in-browser');
          const onDisk = evaluated.map(({ id, model }) => ({ ...foundModel(model.opened), id }));
          return evaluateInBrowser(signal, { ...request, split, models: onDisk, data: dataFiles }, progress);
        },
        async measure({ original, variant }, request, onEvent) {
          const { benchmarkInBrowser } = await import('../src/runtime/node/benchmark-in-browser');
          const onDisk = {
            original: foundModel(original.opened),
            variant: variant && { ...foundModel(variant.opened), id: variant.id },
          };
          return benchmarkInBrowser(signal, { ...request, ...onDisk }, onEvent);
        },
      } satisfies Partial<ShellHost>)),
    progress,
    stage: (name) => terminal.progress(name),
    warn: (sentence) => terminal.warn(sentence),
    note: (sentence) => (shell.json ? undefined : terminal.print(sentence)),
    option: shellOption,
    remedies: {
      mapping: 'Set its source in a mapping (--mapping).',
      noData: noDataRemedy,
    },
    openSessions: createNodeHost,
    threads: defaultNodeThreads(),
    decoder: createNodePictureDecoder(),
    detectDevice: () => Promise.resolve(detectNodeDevice()),
    detectTimedDevice: () => Promise.resolve(detectNodeDevice()),
    // A command is alone in its process.
    exclusively: (_signal, job) => job(),
  };
}

/** `1/3 quantize-weights: Rounding 50 %` */
export function lineOfProgress({ stage, done, total, ...place }: Progress | RecipeProgress): string {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  if (!('pass' in place)) return `${stage}: ${percent} %`;
  const { pass, passIndex, passCount } = place;
  return `${passIndex < passCount ? `${passIndex + 1}/${passCount} ${pass}: ` : ''}${stage} ${percent} %`;
}
