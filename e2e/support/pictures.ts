import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodePng } from '../../cli/testing/brightness.ts';
import { readNpz } from './npz.ts';
import { sample, sampleFile } from './samples.ts';

const size = { width: 28, height: 28, channels: 1 } as const;

interface Choice {
  /** Name of the folder of a class, by default its number. */
  readonly nameOf?: (label: number) => string;
  /** The most pictures of each class; all by default. */
  readonly mostOfEach?: number;
}

/** The evaluation pictures of the Fashion-MNIST sample as PNG files, a folder per class. */
export async function writePictures(
  folder: string,
  { nameOf = String, mostOfEach = Infinity }: Choice = {},
): Promise<void> {
  const { data } = sample('fashion-cnn');
  if (data === undefined) throw new Error('The sample has no data.');
  const arrays = readNpz(sampleFile(data.evaluation.file));
  const { image, labels } = arrays;
  if (image === undefined || labels === undefined) throw new Error(`There are only ${Object.keys(arrays).join(', ')}.`);
  const pixels = image.values as Uint8Array;
  const written = new Map<number, number>();
  for (const [index, label] of Array.from(labels.values, Number).entries()) {
    const before = written.get(label) ?? 0;
    if (before === mostOfEach) continue;
    written.set(label, before + 1);
    const place = path.join(folder, nameOf(label));
    if (before === 0) await mkdir(place, { recursive: true });
    const png = encodePng(size, pixels.subarray(index * 784, (index + 1) * 784));
    await writeFile(path.join(place, `${String(index).padStart(4, '0')}.png`), png);
  }
}
