/** A picture as a data URI of at most so many bytes: it is made smaller until it fits. */
export function smallPicture(
  {
    width,
    height,
    rgba,
  }: { readonly width: number; readonly height: number; readonly rgba: Uint8ClampedArray<ArrayBuffer> },
  mostBytes: number,
): string {
  const whole = document.createElement('canvas');
  [whole.width, whole.height] = [width, height];
  whole.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  for (let side = Math.min(256, Math.max(width, height)); ; side = Math.ceil(side * 0.8)) {
    const share = side / Math.max(width, height);
    const small = document.createElement('canvas');
    small.width = Math.max(1, Math.round(width * share));
    small.height = Math.max(1, Math.round(height * share));
    small.getContext('2d')?.drawImage(whole, 0, 0, small.width, small.height);
    // A small picture stays exact.
    const uris = [small.toDataURL('image/png'), small.toDataURL('image/jpeg', 0.8)];
    const uri = uris.find(({ length }) => length <= mostBytes);
    if (uri !== undefined || side <= 8) return uri ?? uris[1]!;
  }
}
