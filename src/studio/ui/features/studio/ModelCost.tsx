/** What one run of the model costs, counted from its shapes: nothing is run. */
import type { Inspection } from '../../../../engine/analysis/inspection';
import { formatBytes, formatCount } from '../../../../engine/report/format';
import { FactList, type Fact } from '../../components/FactList';
import classes from './ModelView.module.css';

export function ModelCost({ inspection }: { readonly inspection: Inspection }) {
  const { macs, flops, bytes } = inspection;
  const text = (value: number | null, format: (value: number) => string): string =>
    value === null ? 'not known: a size is open' : format(value);
  const facts: readonly Fact[] = [
    ['Multiply-adds', text(macs, formatCount)],
    ['FLOPs', text(flops, formatCount)],
    ['Bytes moved', text(bytes, formatBytes)],
    ['Peak activations', <PeakActivations key="peak" inspection={inspection} />],
  ];
  return (
    <section aria-label="Cost of one run">
      <h3>Cost of one run</h3>
      <FactList facts={facts} />
    </section>
  );
}

function PeakActivations({ inspection }: { readonly inspection: Inspection }) {
  const { peakActivation: peak, peakActivationUnknown: reason } = inspection;
  if (peak === null) return reason;
  return (
    <>
      {formatBytes(peak.bytes)}
      <p className={classes.note}>static estimate, while {peak.node.replace(/^graph\//, '')} runs</p>
    </>
  );
}
