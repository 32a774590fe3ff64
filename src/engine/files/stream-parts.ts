import type { ByteSource } from '../onnx/byte-source';
import type { IncrementalHash } from './sha256';

/** A part of a file: bytes, or a source that is read when its turn comes. */
export type FilePart = Uint8Array | ByteSource;

/**
 * The destination of a file. Windows arrive in order, and their memory is reused: a sink that keeps one must copy it.
 */
export interface PartSink {
  /** `part` is the part that the window is from, for sinks that would rather keep a reference to it. */
  write(window: Uint8Array, part: FilePart, startInPart: number): void | Promise<void>;
}

const windowBytes = 1 << 20;

export interface StreamContext {
  progress(doneBytes: number): void;
  checkpoint(): Promise<void>;
}

/** Reads parts window by window into a hash and a sink, so that no more than one window is in memory. Returns the size. */
export async function streamParts(
  parts: readonly FilePart[],
  hash: Pick<IncrementalHash, 'update'> | undefined,
  sink: PartSink | undefined,
  context: StreamContext,
): Promise<number> {
  let done = 0;
  const memory = new Uint8Array(Math.min(windowBytes, largestFilledBytes(parts)));
  for (const part of parts) {
    const size = part instanceof Uint8Array ? part.byteLength : part.sizeBytes;
    if (!(part instanceof Uint8Array)) await part.prepare?.(() => context.checkpoint());
    for (let start = 0; start < size; start += windowBytes) {
      const window = readWindow(part, start, Math.min(size, start + windowBytes), memory);
      hash?.update(window);
      await sink?.write(window, part, start);
      done += window.byteLength;
      context.progress(done);
      await context.checkpoint();
    }
  }
  return done;
}

/** Reads files one after the other into the sink that `open` returns for each. Progress counts the bytes of all files. */
export async function streamFiles<File extends { readonly parts: readonly FilePart[]; readonly sizeBytes: number }>(
  files: readonly File[],
  open: (file: File) => PartSink,
  { progress, checkpoint }: { progress(doneBytes: number, totalBytes: number): void; checkpoint(): Promise<void> },
): Promise<void> {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  for (const file of files) {
    const context = { progress: (done: number) => progress(before + done, total), checkpoint };
    before += await streamParts(file.parts, undefined, open(file), context);
  }
}

/**
 * Returns the size of the largest part that fills memory given to it. It is 0 if no part does, as with a file in a
 * browser.
 */
function largestFilledBytes(parts: readonly FilePart[]): number {
  return parts.reduce(
    (most, part) => (part instanceof Uint8Array || !part.readInto ? most : Math.max(most, part.sizeBytes)),
    0,
  );
}

/** Reads into `memory` if the source can. Fresh memory for each window would cost more than the reading. */
function readWindow(part: FilePart, start: number, end: number, memory: Uint8Array): Uint8Array {
  if (part instanceof Uint8Array) return part.subarray(start, end);
  if (!part.readInto) return part.read(start, end);
  const window = memory.subarray(0, end - start);
  part.readInto(window, start);
  return window;
}
