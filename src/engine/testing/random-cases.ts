/** The number of random cases that a test tries: that of the environment, for a long search of defects, or the usual one. */
export function randomCases(usual: number): number {
  return Number(process.env['PARETO_RANDOM_CASES'] ?? usual);
}
