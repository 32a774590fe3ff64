import { isParetoError } from '../../errors';

/**
 * The sentence for a sample that cannot be read, so that the others go on. Throws errors that concern all samples:
 * canceling, a file that is gone, a defect of the program.
 */
export function reasonOf(error: unknown): string {
  if (!isParetoError(error) || error.code === 'source/unreadable') throw error;
  return error.message;
}
