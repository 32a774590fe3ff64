/** Opens files as a checked and described model. Every command and the page begin with it. */
import { inspect } from '../analysis/inspect';
import type { Inspection } from '../analysis/inspection';
import type { FreeDimensions } from '../data/feeds';
import { ParetoError } from '../errors';
import type { ByteSource } from '../onnx/byte-source';
import { checkModel } from '../onnx/check';
import { decodeModel } from '../onnx/codec/decode';
import { attachExternalData, externalFiles } from '../onnx/codec/external-data';
import type { Model } from '../onnx/graph';
import { withSortedNodes } from '../onnx/topological-order';

export interface ModelInput {
  /** Name of the model file, for messages and reports. */
  readonly name: string;
  readonly source: ByteSource;
  /** The hash of the model file, as 64 hexadecimal digits; empty while nobody has computed it. */
  readonly sha256: string;
  /** Sizes for free dimensions, if they are known: the inspection then has numbers for them. */
  readonly dimensions?: FreeDimensions;
  /** The data file that the model calls by this path. Asked once for each. */
  findData(location: string): ByteSource | undefined;
}

export interface OpenedInput {
  readonly model: Model;
  readonly inspection: Inspection;
  /** Model file and data files together. */
  readonly originalBytes: number;
}

/**
 * Reads and checks a model: its structure, not its weights, which stay in the file. A file of any size therefore takes
 * about a second. Throws the codec's `format/…` and `external-data/…` errors, and `model/invalid` with the first
 * problem when the file decodes to something that is not a valid model.
 */
export function openModel(input: ModelInput): OpenedInput {
  const { model, dataBytes } = readModel(input);
  return describeOpened(model, dataBytes, input);
}

/** Describes a model that is read from a file. `dataBytes` is the size of its data files. */
export function describeOpened(
  model: Model,
  dataBytes: number,
  { name, source, sha256, dimensions }: Omit<ModelInput, 'findData'>,
): OpenedInput {
  return {
    model,
    inspection: inspect(model, { name, sizeBytes: source.sizeBytes, sha256 }, { dimensions }),
    originalBytes: source.sizeBytes + dataBytes,
  };
}

/** Reads and checks a model without describing it; its nodes come in topological order. Throws as `openModel` does. */
export function readModel(input: ModelInput): { readonly model: Model; readonly dataBytes: number } {
  const decoded = decodeModel(input.source, input.name);
  const data = new Map<string, ByteSource>();
  for (const { location } of externalFiles(decoded)) {
    const source = input.findData(location);
    if (source) data.set(location, source);
  }
  const model = attachExternalData(decoded, data);
  const [problem] = checkModel(model);
  if (problem) throw new ParetoError('model/invalid', `${input.name} is not a valid model: ${problem.message}`);
  const dataBytes = [...data.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { model: withSortedNodes(model), dataBytes };
}
