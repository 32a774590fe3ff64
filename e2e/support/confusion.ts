import { expect, type Page } from '@playwright/test';

/** Counts of the confusion matrix, read as a screen reader does: row by row, cell by cell. */
export async function readConfusion(page: Page): Promise<number[][]> {
  const table = page.getByRole('table', { name: /^Confusion matrix of / });
  await expect(table).toBeVisible();
  const rows = await table.getByRole('row').all();
  return Promise.all(rows.slice(1).map(async (row) => (await row.getByRole('cell').allTextContents()).map(countOf)));
}

/** Samples that are right: those of the diagonal. */
export function correctOf(counts: readonly (readonly number[])[]): number {
  return counts.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
}

/** `1,020` */
function countOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}
