/** The browser's open dialog. Resolves to an empty list when the person closes it. */
export function pickFiles(accept = '', multiple = true): Promise<readonly File[]> {
  return pick({ accept, multiple });
}

/** The same for a folder: every file in it, each with its `webkitRelativePath`. */
export function pickFolder(): Promise<readonly File[]> {
  return pick({ webkitdirectory: true });
}

function pick(
  attributes: Partial<Pick<HTMLInputElement, 'accept' | 'multiple' | 'webkitdirectory'>>,
): Promise<readonly File[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    Object.assign(input, attributes);
    input.addEventListener('change', () => resolve([...(input.files ?? [])]), { once: true });
    input.addEventListener('cancel', () => resolve([]), { once: true });
    input.click();
  });
}
