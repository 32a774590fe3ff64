/** The path of a file within the dropped or chosen content, as the drop zone or the folder dialog adds it. */
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
