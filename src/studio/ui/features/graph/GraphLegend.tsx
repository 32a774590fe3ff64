/** What the colours in view mean. */
import type { Scene } from './graph-scene';
import classes from './GraphLegend.module.css';
import { colourItems, colouringTitles, hueTitles, precisionHues, type Colouring, type Hue } from './node-colours';

interface GraphLegendProps {
  readonly scene: Scene;
  readonly colouring: Colouring;
}

export function GraphLegend({ scene, colouring }: GraphLegendProps) {
  if (colouring === 'parameters' || colouring === 'macs') {
    return (
      <p className={classes.legend}>
        <span className={classes.entry}>
          none <span className={classes.scale} aria-hidden="true" /> most {colouringTitles[colouring].toLowerCase()} of
          a node
        </span>
      </p>
    );
  }
  const present = new Set(colourItems(scene.items, colouring).map(({ hue }) => hue));
  const entries: readonly (readonly [Hue, string])[] =
    colouring === 'operator'
      ? (Object.entries(hueTitles) as [Hue, string][])
      : precisionHues.map(({ hue, title }) => [hue, title] as const);
  return (
    <ul className={classes.legend} aria-label={`Colours: ${colouringTitles[colouring].toLowerCase()}`}>
      {entries
        .filter(([hue]) => present.has(hue))
        .map(([hue, title]) => (
          <li key={hue} className={classes.entry}>
            <span className={classes.swatch} style={{ '--swatch': `var(--hue-${hue})` } as React.CSSProperties} />
            {title}
          </li>
        ))}
      {colouring === 'precision' ? <li className={classes.entry}>without weights: no colour</li> : null}
    </ul>
  );
}
