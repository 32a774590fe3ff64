import type { Bundle } from '../../engine/deploy/make-bundle';
import { Crc32 } from '../../engine/files/crc32';
import { storedZip, type ZipEntry } from '../../engine/recipe/stored-zip';
import type { Progress } from '../../engine/progress';
import type { ModelFiles } from '../models/model-files';

interface PackContext {
  progress(progress: Progress): void;
  checkpoint(): Promise<void>;
}

/** Returns the path of each file of a bundle, with the model's files. */
export function bundleContents(bundle: Bundle, files: ModelFiles): readonly (readonly [path: string, content: Blob])[] {
  const folder = bundle.modelPath.slice(0, bundle.modelPath.lastIndexOf('/') + 1);
  return [
    ...bundle.files.map(({ path, text }) => [path, new Blob([text])] as const),
    [bundle.modelPath, files.model] as const,
    ...files.externalData.map(({ path, data }) => [`${folder}${path}`, data] as const),
  ];
}

/** One zip of all of it, in a folder of the bundle's name. The same bundle gives the same bytes. */
export function packBundle(bundle: Bundle, files: ModelFiles, context: PackContext): Promise<Blob> {
  return packFiles(bundle.name, bundleContents(bundle, files), context);
}

/** One zip of these files, each at its path in the folder `name`. */
export async function packFiles(
  name: string,
  contents: readonly (readonly [path: string, content: Blob])[],
  context: PackContext,
): Promise<Blob> {
  const total = contents.reduce((sum, [, content]) => sum + content.size, 0);
  const entries: ZipEntry[] = [];
  let done = 0;
  for (const [path, content] of contents) {
    const crc = new Crc32();
    for await (const piece of piecesOf(content)) {
      crc.update(piece);
      done += piece.length;
      context.progress({ stage: 'Packing the bundle', done, total });
      await context.checkpoint();
    }
    entries.push({ name: `${name}/${path}`, sizeBytes: content.size, crc32: crc.value });
  }
  const { headers, directory } = storedZip(entries);
  const parts = contents.flatMap(([, content], index) => [headers[index]!, content]);
  return new Blob([...parts, directory], { type: 'application/zip' });
}

const pieceBytes = 4 * 2 ** 20;

async function* piecesOf(content: Blob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.size; start += pieceBytes) {
    yield new Uint8Array(await content.slice(start, start + pieceBytes).arrayBuffer());
  }
}
