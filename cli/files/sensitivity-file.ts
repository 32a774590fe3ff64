/** The file that measuring layers writes after each of them, and goes on from. */
import { existsSync } from 'node:fs';
import { ParetoError } from '../../src/engine/errors';
import type { Sensitivity } from '../../src/engine/search/sensitivity';
import { parseSensitivityText } from '../../src/engine/search/sensitivity-schema';
import type { SearchBasis } from '../../src/work/search';
import type { InputFiles } from './input-files';
import { OutputFile } from './output-file';
import { differingNames, nameOthers, readText } from './search-folder';

/** Whole or not at all. Throws as `OutputFile` does. */
export function writeMeasured(path: string, found: Sensitivity, basis: SearchBasis, inputs: InputFiles): void {
  OutputFile.writeWhole(path, `${JSON.stringify({ ...found, basis: JSON.stringify(basis) }, null, 2)}\n`, inputs);
}

/**
 * Throws `sensitivity/nothing-to-resume` if there is no such file, `sensitivity/basis` naming what differs where it is of another
 * model, data or technique, and what `parseSensitivityText` throws.
 */
export function readMeasured(path: string, now: SearchBasis): Sensitivity {
  if (!existsSync(path)) {
    throw new ParetoError('sensitivity/nothing-to-resume', `There is no ${path} to continue. Leave out --resume.`);
  }
  const { basis, ...found } = parseSensitivityText(readText(path));
  const differing = differingNames(basis, now);
  if (differing.length === 0) return found;
  throw new ParetoError(
    'sensitivity/basis',
    `The results in ${path} were measured with ${nameOthers(differing)}. Leave out --resume, or use the same inputs.`,
  );
}
