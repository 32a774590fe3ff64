/** How near a compiled module is to the model. */
import { formatCounted, formatDecibels, formatList } from '../format';
import type { Build } from './compile-model';

/** A contract: part of `report.json`. */
export interface ModuleCheck {
  /** The error of the outputs against onnxruntime-web. */
  readonly sqnrDb: number;
  readonly checkedOn: {
    readonly samples: number;
    readonly inputs: 'data' | 'random';
    /** `exact-sigmoids`: onnxruntime-web with sigmoids by their formula, because its own are the larger part of the error. */
    readonly against: 'runtime' | 'exact-sigmoids';
    /** Builds that were written and that the engine of the check cannot run. */
    readonly notRun: readonly Build[];
  };
}

/** `SQNR 132 dB to onnxruntime-web on 3 random inputs; this engine cannot run the relaxed build` */
export function describeCheck({ sqnrDb, checkedOn }: ModuleCheck): string {
  const { samples, inputs, against, notRun } = checkedOn;
  const exact = against === 'runtime' ? '' : ' with exact sigmoids';
  const left = notRun.length === 0 ? '' : `; this engine cannot run the ${formatList(notRun)} build`;
  const kind = inputs === 'data' ? 'sample' : 'random input';
  return `SQNR ${formatDecibels(sqnrDb)} to onnxruntime-web${exact} on ${formatCounted(samples, kind)}${left}`;
}
