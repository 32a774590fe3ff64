import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** A SHA-256 in the making. Hosts with a faster one (Node) bring their own. */
export interface IncrementalHash {
  update(bytes: Uint8Array): void;
  /** 64 hexadecimal digits; ends the hash. */
  digestHex(): string;
}

/** Hashes bytes as they come. Large files are hashed so without being in memory. */
export function createSha256(): IncrementalHash {
  const hash = sha256.create();
  return {
    update: (bytes) => void hash.update(bytes),
    digestHex: () => bytesToHex(hash.digest()),
  };
}
