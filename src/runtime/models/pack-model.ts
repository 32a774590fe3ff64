/** A model → its download with external data: one zip of model and data file. Weights are read, and not copied. */
import { Crc32 } from '../../engine/files/crc32';
import { encodeVariant } from '../../engine/recipe/encode-variant';
import { readModel } from '../../engine/recipe/open-model';
import { storedZip, type ZipEntry } from '../../engine/recipe/stored-zip';
import { streamParts } from '../../engine/files/stream-parts';
import type { Progress } from '../../engine/progress';
import { BlobSink } from './blob-sink';
import type { ModelFiles } from './model-files';
import { modelInputOf } from './model-input';
import type { PackedModel } from '../jobs/model-calls';

interface PackContext {
  progress(progress: Progress): void;
  checkpoint(): Promise<void>;
}

/**
 * Encodes a model again under the file name `name`, with its large weights in a separate file. The bytes are those of a
 * recipe that ran with this storage. Both files come in one zip. A browser asks before it saves a second file, and
 * renames a file whose name is taken. The model would then not find its data. The result is the model file alone if no
 * weight is large enough.
 */
export async function packModel(files: ModelFiles, name: string, context: PackContext): Promise<PackedModel> {
  const { model } = readModel(modelInputOf(files));
  const encoded = encodeVariant(model, name, { storage: 'external' });
  const total = encoded.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const entries: ZipEntry[] = [];
  const contents: Blob[] = [];
  let before = 0;
  for (const file of encoded) {
    const crc = new Crc32();
    const sink = new BlobSink();
    await streamParts(file.parts, crc, sink, {
      progress: (done) => context.progress({ stage: 'Packing model and data', done: before + done, total }),
      checkpoint: () => context.checkpoint(),
    });
    before += file.sizeBytes;
    entries.push({ name: file.name, sizeBytes: file.sizeBytes, crc32: crc.value });
    contents.push(sink.toBlob());
  }
  if (contents.length === 1) return { name, blob: contents[0]! };
  const { headers, directory } = storedZip(entries);
  const parts = contents.flatMap((content, index) => [headers[index]!, content]);
  return {
    name: `${name.replace(/\.onnx$/i, '')}.zip`,
    blob: new Blob([...parts, directory], { type: 'application/zip' }),
  };
}
