/** A data set with one sample per file: what the file holds, and labels that stand elsewhere. */
import { ParetoError } from '../../errors';
import type { DataField, DataFile, DatasetDescription, FieldValue, SampleRead } from '../dataset';
import type { FeedTensor } from '../feeds';
import { reopenedSource } from './archives/inflated-source';
import { SampleDataset } from './sample-dataset';
import { reasonOf } from './unreadable-sample';

/** One label of every sample. */
export interface LabelColumn {
  readonly field: DataField;
  /** Throws a ParetoError for a sample without this label. */
  valueOf(index: number): FeedTensor;
}

/** The field that is read from the files. */
export interface FileContent {
  readonly field: DataField;
  /** Throws a ParetoError, without the file's name, for bytes that cannot be read. */
  decode(bytes: Uint8Array): Promise<FieldValue>;
  /** A larger file is not read. */
  readonly maximumBytes: number;
}

export class LabeledFiles extends SampleDataset {
  readonly #samples: readonly DataFile[];
  readonly #content: FileContent;
  readonly #labels: readonly LabelColumn[];

  /** `files` are all files behind the data; `samples` those that hold one sample each. */
  constructor(
    about: Pick<DatasetDescription, 'name' | 'format' | 'notes'>,
    files: readonly DataFile[],
    samples: readonly DataFile[],
    content: FileContent,
    labels: readonly LabelColumn[],
  ) {
    const description = {
      ...about,
      samples: samples.length,
      fields: [content.field, ...labels.map(({ field }) => field)],
      sizeBytes: files.reduce((sum, { source }) => sum + source.sizeBytes, 0),
    };
    super(description, files);
    this.#samples = samples;
    this.#content = content;
    this.#labels = labels;
  }

  protected readerOf(fields: readonly DataField[]): (index: number) => Promise<SampleRead> {
    const withContent = fields.some(({ name }) => name === this.#content.field.name);
    const labels = this.#labels.filter(({ field }) => fields.includes(field));
    return async (index) => {
      const place = this.#samples[index]!.path;
      try {
        const values = new Map<string, FieldValue>();
        for (const { field, valueOf } of labels) values.set(field.name, { kind: 'tensor', tensor: valueOf(index) });
        if (withContent) values.set(this.#content.field.name, await this.#readContent(index));
        return { index, values: Object.fromEntries(values), place };
      } catch (error) {
        return { index, place, reason: reasonOf(error) };
      }
    };
  }

  #readContent(index: number): Promise<FieldValue> {
    const { source } = this.#samples[index]!;
    if (source.sizeBytes > this.#content.maximumBytes) {
      throw new ParetoError('data/too-large', 'The file is too large for one sample and was not read.');
    }
    // A zip entry keeps state for further reads, which would add up over thousands of files, so it is reopened and read once.
    return this.#content.decode(reopenedSource(source).read());
  }
}
