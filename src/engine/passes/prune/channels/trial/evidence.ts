/** Evidence of calibration data for the choice of channels: importance, covariance of channels, and outputs to compare with. */
import type { Feeds } from '../../../../data/feeds';
import type { ChannelGroup } from '../../../../onnx/coupling/channel-groups';
import type { ValueName } from '../../../../onnx/graph';
import type { PassContext } from '../../../pass';
import { channelParts, type ChannelParts } from '../channel-scope';
import { withAverageShares, type TrialModel } from './averaged-statistics';
import { normalizedInputs, type NormalizedInput } from '../repair/normalized-inputs';
import { repairableLayers, withBiases, type RepairableLayer } from '../repair/repairable-layers';
import { observeTeacher, type TeacherFacts, type TeacherRequest } from './teacher-facts';
import { OutputTrial } from './trial';
import { tunableNames } from './trial-weights';
import type { TrialSamples } from './trial-samples';

export interface Evidence {
  readonly samples: TrialSamples;
  readonly layers: readonly RepairableLayer[];
  readonly teacher: TeacherFacts;
  readonly tunable: ReadonlySet<ValueName>;
  /** The shares of normalizations that average over removable channels. */
  readonly shares: TrialModel['shares'];
  readonly normalized: ReadonlyMap<ValueName, NormalizedInput>;
  /** The trial, which the owner must close. */
  readonly trial: OutputTrial;
}

/** The effort for a model by its MACs. Larger ones take longer for each sample. */
export interface Effort {
  readonly samples: number;
  readonly tries: number;
  /** The number of samples that run together in trials. */
  readonly together: number;
}

const efforts = [
  { mostMacs: 2e7, samples: 512, tries: 48, together: 16 },
  { mostMacs: 2e8, samples: 160, tries: 24, together: 4 },
  { mostMacs: 2e9, samples: 96, tries: 12, together: 1 },
] as const;
const leastEffort: Effort = { samples: 64, tries: 6, together: 1 };

/** Samples and tries that a model of this size has time for. */
export function effortFor({ cost }: ChannelParts): Effort {
  return effortForMacs(cost.whole('macs'));
}

export function effortForMacs(macs: number): Effort {
  return efforts.find(({ mostMacs }) => macs <= mostMacs) ?? leastEffort;
}

/** The parts of the model in which every layer that can be fitted has a bias. */
export function partsWithBiases({ model, coupled, layers, copies }: ChannelParts, sample: Feeds): ChannelParts {
  return { ...channelParts(withBiases(model, coupled, layers), sample), copies };
}

/** @param open the groups that may lose channels. */
export async function gatherEvidence(
  parts: ChannelParts,
  open: readonly ChannelGroup[],
  samples: TrialSamples,
  keeps: Pick<TeacherRequest, 'keepsOutputs'>,
  context: Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: NonNullable<PassContext['inference']> },
  progress: (done: number, total: number) => void,
): Promise<Evidence> {
  const { signal, inference } = context;
  const { model, coupled } = parts;
  const layers = repairableLayers(model, coupled, parts.layers);
  const { model: original, shares } = withAverageShares(model, coupled, open);
  const normalized: Evidence['normalized'] = shares.size === 0 ? new Map() : normalizedInputs(coupled, layers);
  const teacher = await observeTeacher({
    signal,
    inference,
    model,
    coupled,
    layers,
    samples: [...samples.fit, ...samples.validation],
    fitted: samples.fit.length,
    others: Array.from(normalized.values(), ({ source }) => source),
    ...keeps,
    checkpoint: () => context.checkpoint(),
    progress,
  });
  const tunable = tunableNames(parts.layers, layers);
  const { together } = effortFor(parts);
  const fed = [...tunable, ...shares.keys()];
  const trial = await OutputTrial.open({ signal, inference, original, tunable: fed, samples, together });
  return { samples, layers, teacher, tunable, shares, normalized, trial };
}
