/** Time and loss of the files of a repository, each in turns with the original, so that few are in memory. */
import type { HubMeasurement } from '../../src/engine/deploy/transformersjs/hub-repository';
import { sizesOfFeeds } from '../../src/engine/data/free-dimensions';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { originalId, type Device } from '../../src/engine/metrics/cell';
import { endingsOf, type OutputEvidence } from '../../src/engine/metrics/output-kind';
import type { RecipeHost } from '../../src/engine/recipe/recipe-host';
import { measureCells } from '../../src/runtime/benchmark/measure';
import type { MeasureEvent } from '../../src/runtime/benchmark/measure-request';
import { describeFailure } from '../../src/runtime/session/failure';
import { runReference, type Reference } from '../../src/runtime/benchmark/reference-outputs';
import { evaluateModels } from '../../src/runtime/evaluation/evaluate-models';
import type { ModelFiles } from '../../src/runtime/models/model-files';
import { detectNodeDevice } from '../../src/runtime/node/node-device';
import { createNodeHost } from '../../src/runtime/node/node-host';
import type { OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import type { Terminal } from '../command';
import type { HubData } from './hub-data';

const unmeasured: HubMeasurement = { cell: null, comparison: null, evaluation: null, failure: null };

export interface FileMeter {
  /** @param title the title of the file, for the progress */
  measure(title: string, files: ModelFiles): Promise<HubMeasurement>;
}

/**
 * Measures files on WASM against the original, on the data or else on random inputs. Files that do not run here have a failure. Rejects
 * if the signal is aborted.
 */
export function createFileMeter(
  host: RecipeHost,
  terminal: Pick<Terminal, 'progress'>,
  original: ModelFiles,
  { inspection: { inputs, outputs } }: OpenedFile,
  data: HubData | undefined,
): FileMeter {
  const device = detectNodeDevice();
  const freeDimensions = sizesOfFeeds(inputs, data?.feeds[0]);
  const context = { host, terminal, original, device, endings: endingsOf(outputs), data, freeDimensions };
  let reference: Promise<Reference> | undefined;
  let noiseFloor: number | undefined;
  return {
    async measure(title, files) {
      try {
        reference ??= runReference(host.signal, createNodeHost(), {
          ...{ original, freeDimensions, seed: 0, threads: device.threads },
          feeds: data?.feeds ?? null,
        });
        const timed = await timeFile(context, title, { files, reference: await reference, noiseFloor });
        noiseFloor ??= timed.comparison?.noiseFloor;
        return { ...timed, ...(timed.failure === null && (await evaluateFile(context, title, files))) };
      } catch (error) {
        host.signal.throwIfAborted();
        return {
          ...unmeasured,
          failure: `${title} was not measured. ${describeFailure(error, 'The original', 'wasm')}`,
        };
      }
    },
  };
}

interface MeterContext {
  readonly host: RecipeHost;
  readonly terminal: Pick<Terminal, 'progress'>;
  readonly original: ModelFiles;
  readonly device: Device;
  readonly endings: OutputEvidence['endings'];
  readonly data: HubData | undefined;
  readonly freeDimensions: FreeDimensions;
}

async function timeFile(
  { host, terminal, original, device, freeDimensions }: MeterContext,
  title: string,
  file: { readonly files: ModelFiles; readonly reference: Reference; readonly noiseFloor: number | undefined },
): Promise<HubMeasurement> {
  let measured = unmeasured;
  const follow = (event: MeasureEvent): void => {
    if (event.kind === 'progress') terminal.progress(`${title}: ${event.progress.stage} ${event.progress.done} %`);
    // The cell of the original serves only to find the noise floor.
    else if (event.kind === 'cell' && event.result.variant !== originalId)
      measured = { ...measured, cell: event.result };
    else if (event.kind === 'comparison') measured = { ...measured, comparison: event.comparison };
    else if (event.kind === 'failure') measured = { ...measured, failure: `${title}: ${event.failure.message}` };
  };
  const { timerResolutionUs, crossOriginIsolated, threads } = device;
  const measuring = { sessions: createNodeHost(), timerResolutionUs, crossOriginIsolated, softwareAdapter: false };
  const { files, reference, noiseFloor } = file;
  const ids = noiseFloor === undefined ? [originalId, title] : [title];
  await measureCells(
    host.signal,
    measuring,
    {
      ...{ original, freeDimensions, seed: 0, budget: 'quick', threads, reference },
      variants: [{ id: title, files }],
      cells: ids.map((variant) => ({ variant, ep: 'wasm' })),
      ...(noiseFloor !== undefined && { noiseFloors: new Map([['wasm', noiseFloor]] as const) }),
    },
    follow,
  );
  return measured;
}

/** Evaluates a file on the samples that calibrate nothing. `undefined` without such samples. */
async function evaluateFile(
  { host, terminal, original, device, endings, data }: MeterContext,
  title: string,
  files: ModelFiles,
): Promise<Pick<HubMeasurement, 'evaluation' | 'failure'> | undefined> {
  if (data === undefined || data.evaluated.length === 0) return undefined;
  const { dataset, mapping, evaluated: indices } = data;
  const models = [
    { id: originalId, files: original },
    { id: title, files },
  ];
  const [, evaluation] = await evaluateModels(
    host,
    createNodeHost(),
    { models, dataset, indices, mapping, endings, ep: 'wasm', threads: device.threads, freeDimensions: {} },
    ({ stage, done, total }) =>
      terminal.progress(`${title}: ${stage} ${Math.floor((done / Math.max(1, total)) * 100)} %`),
  );
  const failure = evaluation?.failure ?? null;
  return { evaluation: failure === null ? (evaluation ?? null) : null, failure };
}
