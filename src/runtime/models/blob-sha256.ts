import { createSha256 } from '../../engine/files/sha256';

/**
 * The largest size for the browser's own SHA-256, which needs all bytes in memory at once. It takes a fraction of a
 * second for this size.
 */
const largestDigestBytes = 2 ** 26;

/** SHA-256 of a small file as 64 hexadecimal digits; empty for a large one, which takes too long to wait for. */
export async function quickSha256(blob: Blob): Promise<string> {
  if (blob.size > largestDigestBytes) return '';
  const bytes = await blob.arrayBuffer();
  // Pages of other machines without TLS do not have the browser's own.
  if (!('subtle' in crypto)) {
    const hash = createSha256();
    hash.update(new Uint8Array(bytes));
    return hash.digestHex();
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
