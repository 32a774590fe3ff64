/** Opens the sessions of an evaluation and decides how each model is fed. */
import type { ReadContext } from '../../engine/data/dataset';
import type { FreeDimensions, InputDescription } from '../../engine/data/feeds';
import { cacheOutputs } from '../../engine/data/mapping/answering-outputs';
import { freeDimensionKey } from '../../engine/data/free-dimensions';
import type { SampleFeeder } from '../../engine/data/mapping/fed-sample';
import { createSampleFeeder } from '../../engine/data/mapping/sample-feeds';
import { isParetoError, ParetoError } from '../../engine/errors';
import { evidenceOfData } from '../../engine/metrics/output-kind';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { EvaluatedModel } from './evaluated-model';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import { readSamples } from './read-samples';
import { describeFailure } from '../session/failure';
import type { HostedSession, SessionHost } from '../session/session-host';
import { ownValue } from '../../engine/own-value';

export interface OpenedModels {
  /** Models in the order of the request, without those that could not be opened. */
  readonly models: readonly EvaluatedModel[];
  readonly failures: ReadonlyMap<string, string>;
  /** One for all models with the same inputs. */
  readonly feeders: readonly SampleFeeder[];
}

type RequestedModel = EvaluateModelsRequest['models'][number];

/** Throws `evaluate/original` when the first model cannot be opened, and what its mapping is wrong in. */
export async function openModels(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
): Promise<OpenedModels> {
  const freeDimensions = isFixedByProvider(request.ep)
    ? await fixDimensions(context, host, request)
    : request.freeDimensions;
  const feeders = new FeederShelf({ ...request, freeDimensions });
  const models: EvaluatedModel[] = [];
  const failures = new Map<string, string>();
  try {
    for (const [index, model] of request.models.entries()) {
      try {
        models.push(await openEvaluated(context, host, { ...request, freeDimensions }, model, feeders));
      } catch (error) {
        context.signal.throwIfAborted();
        if (index === 0) throw asOriginalFailure(error, model, request.ep);
        failures.set(model.id, describeFailure(error, `The variant “${model.id}”`, request.ep));
      }
    }
  } catch (error) {
    for (const model of models) model.close();
    throw error;
  }
  return { models, failures, feeders: feeders.all };
}

async function openEvaluated(
  { signal }: ReadContext,
  host: SessionHost,
  { ep, threads, freeDimensions, batch, mapping, dataset, endings }: EvaluateModelsRequest,
  { id, files }: RequestedModel,
  feeders: FeederShelf,
): Promise<EvaluatedModel> {
  // A cache is for the next token of the same text. It stays in the session, since nobody reads it.
  const resident = cacheOutputs(mapping);
  const kept = resident.size > 0 && { resident };
  const session = await host.open(signal, { files, ep, threads, freeDimensions, profile: false, ...kept });
  try {
    const feederIndex = feeders.place(session.inputs);
    const feeder = feeders.all[feederIndex]!;
    const fixedBatch = feeder.samplesPerRun ?? (isFixedByProvider(ep) ? (batch ?? 1) : null);
    const evidence = { ...evidenceOfData(mapping, dataset.description), ...(endings && { endings }) };
    return new EvaluatedModel({ id, session, feeder, feederIndex, fixedBatch, evidence });
  } catch (error) {
    session.close();
    throw error;
  }
}

/** A mapping that does not fit is no fault of the provider: its own sentence says what to do. */
export function asOriginalFailure(error: unknown, { files }: RequestedModel, ep: ExecutionProvider): unknown {
  if (isParetoError(error) && !error.code.startsWith('runtime/')) return error;
  return new ParetoError('evaluate/original', describeFailure(error, files.name, ep), { cause: error });
}

/** WebNN takes no free dimensions: they are fixed when the session is made. */
function isFixedByProvider(ep: ExecutionProvider): boolean {
  return ep.startsWith('webnn');
}

/** The sizes that the first readable sample has, found with a session on WASM, which needs no sizes to open. */
async function fixDimensions(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
): Promise<FreeDimensions> {
  const { dataset, indices, mapping, freeDimensions, threads, batch = 1 } = request;
  const [original] = request.models;
  const spec = { files: original!.files, ep: 'wasm', threads, freeDimensions, profile: false } as const;
  let session: HostedSession | undefined;
  try {
    session = await host.open(context.signal, spec);
    const { inputs } = session;
    const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions });
    for await (const sample of readSamples(context, dataset, indices, [feeder])) {
      if (!('fed' in sample)) continue;
      const zeros = feeder.states.map(({ input, zeros: tensor }) => [input, tensor] as const);
      const feeds = { ...sample.fed[0]!.steps[0], ...Object.fromEntries(zeros) };
      return Object.fromEntries(
        inputs.flatMap((input) =>
          (ownValue(feeds, input.name)?.dims ?? []).flatMap((size, axis) => {
            const key = freeDimensionKey(input, axis);
            if (key === undefined) return [];
            return [[key, ownValue(feeder.batchAxes, input.name) === axis ? size * batch : size] as const];
          }),
        ),
      );
    }
    return freeDimensions;
  } catch (error) {
    context.signal.throwIfAborted();
    throw asOriginalFailure(error, original!, 'wasm');
  } finally {
    session?.close();
  }
}

/** Models with the same inputs share what is fed to them. */
class FeederShelf {
  readonly all: SampleFeeder[] = [];
  readonly #places = new Map<string, number>();
  readonly #request: EvaluateModelsRequest;

  constructor(request: EvaluateModelsRequest) {
    this.#request = request;
  }

  place(inputs: readonly InputDescription[]): number {
    const signature = JSON.stringify(inputs);
    const known = this.#places.get(signature);
    if (known !== undefined) return known;
    const { mapping, dataset, freeDimensions } = this.#request;
    const place = this.all.push(
      createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions }),
    );
    this.#places.set(signature, place - 1);
    return place - 1;
  }
}
