import { formatCount, formatShortCount } from '../../../../engine/format';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { Evidence } from '../../components/Evidence';
import type { Fact } from '../../components/FactList';
import { Quantity } from '../../components/Quantity';
import { MetricTile } from '../../components/tiles/MetricTile';

/** Complexity of the original. MACs are those of the chosen sizes; without a choice they are known only if no size is open. */
export function ComplexityTile() {
  const inspection = useWorkspace((state) => state.original?.inspection ?? null);
  const sizes = useWorkspace((state) => state.freeDimensions);
  const entry = useInspectedModel(originalId);
  if (inspection === null) return null;
  const { parameters, nodes } = inspection;
  const macs = entry?.inspected?.inspection.macs ?? inspection.macs;
  const chosen = Object.entries(sizes).map(([name, size]): Fact => [`Size of ${name}`, formatCount(size)]);
  return (
    <MetricTile
      label="Parameters"
      value={
        <Evidence
          title="Parameters"
          method="Parameters are the elements of all weights, each counted once. Sizes, axes, indices and masks are not counted. Multiply-adds are counted from the shapes of one run: matrix products, convolutions, attention and recurrent layers."
          facts={[
            ['Parameters', formatCount(parameters)],
            ['Nodes', formatCount(nodes.length)],
            ['MACs', macs === null ? 'unknown' : formatCount(macs)],
            ...chosen,
          ]}
        >
          <Quantity text={formatShortCount(parameters)} size="metric" />
        </Evidence>
      }
      note={macsNote(macs, entry?.pending ?? true)}
    />
  );
}

function macsNote(macs: number | null, pending: boolean): string {
  if (macs !== null) return `${formatShortCount(macs)} MACs`;
  return pending ? 'counting MACs…' : 'MACs unknown';
}
