import type { StaticOptions } from '../static-options';
import type { Calibrator } from './calibrator';
import { entropyRange } from './entropy';
import { percentileRange } from './percentile';

/** What the option `calibrator` may be. All choose from the same statistics: another one costs no run of the model. */
export const calibrators: Readonly<Record<StaticOptions['calibrator'], Calibrator>> = {
  minmax: ({ minimum, maximum }) => ({ minimum, maximum }),
  'moving-average': (seen) => seen.meanRange,
  entropy: entropyRange,
  percentile: percentileRange,
};
