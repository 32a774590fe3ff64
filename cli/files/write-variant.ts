import { dirname, join } from 'node:path';
import type { ByteSource } from '../../src/engine/onnx/byte-source';
import type { ModelOnDisk } from '../../src/runtime/node/browser-driver';
import { FileSource } from '../../src/runtime/node/file-source';
import type { EncodedFile } from '../../src/engine/recipe/check-written';
import type { PartSink } from '../../src/engine/files/stream-parts';
import type { ModelFiles } from '../../src/runtime/models/model-files';
import type { VariantFiles } from '../../src/work/host';
import { readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import type { InputFiles } from './input-files';
import { OutputFile, refuseOutput } from './output-file';

/** The files of one output. They appear together: first the data file, the model file last, and none of them on failure. */
export class VariantWriter implements VariantFiles {
  readonly #path: string;
  readonly #inputs: InputFiles;
  readonly #files: OutputFile[] = [];
  readonly #names: string[] = [];

  /** Throws as `refuseOutput` does, before any time is spent. */
  constructor(path: string, inputs: InputFiles) {
    refuseOutput(path, inputs);
    this.#path = path;
    this.#inputs = inputs;
  }

  openSink(file: EncodedFile): PartSink {
    const path = file.kind === 'model' ? this.#path : join(dirname(this.#path), file.name);
    const output = new OutputFile(path, this.#inputs);
    this.#files.push(output);
    this.#names.push(file.name);
    return { write: (window) => output.write(window) };
  }

  /** The bytes that are written so far, as sources to read. */
  written(): readonly ByteSource[] {
    return this.#files.map((file) => FileSource.open(file.temporaryPath));
  }

  files(): Promise<ModelFiles> {
    return readModelFiles(this.modelOnDisk());
  }

  modelOnDisk(): ModelOnDisk {
    const files = this.#files.map(({ temporaryPath }, index) => ({
      path: temporaryPath,
      location: this.#names[index]!,
    }));
    const { path, location: name } = files.at(-1)!;
    return { path, name, externalData: files.slice(0, -1) };
  }

  commit(): void {
    for (const file of this.#files) file.commit();
  }

  discard(): void {
    for (const file of this.#files) file.discard();
  }
}
