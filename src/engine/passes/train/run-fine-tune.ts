import type { Model } from '../../onnx/graph';
import { formatCount } from '../../format';
import type { PassContext, PassOutcome } from '../pass';
import type { PassDetails } from '../pass-details';
import type { FineTuneOptions } from './fine-tune';
import { recover, type Recovery } from './recover';

export async function runFineTune(model: Model, options: FineTuneOptions, context: PassContext): Promise<PassOutcome> {
  const recovery = await recover(model, context.original, options, context);
  const { result, refusals } = recovery;
  if (result === undefined) return { model, changes: [], refusals };
  const details = lossDetails(recovery);
  if (recovery.model === model) return { model, changes: [], refusals, details };
  const share = result.startLoss > 0 ? 100 * (1 - result.bestLoss / result.startLoss) : 0;
  return {
    model: recovery.model,
    changes: [{ path: 'graph', op: 'Model', what: `${formatCount(recovery.parameters)} weights trained` }],
    refusals,
    details,
    sentence: `${formatCount(result.steps)} steps took ${share.toFixed(0)} % off the loss on held-out samples.`,
  };
}

function lossDetails({ points }: Recovery): PassDetails {
  return {
    loss: {
      kind: 'curve',
      title: 'Loss',
      x: { label: 'Step', unit: 'count' },
      y: { label: 'Loss', unit: 'number', isLog: true },
      series: Object.entries(points).map(([name, series]) => ({ name, points: series })),
    },
  };
}
