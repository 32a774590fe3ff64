/** A data set whose samples stay in memory once they are read, for work that reads the same samples again and again. */
import type { Dataset, FieldRequest, FieldValue, ReadContext, SampleRead } from './dataset';
import type { FeedTensor } from './feeds';

/** Several hundred pictures of 224 × 224 pixels as float32. */
const usuallyKeptBytes = 256_000_000;
/** Estimated bytes of a sample itself, and of one string or token. */
const [sampleBytes, textBytes] = [64, 16];

/**
 * Returns the data set with a cache of samples. Samples are kept with the fields that were read, until `mostBytes` are
 * in use; others are read from the files each time. Without it, every read inflates a compressed archive from its
 * beginning and decodes pictures again.
 */
export function rememberSamples(dataset: Dataset, mostBytes = usuallyKeptBytes): Dataset {
  const kept = new Map<string, SampleRead>();
  let keptBytes = 0;
  const keep = (key: string, sample: SampleRead): void => {
    const bytes = sizeOf(sample);
    if (kept.has(key) || keptBytes + bytes > mostBytes) return;
    kept.set(key, withOwnMemory(sample));
    keptBytes += bytes;
  };
  async function* read(indices: readonly number[], fields: readonly FieldRequest[], context: ReadContext) {
    const asked = JSON.stringify(fields);
    const keyOf = (index: number): string => `${index} ${asked}`;
    const missing = indices.filter((index) => !kept.has(keyOf(index)));
    const fromFiles = missing.length === 0 ? undefined : dataset.read(missing, fields, context)[Symbol.asyncIterator]();
    try {
      let next = 0;
      for (const index of indices) {
        if (index === missing[next]) {
          next++;
          const found = await fromFiles!.next();
          if (found.done === true) return;
          keep(keyOf(index), found.value);
          yield found.value;
        } else {
          await context.checkpoint();
          yield kept.get(keyOf(index))!;
        }
      }
    } finally {
      await fromFiles?.return?.();
    }
  }
  return { description: dataset.description, files: dataset.files, read };
}

function sizeOf(sample: SampleRead): number {
  if (!('values' in sample)) return sampleBytes;
  return Object.values(sample.values).reduce((sum, value) => sum + sizeOfValue(value), sampleBytes);
}

function sizeOfValue(value: FieldValue): number {
  switch (value.kind) {
    case 'tensor':
      return ArrayBuffer.isView(value.tensor.data)
        ? value.tensor.data.byteLength
        : textBytes * value.tensor.data.length;
    case 'picture':
      return value.picture.pixels.byteLength;
    case 'sound':
      return value.sound.values.byteLength;
    case 'tokens':
      return 3 * textBytes * value.tokenized.ids.length;
  }
}

/** Readers give views into windows of files, which would be kept as a whole. */
function withOwnMemory(sample: SampleRead): SampleRead {
  if (!('values' in sample)) return sample;
  const values = Object.fromEntries(
    Object.entries(sample.values).map(([name, value]) => [
      name,
      value.kind === 'tensor' ? { ...value, tensor: withOwnData(value.tensor) } : value,
    ]),
  );
  return { ...sample, values };
}

function withOwnData(tensor: FeedTensor): FeedTensor {
  const { data } = tensor;
  if (!ArrayBuffer.isView(data) || data.byteLength === data.buffer.byteLength) return tensor;
  return { ...tensor, data: data.slice() } as FeedTensor;
}
