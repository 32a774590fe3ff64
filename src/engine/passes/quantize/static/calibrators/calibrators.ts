import type { StaticOptions } from '../static-options';
import type { Calibrator } from './calibrator';
import { entropyRange } from './entropy';
import { percentileRange } from './percentile';

/** The calibrators by the value of the option `calibrator`. All choose from the same statistics, so that another one needs no run of the model. */
export const calibrators: Readonly<Record<StaticOptions['calibrator'], Calibrator>> = {
  minmax: ({ minimum, maximum }) => ({ minimum, maximum }),
  'moving-average': (seen) => seen.meanRange,
  entropy: entropyRange,
  percentile: percentileRange,
};
