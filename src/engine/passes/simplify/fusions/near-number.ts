/** Numbers of a formula as exporters write them: rounded to the type of the model, or to five places by hand. */
const tolerance = 1e-5;
/** Half of the distance of float16 numbers. */
const halfTolerance = 2 ** -11;

/** True where a constant is the number of a formula. `isHalf`: the constant is float16. */
export function isNear(value: number, wanted: number, isHalf = false): boolean {
  return Math.abs(value - wanted) <= Math.abs(wanted) * (isHalf ? halfTolerance : tolerance);
}
