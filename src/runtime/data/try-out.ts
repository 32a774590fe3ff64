/** Runs two models on one input that a person gives, and keeps their sessions for the next one. */
import type { Dataset, FieldValue, ReadContext } from '../../engine/data/dataset';
import type { Feeds } from '../../engine/data/feeds';
import { tensorNumbers } from '../../engine/data/tensor-numbers';
import type { DataMapping, InputMapping } from '../../engine/data/mapping/mapping';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { ParetoError } from '../../engine/errors';
import { ChangeCollector } from '../../engine/metrics/changes/changed-samples';
import { isLongRow } from '../../engine/metrics/changes/sample-answers';
import { ownValue } from '../../engine/own-value';
import { openModels, type OpenedModels } from '../evaluation/open-models';
import { readSamples } from '../evaluation/read-samples';
import type { TriedAnswers, TryOutRequest } from '../jobs/data-calls';
import type { SessionHost } from '../session/session-host';
import { createDataPreview } from './data-preview';

/** Sessions hold memory, so they end when nobody has tried anything for so long. */
const idleMs = 60_000;

export class TryOut {
  readonly #host: SessionHost;
  #open: { readonly key: string; readonly models: OpenedModels } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /**
   * The answers of both models to the first sample of the data, with the time of each run. `key` stands for the files of
   * the models. Rejects with a sentence if the input does not fit the models or a model cannot run.
   */
  async run(context: ReadContext, key: string, dataset: Dataset, request: TryOutRequest): Promise<TriedAnswers> {
    clearTimeout(this.#timer);
    const isOwn = request.index !== undefined && request.mapping !== undefined;
    const mapping = isOwn ? request.mapping : mappingOfInput(dataset, request);
    try {
      const opened = await this.#opened(context, key, dataset, { ...request, mapping });
      return await answersOf(context, opened, dataset, { ...request, mapping });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      this.#timer = setTimeout(() => this.close(), idleMs);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const model of this.#open?.models.models ?? []) model.close();
    this.#open = undefined;
  }

  async #opened(
    context: ReadContext,
    models: string,
    dataset: Dataset,
    request: TryOutRequest & { readonly mapping: DataMapping },
  ): Promise<OpenedModels> {
    const { mapping, ep, threads, freeDimensions } = request;
    const fields = dataset.description.fields.map(({ name, kind }) => [name, kind]);
    const key = JSON.stringify([models, fields, mapping, ep, threads, freeDimensions]);
    if (this.#open?.key !== key) {
      this.close();
      this.#open = { key, models: await openModels(context, this.#host, { ...request, dataset, indices: [0] }) };
    }
    return this.#open.models;
  }
}

/** The mapping of the work for an input of another source: the same preprocessing, of the field that this source has. */
function mappingOfInput(dataset: Dataset, { mapping, model }: TryOutRequest): DataMapping {
  const suggested = suggestMapping(dataset.description, model).mapping;
  const inputs = Object.fromEntries(
    Object.entries(suggested.inputs).map(([name, own]): [string, InputMapping] => {
      const known = mapping?.inputs[name];
      if (known === undefined) return [name, own];
      if ('image' in known && 'image' in own) return [name, { image: renamed(known.image, own.image.array) }];
      if ('sound' in known && 'sound' in own) return [name, { sound: renamed(known.sound, own.sound.array) }];
      if ('text' in known && 'text' in own) return [name, { text: renamed(known.text, own.text.array) }];
      return [name, 'array' in own || 'image' in own || 'sound' in own || 'text' in own ? own : known];
    }),
  );
  const { task, outputs, boxes } = mapping ?? {};
  const needsNoLabels = task === undefined || task.kind === 'match' ? undefined : task;
  return { inputs, labels: null, ...(needsNoLabels && { task }), ...(outputs && { outputs }), ...(boxes && { boxes }) };
}

/** The same settings for a field of another name; the field may be the only one, and then has none. */
function renamed<Settings extends { readonly array?: string }>(
  settings: Settings,
  array: string | undefined,
): Settings {
  const { array: _before, ...rest } = settings;
  return { ...rest, ...(array !== undefined && { array }) } as Settings;
}

async function answersOf(
  context: ReadContext,
  { models, failures, feeders }: OpenedModels,
  dataset: Dataset,
  { classNames, mapping, model, index = 0, ...request }: TryOutRequest & { readonly mapping: DataMapping },
): Promise<TriedAnswers> {
  const [original, variant] = models;
  if (variant === undefined) throw new ParetoError('try-out/model', [...failures.values()].join(' '));
  for await (const sample of readSamples(context, dataset, [index], feeders)) {
    if (!('fed' in sample)) throw new ParetoError('try-out/input', sample.reason);
    const ms: number[] = [];
    const outputs = [];
    for (const each of [original!, variant]) {
      const before = each.runMs;
      let last;
      for (let step = 0; step < sample.fed[0]!.steps.length; step++) [last] = await each.run([sample], step);
      outputs.push(last!);
      ms.push(each.runMs - before);
    }
    original!.comparison.add(outputs[0]!, outputs[1]!, 1);
    const task = mapping.task ?? ({ kind: 'match' } as const);
    const collector = new ChangeCollector({
      mapping,
      task,
      kinds: original!.comparison.kinds,
      keepsEqual: true,
      ...(classNames && { classNames }),
    });
    collector.add({ index, place: sample.place, before: outputs[0]!, after: outputs[1]! });
    const change = collector.result()?.samples[0];
    if (change === undefined)
      throw new ParetoError('try-out/outputs', 'The outputs of the two models cannot be compared.');
    const read = await readSample(dataset, index, feeders[0]!.fields, context);
    const sounds = soundsOf(read.values, collector.result()!.output, outputs);
    return {
      change,
      ms: [ms[0]!, ms[1]!],
      preview: createDataPreview(read, feeders[0]!, model.inputs),
      ...(sounds && { sounds }),
      ep: request.ep,
    };
  }
  throw new ParetoError('try-out/input', `${dataset.description.name} holds no input.`);
}

/** A long row of numbers from a sound is a sound too. */
function soundsOf(
  values: Readonly<Record<string, FieldValue>>,
  output: string,
  outputs: readonly Feeds[],
): TriedAnswers['sounds'] {
  if (!Object.values(values).some(({ kind }) => kind === 'sound')) return undefined;
  const [before, after] = outputs.map((each) => {
    const tensor = ownValue(each, output);
    return tensor && isLongRow(tensor.dims) ? tensorNumbers(tensor) : undefined;
  });
  return before && after && [Float32Array.from(before), Float32Array.from(after)];
}

async function readSample(
  dataset: Dataset,
  index: number,
  fields: Parameters<Dataset['read']>[1],
  context: ReadContext,
) {
  for await (const read of dataset.read([index], fields, context)) if ('values' in read) return read;
  throw new ParetoError('try-out/input', `${dataset.description.name} holds no input.`);
}
