/** Where a file lay in what was dropped or chosen: what is added to it by the drop zone and by a folder's dialog. */
interface PlacedFile extends File {
  /** Set by the drop zone: `./cat.png` or `/train/cat.png`. */
  readonly path?: string;
}

/** Relative, with forward slashes: `train/cat/003.png`. The file's name where nothing more is known. */
export function droppedPath(file: File): string {
  const place = (file as PlacedFile).path ?? '';
  const path = file.webkitRelativePath || place || file.name;
  return path.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
}
