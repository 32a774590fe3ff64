import { expect, type Page } from '@playwright/test';

/** Counts of the confusion matrix, row by row. */
export async function readConfusion(page: Page): Promise<number[][]> {
  const table = page.getByRole('table', { name: /^Confusion matrix of / });
  await expect(table).toBeVisible();
  const texts = await table
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => Array.from(row.querySelectorAll('td'), ({ textContent }) => textContent)));
  return texts.map((row) => row.map(countOf));
}

/** Samples that are right: those of the diagonal. */
export function correctOf(counts: readonly (readonly number[])[]): number {
  return counts.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
}

/** `1,020` */
function countOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}
