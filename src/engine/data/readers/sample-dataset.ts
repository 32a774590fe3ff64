import type {
  DataField,
  DataFile,
  Dataset,
  DatasetDescription,
  FieldRequest,
  ReadContext,
  SampleRead,
} from '../dataset';
import { requestedFields } from './requested-fields';

/** A data set that reads one sample after the other. */
export abstract class SampleDataset implements Dataset {
  readonly description: DatasetDescription;
  readonly files: readonly DataFile[];

  constructor(description: DatasetDescription, files: readonly DataFile[]) {
    this.description = description;
    this.files = files;
  }

  /** Returns a function that reads these fields of a sample. It throws only what concerns all samples. */
  protected abstract readerOf(fields: readonly DataField[]): (index: number) => SampleRead | Promise<SampleRead>;

  async *read(
    indices: readonly number[],
    fields: readonly FieldRequest[],
    context: ReadContext,
  ): AsyncGenerator<SampleRead, void, undefined> {
    const read = this.readerOf(requestedFields(this.description, fields));
    for (const index of indices) {
      await context.checkpoint();
      yield await read(index);
    }
  }
}
