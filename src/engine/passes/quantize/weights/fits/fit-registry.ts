/** How the grid of a block is chosen from the weights alone, by the name of the method. Everything is rounded to nearest on it first. */
import type { DataFreeMethod } from '../weights-options';
import type { FitBlock } from '../weight-grid';
import { fitKQuant } from './k-quant';
import { fitLeastError } from './least-error';
import { fitMinMax } from './min-max';

export const blockFits: Readonly<Record<DataFreeMethod, FitBlock>> = {
  rtn: fitMinMax,
  squant: fitMinMax,
  mse: fitLeastError,
  'k-quant': fitKQuant,
};
