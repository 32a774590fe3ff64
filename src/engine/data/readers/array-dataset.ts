/** A data set of arrays whose rows are the samples. */
import type {
  DataFile,
  Dataset,
  DatasetDescription,
  FieldRequest,
  FieldValue,
  ReadContext,
  SampleRead,
} from '../dataset';
import type { FeedData } from '../feeds';
import { requestedFields } from './requested-fields';
import type { RowArray, RowCursor } from './row-array';
import { reasonOf } from './unreadable-sample';
import { productOf } from '../../product-of';

/** Bytes of one field that are read at once; one sample is read if it is larger. */
const blockBytes = 1 << 20;

export class ArrayDataset implements Dataset {
  readonly description: DatasetDescription;
  readonly files: readonly DataFile[];
  readonly #arrays: readonly RowArray[];

  /** `arrays` have equally many rows. */
  constructor(
    about: Pick<DatasetDescription, 'name' | 'format' | 'notes' | 'leftOut' | 'labelProblem' | 'part'>,
    files: readonly DataFile[],
    arrays: readonly RowArray[],
  ) {
    this.files = files;
    this.#arrays = arrays;
    this.description = {
      ...about,
      samples: arrays[0]?.rows ?? 0,
      fields: arrays.map(({ field }) => field),
      sizeBytes: files.reduce((sum, { source }) => sum + source.sizeBytes, 0),
    };
  }

  async *read(
    indices: readonly number[],
    fields: readonly FieldRequest[],
    context: ReadContext,
  ): AsyncGenerator<SampleRead, void, undefined> {
    const columns = requestedFields(this.description, fields).map(({ name }) => {
      const array = this.#arrays.find(({ field }) => field.name === name)!;
      return { array, cursor: array.open() };
    });
    for (const block of blocksOf(indices, columns)) {
      await context.checkpoint();
      yield* readBlock(columns, block, context);
    }
  }
}

interface Column {
  readonly array: RowArray;
  readonly cursor: RowCursor;
}

/** Samples that lie close together are read at once, from the first to the last. Samples in between are dropped. */
function* blocksOf(indices: readonly number[], columns: readonly Column[]): Generator<readonly number[]> {
  const rows = columns.map(({ array }) => Math.floor(blockBytes / array.rowBytes));
  const span = Math.max(1, Math.min(...rows));
  let block: number[] = [];
  for (const index of indices) {
    const first = block[0];
    if (first !== undefined && (index < block.at(-1)! || index >= first + span)) {
      yield block;
      block = [];
    }
    block.push(index);
  }
  if (block.length > 0) yield block;
}

async function* readBlock(
  columns: readonly Column[],
  block: readonly number[],
  context: ReadContext,
): AsyncGenerator<SampleRead, void, undefined> {
  const start = block[0]!;
  const count = block.at(-1)! - start + 1;
  const parts: FeedData[] = [];
  let failed: { readonly title: string; readonly reason: string } | undefined;
  for (const { array, cursor } of columns) {
    try {
      parts.push(await cursor.read(start, count, context));
    } catch (error) {
      failed = { title: array.title, reason: reasonOf(error) };
      break;
    }
  }
  if (failed === undefined) {
    for (const index of block) yield { index, values: rowValues(columns, parts, index - start) };
  } else if (block.length === 1) {
    yield { index: start, place: `${failed.title}, row ${start}`, reason: failed.reason };
  } else {
    // The damage may concern only some of them.
    for (const index of block) yield* readBlock(columns, [index], context);
  }
}

function rowValues(columns: readonly Column[], parts: readonly FeedData[], row: number): Record<string, FieldValue> {
  const values = columns.map(({ array: { field } }, at): [string, FieldValue] => {
    const dims = field.shape as readonly number[];
    const size = productOf(dims);
    const part = parts[at]!;
    // A copy, unless it is the whole array, because the caller may transfer its memory to another thread.
    const data = part.length === size ? part : part.slice(row * size, (row + 1) * size);
    return [field.name, { kind: 'tensor', tensor: { dtype: field.dtype, dims, data } }];
  });
  return Object.fromEntries(values);
}
