/** Shows the cost of one run of the model, computed from its shapes without a run. */
import type { Inspection } from '../../../../engine/analysis/inspection';
import { describeCost } from '../../../../engine/report/describe-cost';
import { formatBytes, formatFirst, formatNodePath } from '../../../../engine/format';
import { DimensionFields } from '../../components/DimensionFields';
import { FactList, type Fact } from '../../components/FactList';
import { Hint } from '../../components/Term';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import classes from './ModelView.module.css';

/** The hint names the largest values. */
const mostNamed = 4;

export function ModelCost({ inspection }: { readonly inspection: Inspection }) {
  const facts: readonly Fact[] = [
    ['MACs', describeCost(inspection, 'macs')],
    ['FLOPs', describeCost(inspection, 'flops')],
    ['Bytes moved', describeCost(inspection, 'bytes')],
    ['Peak activations', <PeakActivations key="peak" inspection={inspection} />],
  ];
  return (
    <section aria-label="Cost of one run">
      <h3>Cost of one run</h3>
      <div className={classes.stack}>
        <InputSizes />
        <FactList facts={facts} />
      </div>
    </section>
  );
}

/**
 * The sizes that the figures below, those of every node and the predictions hold for. Shows nothing if the model fixes
 * all sizes.
 */
function InputSizes() {
  const busy = useJob((state) => hasJob(state, 'benchmark', 'measure-nodes', 'evaluate'));
  const hasOpenSizes = useWorkspace((state) => Object.keys(state.freeDimensions).length > 0);
  if (!hasOpenSizes) return null;
  return (
    <fieldset className={classes.sizes} disabled={busy}>
      <legend className="visually-hidden">Input sizes</legend>
      <DimensionFields />
    </fieldset>
  );
}

function PeakActivations({ inspection }: { readonly inspection: Inspection }) {
  const { peakActivation: peak, peakActivationUnknown: reason } = inspection;
  if (peak === null) return reason;
  const alive = formatFirst(
    peak.alive.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`),
    mostNamed,
    peak.aliveCount,
  );
  const hint = `Static estimate, while ${formatNodePath(peak.node)} runs. Alive: ${alive}.`;
  return <Hint text={hint}>{formatBytes(peak.bytes)}</Hint>;
}
