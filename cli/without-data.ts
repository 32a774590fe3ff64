/** A recipe that needs data and is run without any would give another file than where it was made: only on demand. */
import { ParetoError } from '../src/engine/errors';
import { formatList } from '../src/engine/format';
import type { PassReport } from '../src/engine/recipe/optimization';
import { recipeCalibrates } from '../src/engine/recipe/pipeline';
import type { Recipe } from '../src/engine/recipe/recipe';
import { listOption, UsageError, type Invocation } from './command';

/** Throws `data/missing` for a recipe that was made with data, before anything is run, and UsageError for `--without-data` beside data. */
export function refuseRecipeWithoutData(invocation: Invocation, recipe: Recipe): void {
  const hasData = listOption(invocation, 'data').length > 0;
  if (hasData && invocation.values['without-data'] === true)
    throw new UsageError('Use either --data or --without-data, not both.');
  if (hasData || allowsNone(invocation) || recipe.data === undefined || !recipeCalibrates(recipe)) return;
  throw missing('The recipe was made with data');
}

/** Throws `data/missing` where passes did nothing for want of data. */
export function refuseUncalibrated(invocation: Invocation, reports: readonly PassReport[]): void {
  if (allowsNone(invocation) || listOption(invocation, 'data').length > 0) return;
  const idle = reports.filter(({ refusals }) => refusals.some(({ code }) => code === 'no-data')).map(({ id }) => id);
  if (idle.length > 0) throw missing(`${formatList([...new Set(idle)])} ${idle.length === 1 ? 'needs' : 'need'} data`);
}

/** A goal chooses passes that suit what is given. */
const allowsNone = ({ values }: Invocation): boolean => values['without-data'] === true || values.goal !== undefined;

function missing(why: string): ParetoError {
  return new ParetoError(
    'data/missing',
    `${why}, and there is none. Name it with --data, or run the recipe without data with --without-data.`,
  );
}
