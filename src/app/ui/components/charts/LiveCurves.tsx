/** Curves that grow while a pass works. Loaded with the first point, because the chart library comes with it. */
import { Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { LiveCurve } from '../../../state/jobs/live-curves';
import { colorOfIndex } from '../../theme/variant-color';
import classes from './chart.module.css';
import { tick } from './axes';

export default function LiveCurves({ curves }: { readonly curves: readonly LiveCurve[] }) {
  return curves.map((curve) => <Curve key={curve.name} curve={curve} />);
}

function Curve({ curve: { name, series } }: { readonly curve: LiveCurve }) {
  return (
    <figure className={classes.live} role="img" aria-label={`${name}. ${series.map(spoken).join('; ')}`}>
      <figcaption>
        {name}
        {series.map((line, index) => (
          <span key={line.name} style={{ color: colorOfIndex(index) }}>
            {line.name} {shown(line.points.at(-1)?.y)}
          </span>
        ))}
      </figcaption>
      <ResponsiveContainer width="100%" height={96}>
        <LineChart margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <XAxis dataKey="x" type="number" domain={['dataMin', 'dataMax']} tick={tick} tickLine={false} height={20} />
          <YAxis
            dataKey="y"
            type="number"
            domain={['auto', 'auto']}
            tick={tick}
            tickFormatter={shown}
            axisLine={false}
            tickLine={false}
            tickCount={3}
            width={52}
          />
          {series.map((line, index) => (
            <Line
              key={line.name}
              data={[...line.points]}
              dataKey="y"
              stroke={colorOfIndex(index)}
              strokeWidth={1.5}
              dot={false}
              activeDot={false}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </figure>
  );
}

function shown(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(3)));
}

function spoken({ name, points }: LiveCurve['series'][number]): string {
  return `${name}: ${shown(points.at(-1)?.y)} at ${shown(points.at(-1)?.x)}`;
}
