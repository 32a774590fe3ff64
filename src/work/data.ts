/** Opens the data of a use case, and chooses how its samples become inputs and labels. */
import type { DatasetDescription, ReadContext } from '../engine/data/dataset';
import type { Feeds, FreeDimensions } from '../engine/data/feeds';
import { applyPreset } from '../engine/data/mapping/apply-preset';
import { assertMapping } from '../engine/data/mapping/assert-mapping';
import type { ModelSides } from '../engine/data/mapping/check-mapping';
import { parseClassList } from '../engine/data/mapping/class-list';
import { findLabelField } from '../engine/data/mapping/find-field';
import { standardizeInputs } from '../engine/data/mapping/input-statistics';
import type { DataMapping } from '../engine/data/mapping/mapping';
import { parseMapping } from '../engine/data/mapping/mapping-schema';
import { scalableKind } from '../engine/data/mapping/scalable-inputs';
import { suggestMapping } from '../engine/data/mapping/suggest-mapping';
import { imagePresets, type ImagePreset } from '../engine/data/pictures/presets';
import { outputKinds } from '../engine/data/output-kind';
import { createInputsReader, firstInputs } from '../engine/data/read-inputs';
import { evaluatedSamples } from '../engine/data/split';
import { ParetoError } from '../engine/errors';
import type { OpenedInput } from '../engine/recipe/open-model';
import type { Recipe } from '../engine/recipe/recipe';
import { calibrateRecipe } from '../engine/recipe/recipe-calibration';
import { formatQuoted } from '../engine/format';
import type { OpenedData, WorkHost } from './host';
import { RequestError, type DataRequest, type OptionName } from './request';

/** The preset that is found by trying, with labels, how pixels or columns have to be fed. */
export const automaticPreset = 'auto';

/** The preset that is measured: no numbers are known before. */
export const ownPreset = 'this-data';

export interface ChosenMapping {
  readonly mapping: DataMapping;
  /** Why, when it was worked out; empty when it was given. */
  readonly reasons: readonly string[];
}

export interface MappedData extends OpenedData {
  readonly chosen: ChosenMapping;
}

/** Throws RequestError for a preset that there is not, and beside a mapping. */
export function refuseWrongPreset({ preset, mapping }: Omit<DataRequest, 'sources'>, option: OptionName): void {
  if (preset === undefined) return;
  if (mapping !== undefined) {
    throw new RequestError(`Use either ${option('mapping')} or ${option('preset')}, not both.`);
  }
  if (preset !== automaticPreset && preset !== ownPreset) findPreset(preset, option);
}

/** Opens data with the mapping that was given, else the suggested one. Throws `mapping/…` with every problem when it does not fit. */
export async function openMappedData(
  request: DataRequest,
  model: ModelSides,
  host: WorkHost,
  probes = false,
): Promise<MappedData> {
  refuseWrongPreset(request, host.option);
  if (request.preset === automaticPreset && !probes) {
    const preset = host.option('preset');
    throw new RequestError(
      `${preset} auto needs evaluate, because it needs labels. Run evaluate first, then use the mapping that it prints with ${host.option('mapping')}.`,
    );
  }
  const opened = await host.openData(request);
  const { description } = opened.dataset;
  const base = request.mapping
    ? { mapping: parseMapping(request.mapping), reasons: [] }
    : await suggest(request, opened, model, host);
  const ordered = withClasses(request, base.mapping, description, host.option);
  const mapping = withOutputKinds(request, withTextLength(request, ordered, host.option), host.option);
  const isGiven = request.mapping !== undefined;
  assertMapping(mapping, { description, model, isGiven, remedy: host.remedies.mapping });
  return { ...opened, chosen: { ...base, mapping } };
}

async function suggest(
  { preset: id, length }: DataRequest,
  { dataset }: OpenedData,
  model: ModelSides,
  host: ReadContext & Pick<WorkHost, 'option'>,
): Promise<ChosenMapping> {
  const suggested = suggestMapping(dataset.description, model, { textLength: length });
  if (id === undefined || id === automaticPreset) return suggested;
  const { mapping, inputs } =
    id === ownPreset
      ? await standardizeInputs(host, { ...suggested, dataset, inputs: model.inputs, freeDimensions: {} })
      : applyPreset(suggested.mapping, findPreset(id, host.option));
  if (inputs.length === 0) {
    const what = id === ownPreset ? 'pictures and columns of numbers' : 'pictures';
    throw new RequestError(
      `${host.option('preset')} ${id} is for ${what}, and no input of the model takes these from this data.`,
    );
  }
  const title = id === ownPreset ? 'mean and deviation of this data' : findPreset(id, host.option).title;
  const chosen = inputs.map((name) => {
    const what = scalableKind(mapping.inputs[name]!, dataset.description);
    return `Input "${name}" takes ${what} with the preset ${id}: ${title}.`;
  });
  return { mapping, reasons: [...chosen, ...reasonsBut(inputs, suggested.reasons)] };
}

