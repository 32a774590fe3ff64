/** One of so many samples. */
const heldOutEvery = 4;

/**
 * Whether a calibration sample is one to judge by, by its place among those that are read. Every pass of a recipe that fits, tries or
 * trains leaves the same ones out: a step that was judged by what an earlier one had fitted would always look worse than its start.
 */
export function isHeldOut(position: number): boolean {
  return position % heldOutEvery === heldOutEvery - 1;
}
