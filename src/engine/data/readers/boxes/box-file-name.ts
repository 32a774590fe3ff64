/** True for a file that may hold boxes in the pictures beside it, or the names of their classes, by its name. */
export function mayHoldBoxes(path: string): boolean {
  return /\.(json|txt|names|ya?ml)$/i.test(path);
}
