import { closeSync, fstatSync, openSync } from 'node:fs';
import { fillFrom, FileWindow, type DiskFile } from './file-window';

class OpenFile implements DiskFile {
  readonly path: string;
  readonly descriptor: number;
  readonly sizeBytes: number;

  constructor(path: string) {
    this.path = path;
    this.descriptor = openSync(path, 'r');
    this.sizeBytes = fstatSync(this.descriptor).size;
  }

  fill(bytes: Uint8Array, position: number): void {
    fillFrom(this.descriptor, bytes, position);
  }
}

/** A file of the disk that stays open until `close` or the end of the process: for the few files of a model. */
export class FileSource extends FileWindow {
  readonly #descriptor: number;

  /** Throws the system's error (`ENOENT`, `EACCES`) when the file cannot be opened. */
  static open(path: string): FileSource {
    return new FileSource(new OpenFile(path));
  }

  private constructor(file: OpenFile) {
    super(file);
    this.#descriptor = file.descriptor;
  }

  /** Closes the file for every window on it. */
  close(): void {
    closeSync(this.#descriptor);
  }
}
