/** One text per line. */
import type { DataFile, Dataset, ReadContext } from '../dataset';
import { baseName } from './file-name';
import { findLines, LineDataset } from './line-dataset';

/** The lines that are not empty as samples, in the field `text`. Goes through the file once. */
export async function openTextLines(file: DataFile, context: ReadContext): Promise<Dataset> {
  const { places, samples } = await findLines(file, () => undefined, context);
  const description = {
    name: baseName(file.path),
    format: 'text-lines',
    samples,
    fields: [{ name: 'text', kind: 'text', dtype: 'string', shape: [] }],
    sizeBytes: file.source.sizeBytes,
    notes: ['Each line is a text.'],
  } as const;
  return new LineDataset(description, file, places, (line) => ({
    text: { kind: 'tensor', tensor: { dtype: 'string', dims: [], data: [line] } },
  }));
}
