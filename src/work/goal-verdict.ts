/** The loss of a goal's variant: on the data that was given, else on random inputs. */
import type { FreeDimensions, InputDescription } from '../engine/data/feeds';
import { withoutPadding } from '../engine/data/mapping/unpadded-texts';
import { calibrationSplit, evaluatedSamples } from '../engine/data/split';
import { messageOf } from '../engine/errors';
import { originalId, type OutputMatch } from '../engine/metrics/cell';
import { endingsOf } from '../engine/metrics/output-kind';
import { verdictOfEvaluation, verdictOfMatch } from '../engine/search/candidate-verdict';
import { usualGoal } from '../engine/search/search-goal';
import type { LossVerdict } from '../engine/verdict/loss-verdict';
import { evaluateAsMapped, evaluateModels } from '../runtime/evaluation/evaluate-models';
import type { EvaluateModelsRequest } from '../runtime/evaluation/evaluate-models-request';
import type { IdleWorkers } from '../runtime/session/idle-workers';
import type { CalibratedData, MappedData } from './data';
import type { RunningHost, VariantFiles, WorkHost, WorkModel } from './host';

/** So many samples show how long a sample takes, for the time that all may take. */
const timedSamples = 16;
const mostMs = 20_000;

export interface GoalResult {
  readonly model: WorkModel;
  readonly files: VariantFiles;
  /** Those of the variant. */
  readonly inputs: readonly InputDescription[];
  /** Of random inputs. `null`: they were not compared. */
  readonly match: OutputMatch | null;
  readonly dimensions: FreeDimensions;
  /** `null` without data. */
  readonly data: CalibratedData | null;
}

type VerdictHost = Pick<WorkHost, 'signal' | 'checkpoint' | 'warn' | 'progress'> & {
  readonly running: Pick<RunningHost, 'openSessions' | 'threads'>;
  readonly idle: IdleWorkers;
};

/** `undefined` if nothing could be compared, which is a warning. Samples that calibrated the variant are used only if there are no others. */
export async function goalVerdict(result: GoalResult, host: VerdictHost): Promise<LossVerdict | undefined> {
  const { data, match } = result;
  if (data === null) return match === null ? undefined : verdictOfMatch(match, usualGoal.limits)?.verdict;
  const { dataset, calibration } = data;
  const { samples } = dataset.description;
  const heldOut =
    calibration === null
      ? []
      : evaluatedSamples(samples, calibrationSplit({ seed: calibration.seed, calibration: calibration.count }));
  const isSeen = calibration !== null && heldOut.length === 0;
  const indices = heldOut.length > 0 ? heldOut : evaluatedSamples(samples, { first: null });
  try {
    const request = await requestOf(result, data, host.running.threads);
    const sessions = host.running.openSessions(host.idle);
    const first = indices.slice(0, timedSamples);
    const marks: { readonly at: number; readonly done: number }[] = [];
    await evaluateAsMapped(host, sessions, { ...request, indices: first }, ({ done, stage }) => {
      if (done > 0) marks.push({ at: performance.now(), done });
      host.progress({ stage, done, total: 2 * first.length });
    });
    // Loading the models comes before the first mark.
    const [from, to] = [marks[0]!, marks.at(-1)!];
    const most = Math.floor((mostMs / Math.max(1, to.at - from.at)) * ((to.done - from.done) / 2));
    const chosen = { ...request, indices: indices.slice(0, Math.max(first.length, most)) };
    const [original, variant] = await evaluateModels(host, sessions, chosen, (progress) => host.progress(progress));
    for (const { message } of original?.accuracy?.warnings ?? []) host.warn(message);
    if (variant!.failure !== undefined) host.warn(`The loss was not measured: ${variant!.failure}`);
    const known = verdictOfEvaluation(original, variant!, usualGoal.limits, {
      available: indices.length,
      ...(isSeen && { unconfirmed: 'calibrated' }),
    });
    return known?.verdict;
  } catch (error) {
    host.signal.throwIfAborted();
    host.warn(`The loss was not measured: ${messageOf(error)}`);
    return undefined;
  }
}

async function requestOf(
  { model, files, inputs, dimensions: freeDimensions }: GoalResult,
  { dataset, chosen: { mapping } }: MappedData,
  threads: number,
): Promise<Omit<EvaluateModelsRequest, 'indices'>> {
  const models = [
    { id: originalId, files: await model.files() },
    { id: 'variant', files: await files.files() },
  ];
  const { inspection } = model.opened;
  const fed = withoutPadding({ mapping, freeDimensions }, [inspection.inputs, inputs]);
  return { models, dataset, endings: endingsOf(inspection.outputs), ep: 'wasm', threads, ...fed };
}
