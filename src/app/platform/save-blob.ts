/** Hands a blob to the browser's downloads. Nothing is copied: the browser reads the blob's own parts. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // A large download starts reading after the click has returned: the address must outlive it.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
