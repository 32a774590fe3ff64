/** The choice of the grid of a block from the weights alone, by method. Weights are first rounded to nearest on it. */
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
