/** Without its data, a recipe gives another file than with it, so it runs without data only on request. */
import type { PassReport } from '../src/engine/recipe/optimization';
import type { Recipe } from '../src/engine/recipe/recipe';
import * as engine from '../src/engine/recipe/recipe-calibration';
import { listOption, UsageError, type Invocation } from './command';

const remedy = 'Name it with --data, or run the recipe without data with --without-data.';

/** Throws `data/missing` for a recipe that was made with data, before anything is run, and UsageError for `--without-data` beside data. */
export function refuseRecipeWithoutData(invocation: Invocation, recipe: Recipe): void {
  if (hasData(invocation) && invocation.values['without-data'] === true)
    throw new UsageError('Use either --data or --without-data, not both.');
  if (!mayLackData(invocation)) engine.refuseRecipeWithoutData(recipe, remedy);
}

/** Throws `data/missing` if passes did nothing for want of data. */
export function refuseUncalibrated(invocation: Invocation, reports: readonly PassReport[]): void {
  if (!mayLackData(invocation)) engine.refuseUncalibrated(reports, remedy);
}

const hasData = (invocation: Invocation): boolean => listOption(invocation, 'data').length > 0;

/** A goal chooses passes that suit what is given. */
const mayLackData = (invocation: Invocation): boolean =>
  hasData(invocation) || invocation.values['without-data'] === true || invocation.values.goal !== undefined;
