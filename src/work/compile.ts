/** Compiles a model to a WebAssembly module that needs no runtime, and checks it against the model. */
import * as v from 'valibot';
import { builds, type Build } from '../engine/compile/compile-model';
import { singleInputs, type FixedValues } from '../engine/compile/fixed-inputs';
import { refuseLargeModel } from '../engine/compile/prepare-model';
import type { Feeds, InputDescription } from '../engine/data/feeds';
import { sizesOfFeeds } from '../engine/data/free-dimensions';
import { formatQuoted } from '../engine/format';
import { compileFiles, type CompiledFiles, type CompileHost } from '../runtime/compiled/compile-files';
import { createSessionInference } from '../runtime/session/session-inference';
import { readFirstInputs } from './data';
import type { RunningHost, WorkModel } from './host';
import * as schema from './request';
import { parseRequest, refuseUnknownDimensions } from './request';

/** Samples that check a module. */
export const checkedSamples = 16;

export const compileTargets = ['both', ...builds] as const;

export const compileRequest = v.strictObject({
  model: v.string(),
  /** Absent: `both`. */
  target: v.optional(schema.word(compileTargets)),
  /** Puts the modules into the script, so that there are no other files. */
  inline: schema.flag,
  /** Samples that the module is checked on. Absent: random inputs. */
  data: v.optional(schema.dataRequest),
  dimensions: schema.dimensions,
  /** Inputs of one number that become constants of the module, by name. */
  values: v.optional(v.record(v.string(), v.number('must be a number.'))),
});

export type CompileModelRequest = v.InferOutput<typeof compileRequest>;

/**
 * Rejects as opening models and data does, and with `compile/size`, `compile/refused`, which names what is missing, `compile/dimensions`,
 * `compile/run` and `compile/inexact`.
 */
export async function compile(value: CompileModelRequest, host: RunningHost): Promise<CompiledFiles> {
  const request = parseRequest(compileRequest, value, host.option);
  const { data, dimensions } = request;
  const model = await host.openModel(request.model);
  const { inputs, outputs } = model.opened.inspection;
  refuseUnknownDimensions(dimensions, { inputs }, host.option);
  refuseUnknownValues(request.values ?? {}, singleInputs(model.opened.model), host.option);
  const sizes = { freeDimensions: dimensions ?? {}, count: checkedSamples };
  const samples = data && (await readFirstInputs(data, { inputs, outputs, name: model.name }, sizes, host));
  return compileOpened(model, { ...request, samples }, host);
}

export interface CompileOpenedRequest extends Pick<CompileModelRequest, 'target' | 'inline' | 'dimensions' | 'values'> {
  /** Samples that the module is checked on. Absent: random inputs. */
  readonly samples?: readonly Feeds[] | undefined;
}

/** The part of `compile` after reading: the page has the model and its samples. Rejects as `compile` does. */
export async function compileOpened(
  { name, opened }: Pick<WorkModel, 'name' | 'opened'>,
  { samples, dimensions = {}, values, inline = false, target = 'both' }: CompileOpenedRequest,
  host: CompileHost & Pick<RunningHost, 'openSessions'>,
): Promise<CompiledFiles> {
  const wanted: readonly Build[] = target === 'both' ? builds : [target];
  const { inputs, weightBytes } = opened.inspection;
  refuseLargeModel(weightBytes);
  return compileFiles(
    {
      ...{ model: opened.model, name, builds: wanted, inline },
      dimensions: sizesOfFeeds(inputs, samples?.[0], dimensions),
      ...(values && { values }),
      ...(samples && { samples: sameShapes(samples) }),
    },
    { ...host, inference: createSessionInference(() => host.openSessions()) },
  );
}

function refuseUnknownValues(given: FixedValues, single: readonly InputDescription[], option: schema.OptionName): void {
  const known = single.map(({ name }) => name);
  const wrong = Object.keys(given).find((name) => !known.includes(name) || !Number.isSafeInteger(given[name]));
  if (wrong === undefined) return;
  const choice = known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`;
  throw new schema.RequestError(
    `The model has no input ${formatQuoted(wrong)} of one integer to fix (from ${option('values')}). ${choice}`,
  );
}

/** The samples with the shapes of the first one: a module has fixed shapes. */
function sameShapes(samples: readonly Feeds[]): readonly Feeds[] {
  const shapes = (feeds: Feeds) => JSON.stringify(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  const first = shapes(samples[0]!);
  return samples.filter((feeds) => shapes(feeds) === first);
}
