/** Memory of the activations over a run. Loaded when the memory of the model was measured. */
import { Paper } from '@mantine/core';
import { useMemo } from 'react';
import { Area, AreaChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { Inspection } from '../../../../engine/analysis/inspection';
import { formatBytes, formatFirst, formatNodePath } from '../../../../engine/format';
import { ChartFrame } from '../../components/charts/ChartFrame';
import chart from '../../components/charts/chart.module.css';
import { bottomAxis, sideAxis } from '../../components/charts/axes';
import { activationsByNode } from '../../../node-facts/inspected-metrics';
import type { ChartTableData } from '../../components/charts/chart-table';

/** Activations over a run as data for a chart: what is alive while each node runs. Pure. */
interface ActivationDrawing {
  /** One sentence on the peak. */
  readonly peak: string;
  /** In the order in which nodes run. In a large model a point shows the largest value of several nodes. */
  readonly points: readonly { readonly node: number; readonly bytes: number }[];
  readonly table: ChartTableData;
}

const mostPoints = 400;
const mostNamed = 3;

/** Returns `null` if sizes are open, or the bytes of nodes are unknown. */
export function drawActivations(inspection: Inspection): ActivationDrawing | null {
  const { peakActivation } = inspection;
  const nodes = activationsByNode(inspection);
  if (peakActivation === null || nodes === null || nodes.length === 0) return null;
  const { bytes, node, alive, aliveCount } = peakActivation;
  const named = formatFirst(
    alive.map((value) => `${value.name} (${formatBytes(value.bytes)})`),
    mostNamed,
    aliveCount,
  );
  const step = Math.ceil(nodes.length / mostPoints);
  const points: { node: number; bytes: number }[] = [];
  for (let first = 0; first < nodes.length; first += step) {
    points.push({ node: first + 1, bytes: Math.max(...nodes.slice(first, first + step).map((each) => each.bytes)) });
  }
  return {
    peak: `The peak is ${formatBytes(bytes)} while ${formatNodePath(node)} runs: ${named}.`,
    points,
    table: {
      columns: [
        { title: 'Node', csvName: 'node' },
        { title: 'Alive', csvName: 'activation_bytes' },
      ],
      rows: nodes.map((each) => [
        { text: formatNodePath(each.path), value: each.path },
        { text: formatBytes(each.bytes), value: each.bytes },
      ]),
    },
  };
}

interface ActivationChartProps {
  readonly inspection: Inspection;
  readonly color: string;
}

const title = 'Activations by node';

export default function ActivationChart({ inspection, color }: ActivationChartProps) {
  const drawing = useMemo(() => drawActivations(inspection), [inspection]);
  if (drawing === null) return null;
  const { peak, points, table } = drawing;
  const subtitle = `Alive while each node runs, in order; estimated. ${peak}`;
  return (
    <Paper withBorder p={16}>
      <ChartFrame title={title} subtitle={subtitle} table={table} fileName="activations" heading={false}>
        <div className={chart.drawn} role="img" aria-label={`${title}. ${peak}`}>
          <ResponsiveContainer width="100%" height={200}>
            <AreaChart
              data={[...points]}
              margin={{ top: 12, right: 24, bottom: 0, left: 0 }}
              accessibilityLayer={false}
            >
              <XAxis dataKey="node" type="number" domain={['dataMin', 'dataMax']} {...bottomAxis} />
              <YAxis tickFormatter={formatBytes} {...sideAxis} width={72} />
              <Area
                dataKey="bytes"
                type="stepAfter"
                stroke={color}
                fill={color}
                fillOpacity={0.2}
                activeDot={false}
                isAnimationActive={false}
              />
            </AreaChart>
          </ResponsiveContainer>
        </div>
      </ChartFrame>
    </Paper>
  );
}
