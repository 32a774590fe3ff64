/** The functions that the walk runs in the page. Each function is sent as text, so none uses another. */

export function markInPage(selector: string, name: string): boolean {
  for (const marked of document.querySelectorAll('[data-walk]')) marked.removeAttribute('data-walk');
  const found = [...document.querySelectorAll<HTMLElement>(selector)].find((element) => {
    const text = `${element.getAttribute('aria-label') ?? ''} ${element.innerText}`.trim();
    const isDisabled = element.matches(':disabled, [aria-disabled=true]');
    return element.getClientRects().length > 0 && !isDisabled && new RegExp(name).test(text);
  });
  found?.setAttribute('data-walk', '');
  found?.scrollIntoView({ block: 'center' });
  return found !== undefined;
}

export function textInPage(selector: string): string {
  return document.querySelector<HTMLElement>(selector)?.innerText ?? '';
}

export function hasTextInPage(selector: string, wanted = '\\S'): boolean {
  return [...document.querySelectorAll<HTMLElement>(selector)].some(({ innerText }) =>
    new RegExp(wanted).test(innerText),
  );
}

export function hasRowsInPage(least: number): boolean {
  return document.querySelectorAll('[data-testid=variants] li').length >= least;
}

export function areComparedInPage(): boolean {
  const listed = [...document.querySelectorAll('[data-testid=variants] li [class*=variantName]')];
  const rows = [...document.querySelectorAll<HTMLTableRowElement>('section[aria-label=Compare] tbody tr')];
  const isShown = (name: string | null) =>
    rows.some(
      ({ cells: [first, size] }) => first?.textContent === name && /^[\d,]+\sbytes/.test(size?.textContent ?? ''),
    );
  return listed.length > 1 && listed.every(({ textContent }) => isShown(textContent));
}

export function markResultInPage(): void {
  for (const shown of document.querySelectorAll('[data-testid=search-result]')) shown.setAttribute('data-earlier', '');
}

/** On a busy machine, a goal asks for more time. It gets it. */
export function hasFollowedInPage(least: number): boolean {
  if (document.querySelectorAll('[data-testid=variants] li').length >= least) return true;
  const buttons = [...document.querySelectorAll('button')];
  buttons.find(({ textContent }) => textContent?.startsWith('Continue for'))?.click();
  const result = document.querySelector<HTMLElement>('[data-testid=search-result]:not([data-earlier])');
  return result !== null && /\S/.test(result.innerText);
}

export function isOpenInPage(file: string): boolean {
  const headline = document.querySelector<HTMLElement>('[data-testid=headline]');
  return location.hash === '#studio' && headline?.innerText.includes(file) === true;
}

/** Chooses each cell of a visible column, also those that have a result. */
export function chooseCellsInPage(): void {
  for (const box of document.querySelectorAll<HTMLInputElement>('[data-testid^="cell-"] input[type=checkbox]')) {
    if (!box.checked && box.getClientRects().length > 0) box.click();
  }
}

/** The compiler refuses some variants, and never the original. */
export function areMeasuredInPage(): boolean {
  const cells = [...document.querySelectorAll<HTMLElement>('[data-testid^="cell-"]')];
  const shown = cells.filter((cell) => cell.getClientRects().length > 0);
  const mayFail = ({ dataset }: HTMLElement) => /^cell-(?!original).*compiled$/.test(dataset.testid ?? '');
  const isDone = (cell: HTMLElement) =>
    cell.dataset.state === 'measured' || (cell.dataset.state === 'failed' && mayFail(cell));
  return shown.length > 0 && shown.every(isDone);
}

/** Opens the details of a failed cell. False if there are fewer. */
export function openRefusedInPage(at: number): boolean {
  const cell = document.querySelectorAll<HTMLElement>('[data-testid^="cell-"][data-state=failed] button')[at];
  if (cell?.getAttribute('aria-pressed') === 'false') cell.click();
  return cell !== undefined;
}

/** Jobs that run or wait: a job without progress has no bar, and one that cannot be canceled has a bar alone. */
export function jobsInPage(): string {
  const shown = [...document.querySelectorAll<HTMLElement>('[role=progressbar][aria-valuenow], [data-job=cancel]')];
  const jobs = new Set(shown.map((element) => element.closest('section') ?? element));
  return [...jobs].map(({ innerText }) => innerText.replace(/\s+/g, ' ') || 'a job').join('; ');
}
