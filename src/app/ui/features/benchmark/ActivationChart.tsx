/** Memory of the activations over a run. Loaded when the memory of the model was measured. */
import { Paper } from '@mantine/core';
import { useMemo } from 'react';
import { Area, AreaChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { Inspection } from '../../../../engine/analysis/inspection';
import { formatBytes } from '../../../../engine/format';
import { ChartFrame } from '../../components/charts/ChartFrame';
import chart from '../../components/charts/chart.module.css';
import { drawActivations } from './activation-drawing';
import { bottomAxis, sideAxis } from '../../components/charts/axes';

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
