/** The product of all numbers, 1 for none: of the sizes of a shape, its number of elements. */
export function productOf(numbers: readonly number[]): number {
  return numbers.reduce((product, number) => product * number, 1);
}
