import { formatCount } from '../../../../engine/report/format';
import { useWorkspace } from '../../../state/use-stores';
import { Evidence } from '../../components/Evidence';
import { Quantity } from '../../components/Quantity';
import { MetricTile } from '../../components/tiles/MetricTile';

/** 2.7 M: a count of this size is read by its order of magnitude. */
function shortCount(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  let unit = 0;
  let value = count;
  while (unit < units.length - 1 && Number(value.toPrecision(3)) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? String(count) : `${value.toPrecision(3)}\u00a0${units[unit]}`;
}

export function ComplexityTile() {
  const inspection = useWorkspace((state) => state.original?.inspection ?? null);
  if (inspection === null) return null;
  const { parameters, macs, nodes } = inspection;
  const macsText = macs === null ? 'multiply-adds not known' : `${shortCount(macs)} multiply-adds`;
  return (
    <MetricTile
      label="Parameters"
      value={
        <Evidence
          title="Parameters"
          method="Elements of all weights, wherever the file keeps them. Multiply-adds are counted from the shapes of one run."
          facts={[
            ['Parameters', formatCount(parameters)],
            ['Nodes', formatCount(nodes.length)],
            ['Multiply-adds', macs === null ? 'unknown' : formatCount(macs)],
          ]}
        >
          <Quantity text={shortCount(parameters)} size="metric" />
        </Evidence>
      }
      note={macsText}
    />
  );
}
