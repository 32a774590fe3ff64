/** Nodes of a model under the roofline of this device. */
import { CartesianGrid, Line, ComposedChart, ResponsiveContainer, Scatter, XAxis, YAxis, ZAxis } from 'recharts';
import { formatCounted, formatFigures, formatProvider } from '../../../../engine/format';
import { isRoofTooLow, roofTooLow } from '../../../../engine/profiling/roofline';
import type { MeasuredRoofline } from '../../../jobs/jobs';
import { ChartFrame } from '../../components/charts/ChartFrame';
import chart from '../../components/charts/chart.module.css';
import { drawRoofline, tabulateRoofline, type RooflineDrawing } from './roofline-drawing';
import { bottomAxis, sideAxis } from '../../components/charts/axes';

interface RooflineChartProps {
  readonly limits: MeasuredRoofline;
  readonly name: string;
  readonly color: string;
}

export function RooflineChart({ limits: { roofline }, name, color }: RooflineChartProps) {
  const { nodes, ep, peakGflops, bandwidthGbps, threads } = roofline;
  const place = ep === 'wasm' ? `WASM with ${formatCounted(threads, 'thread')}` : formatProvider(ep);
  const title = `Roofline: ${formatFigures(peakGflops)}\u00a0GFLOP/s, ${formatFigures(bandwidthGbps)}\u00a0GB/s`;
  const drawing = drawRoofline(roofline, nodes);
  const sizes = `Larger points take more time${drawing.largest === undefined ? '' : `, ${drawing.largest} the most`}.`;
  const doubt = isRoofTooLow(roofline, nodes) ? ` ${roofTooLow}` : '';
  const subtitle = `GFLOP/s of each node of ${name} by FLOP per byte, on ${place}. ${sizes}${doubt}`;
  return (
    <ChartFrame title={title} subtitle={subtitle} table={tabulateRoofline(nodes)} fileName="roofline" heading={false}>
      <div className={chart.drawn} role="img" aria-label={`${title}. ${subtitle}`}>
        <Drawing drawing={drawing} color={color} />
      </div>
    </ChartFrame>
  );
}

function Drawing({
  drawing: { points, roof, xTicks, yTicks },
  color,
}: {
  readonly drawing: RooflineDrawing;
  readonly color: string;
}) {
  const axis = { type: 'number', scale: 'log', allowDataOverflow: true, tickFormatter: formatFigure } as const;
  return (
    <ResponsiveContainer width="100%" height={260}>
      <ComposedChart margin={{ top: 16, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <CartesianGrid stroke="var(--grid-line)" />
        <XAxis
          {...axis}
          dataKey="intensity"
          domain={[xTicks[0]!, xTicks.at(-1)!]}
          ticks={[...xTicks]}
          {...bottomAxis}
        />
        <YAxis
          {...axis}
          dataKey="gflops"
          domain={[yTicks[0]!, yTicks.at(-1)!]}
          ticks={[...yTicks]}
          {...sideAxis}
          width={56}
        />
        <ZAxis dataKey="share" range={[16, 400]} domain={[0, 1]} />
        <Line
          data={[...roof]}
          dataKey="gflops"
          stroke="var(--text-muted)"
          strokeWidth={2}
          dot={false}
          activeDot={false}
          isAnimationActive={false}
        />
        <Scatter data={[...points]} dataKey="gflops" fill={color} fillOpacity={0.6} isAnimationActive={false} />
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function formatFigure(value: number): string {
  return String(value);
}
