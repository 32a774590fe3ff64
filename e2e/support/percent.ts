/** How the page shows a share: `97.9 %`. */
export function percent(correct: number, total: number): RegExp {
  return new RegExp(`${((100 * correct) / total).toFixed(1)}\\s%`);
}
