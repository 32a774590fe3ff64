import type { Dataset, PictureDecoder, ReadContext } from '../../engine/data/dataset';
import { hashDataset, openDataset } from '../../engine/data/open-dataset';
import type { DroppedDataFile } from '../jobs/data-calls';
import { BlobSource } from '../files/blob-source';

/** A data set that is open, with the SHA-256 of its files once somebody asked for it. */
export interface OpenDataset {
  readonly dataset: Dataset;
  fingerprint(context: ReadContext): Promise<string>;
}

/** Opens data sets in a worker. The last one stays open: the next job mostly wants the same. */
export class OpenDatasets {
  readonly #decoder: PictureDecoder;
  #last: { readonly key: string | number; readonly opened: OpenDataset } | undefined;

  constructor(decoder: PictureDecoder) {
    this.#decoder = decoder;
  }

  /** `key` is the caller's name for these files: the same one stands for the same files. */
  async open(key: string | number, files: readonly DroppedDataFile[], context: ReadContext): Promise<OpenDataset> {
    if (this.#last?.key === key) return this.#last.opened;
    const sources = files.map(({ path, file }) => ({ path, source: new BlobSource(file, path) }));
    const dataset = await openDataset(sources, { decoder: this.#decoder, context });
    const opened = withFingerprint(dataset);
    this.#last = { key, opened };
    return opened;
  }
}

function withFingerprint(dataset: Dataset): OpenDataset {
  let known = '';
  return {
    dataset,
    async fingerprint(context) {
      known ||= await hashDataset(dataset, context);
      return known;
    },
  };
}
