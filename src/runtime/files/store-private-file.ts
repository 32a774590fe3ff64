/** Bytes that are in memory at once. */
const windowBytes = 4_000_000;

/** Replaces the content of a file in the origin private file system, in a worker. Rejects with a `QuotaExceededError` if the disk is full. */
export async function storePrivateFile(
  path: readonly string[],
  content: Blob,
  { checkpoint }: { checkpoint(): Promise<void> },
): Promise<void> {
  let folder = await navigator.storage.getDirectory();
  for (const name of path.slice(0, -1)) folder = await folder.getDirectoryHandle(name);
  const file = await (await folder.getFileHandle(path.at(-1) ?? '')).createSyncAccessHandle();
  try {
    // Safari before 16.4 does some of these later: the awaits are for it.
    await file.truncate(0);
    for (let at = 0; at < content.size; at += windowBytes) {
      const window = await content.slice(at, at + windowBytes).arrayBuffer();
      const written = file.write(window, { at });
      if (written < window.byteLength) throw new DOMException('The disk is full.', 'QuotaExceededError');
      await checkpoint();
    }
    await file.flush();
  } finally {
    await file.close();
  }
}
