/** A model file → the model in memory. */
import { ParetoError, isParetoError } from '../../errors';
import type { ByteSource } from '../byte-source';
import type { Model } from '../graph';
import { assertModelFile, foreignModel } from './recognize';
import { modelFromProto } from './from-proto';
import { functionDefaults } from './function-fields';
import { RecordingReader, onnx } from './proto';
import { scanModel } from './scan';

/**
 * Decodes an ONNX file without loss. Raw tensor data over 1 kB is not read: it stays a slice of `source`, which must
 * stay readable. Data in other files stays there too (see `attachExternalData`).
 *
 * Throws a ParetoError whose code starts with `format/` and whose sentence says what the file is when it is not a model.
 *
 * @param name of the file: it tells how to export a model of another framework.
 */
export function decodeModel(source: ByteSource, name = ''): Model {
  assertModelFile(source, name);
  try {
    const { skeleton, payloads } = scanModel(source);
    const model = modelFromProto(onnx.ModelProto.decode(new RecordingReader(skeleton)), payloads);
    if (!model.graph && model.functions.length === 0) {
      throw new ParetoError(
        'format/not-onnx',
        'This file contains no graph: it is not an ONNX model, or it is damaged.',
      );
    }
    // Defaults of functions are kept as bytes and read later. They are decoded here once, so that a damaged file is refused here.
    for (const entry of model.functions) functionDefaults(entry);
    return model;
  } catch (error) {
    const foreign = foreignModel(name);
    if (foreign !== undefined) throw foreign;
    if (isParetoError(error)) throw error;
    throw new ParetoError('format/damaged', 'This is not a valid ONNX file. It is damaged or in another format.', {
      cause: error,
    });
  }
}
