import { closeSync, openSync, statSync } from 'node:fs';
import { fillFrom, FileWindow, type DiskFile } from './file-window';

class ReopenedFile implements DiskFile {
  readonly path: string;
  readonly sizeBytes: number;

  constructor(path: string) {
    this.path = path;
    this.sizeBytes = statSync(path).size;
  }

  fill(bytes: Uint8Array, position: number): void {
    if (statSync(this.path).size !== this.sizeBytes) throw new Error('another size than when it was opened');
    const descriptor = openSync(this.path, 'r');
    try {
      fillFrom(descriptor, bytes, position);
    } finally {
      closeSync(descriptor);
    }
  }
}

/**
 * A file of the disk that is open only while it is read: for folders with more files than a process may keep open. A file
 * whose size changed is refused, since its windows would not fit it any more.
 */
export class PathSource extends FileWindow {
  /** Throws the system's error (`ENOENT`, `EACCES`) when the file cannot be looked at. */
  static of(path: string): PathSource {
    return new PathSource(new ReopenedFile(path));
  }
}