/** Returns the reasons without those about the preprocessing of these inputs. */
export function reasonsBut(inputs: readonly string[], reasons: readonly string[]): readonly string[] {
  return reasons.filter((reason) => inputs.every((name) => !reason.startsWith(`Input "${name}" `)));
}

function withClasses(
  { classes: given }: DataRequest,
  mapping: DataMapping,
  description: DatasetDescription,
  option: OptionName,
): DataMapping {
  if (given === undefined) return mapping;
  const { labels } = mapping;
  if (labels === null) {
    throw new RequestError(`${option('classes')} orders class labels, but ${description.name} has no mapped labels.`);
  }
  const classes = parseClassList(given.text, given.name, findLabelField(description, labels)?.classes);
  return { ...mapping, labels: { ...labels, classes } };
}

function withTextLength({ length }: DataRequest, mapping: DataMapping, option: OptionName): DataMapping {
  if (length === undefined) return mapping;
  const inputs = Object.entries(mapping.inputs);
  if (inputs.every(([, input]) => !('text' in input))) {
    throw new RequestError(`${option('length')} is for texts, and no input of the model takes texts from this data.`);
  }
  const cut = inputs.map(([name, input]) => [name, 'text' in input ? { text: { ...input.text, length } } : input]);
  return { ...mapping, inputs: Object.fromEntries(cut) };
}

/** Whether the model has such outputs is checked with the whole mapping. */
function withOutputKinds({ outputKinds: texts = [] }: DataRequest, mapping: DataMapping, option: OptionName) {
  if (texts.length === 0) return mapping;
  const given = texts.map((text) => {
    const at = text.lastIndexOf('=');
    const kind = outputKinds.find((known) => known === text.slice(at + 1));
    if (at > 0 && kind !== undefined) return [text.slice(0, at), kind] as const;
    throw new RequestError(
      `${option('outputKinds')} must be <output>=<kind> with one of ${outputKinds.join(', ')}, not “${text}”.`,
    );
  });
  return { ...mapping, outputs: { ...mapping.outputs, ...Object.fromEntries(given) } };
}

function findPreset(id: string, option: OptionName): ImagePreset {
  const found = imagePresets.find((preset) => preset.id === id);
  if (found) return found;
  throw new RequestError(
    `${option('preset')} must be one of ${[automaticPreset, ownPreset, ...imagePresets.map((preset) => preset.id)].join(', ')}, not ${formatQuoted(id)}.`,
  );
}

/** The inputs from the first samples, at most `count`. Throws `data/unreadable` if no sample fits. */
export async function readFirstInputs(
  request: DataRequest,
  model: ModelSides & { readonly name: string },
  { freeDimensions, count }: { readonly freeDimensions: FreeDimensions; readonly count: number },
  host: WorkHost,
): Promise<readonly Feeds[]> {
  const { dataset, chosen } = await openMappedData(request, model, host);
  const { samples, name } = dataset.description;
  const read = createInputsReader({ dataset, mapping: chosen.mapping, inputs: model.inputs, freeDimensions });
  const feeds = await firstInputs(read(evaluatedSamples(samples, { first: null }), host), count);
  if (feeds.length > 0) return feeds;
  throw new ParetoError('data/unreadable', `No sample of ${name} could be read and fed to ${model.name}.`);
}

/** Data with the samples of it that calibrated a variant. `null`: none. */
export interface CalibratedData extends MappedData {
  readonly calibration: { readonly seed: number; readonly count: number } | null;
}

/** Mistakes in the mapping are found whether or not a pass uses the data. `undefined` without data. */
export async function openCalibration(
  { data, samples }: { readonly data?: DataRequest | undefined; readonly samples?: number | 'all' | undefined },
  recipe: Recipe,
  { inspection: { inputs, outputs } }: OpenedInput,
  host: WorkHost,
): Promise<(Calibrated & { readonly evaluation: CalibratedData }) | undefined> {
  if (data === undefined) return undefined;
  const mapping = recipe.data?.mapping ?? data.mapping;
  const opened = await openMappedData({ ...data, mapping }, { inputs, outputs }, host);
  const count = samples === 'all' ? opened.dataset.description.samples : samples;
  const calibrated = await calibrateRecipe(recipe, { ...opened, inputs, count }, host);
  const { used, samples: calibrates } = calibrated.facts;
  const seen = used ? { seed: recipe.seed, count: calibrates } : null;
  return { ...calibrated, evaluation: { ...opened, calibration: seen } };
}

type Calibrated = Awaited<ReturnType<typeof calibrateRecipe>>;
