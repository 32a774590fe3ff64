import type { Feeds } from '../../engine/data/feeds';

/** Bytes of all tensors together; a string counts as 16. */
export function feedsSizeBytes(tensors: Feeds): number {
  let bytes = 0;
  for (const { data } of Object.values(tensors)) bytes += 'byteLength' in data ? data.byteLength : data.length * 16;
  return bytes;
}
