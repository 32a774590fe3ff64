import type { PruneChannelsOptions } from './prune-channels';
import type { CostMeasure } from './removal-cost';

/** With a target that can be counted. */
export type CountedOptions = Omit<PruneChannelsOptions, 'of'> & { readonly of: CostMeasure };
