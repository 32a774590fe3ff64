/** Files of a model that are written into Blobs. */
import type { Model } from '../../engine/onnx/graph';
import type { EncodedFile } from '../../engine/recipe/check-written';
import { encodeVariant } from '../../engine/recipe/encode-variant';
import { streamFiles } from '../../engine/files/stream-parts';
import { BlobSink } from './blob-sink';
import type { ModelFiles } from './model-files';

export class BlobFiles {
  readonly #sinks: { readonly file: Pick<EncodedFile, 'kind' | 'name'>; readonly sink: BlobSink }[] = [];

  /** Opens the target of a file. */
  open(file: Pick<EncodedFile, 'kind' | 'name'>): BlobSink {
    const sink = new BlobSink();
    this.#sinks.push({ file, sink });
    return sink;
  }

  /** The whole, once all of its files are written. */
  toFiles(name: string): ModelFiles {
    return {
      name,
      model: this.#sinks.find(({ file }) => file.kind === 'model')!.sink.toBlob(),
      externalData: this.#sinks
        .filter(({ file }) => file.kind === 'data')
        .map(({ file, sink }) => ({ path: file.name, data: sink.toBlob() })),
    };
  }
}

interface EncodeContext {
  checkpoint(): Promise<void>;
  /** Gets the share of bytes that are written. */
  onShare?(share: number): void;
}

/** Encodes a model that is between two passes, or that was converted from another format. */
export async function encodeToFiles(
  model: Model,
  name: string,
  { checkpoint, onShare = () => undefined }: EncodeContext,
): Promise<ModelFiles> {
  const written = new BlobFiles();
  const files = encodeVariant(model, name, { storage: 'auto' });
  const progress = (done: number, total: number) => onShare(done / total);
  await streamFiles(files, (file) => written.open(file), { progress, checkpoint });
  return written.toFiles(name);
}
