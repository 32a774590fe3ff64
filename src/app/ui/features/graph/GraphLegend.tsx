/** Explains the visible colors. */
import { formatCount, formatCounted } from '../../../../engine/format';
import { countClasses } from '../../../node-facts/count-classes';
import { groupWord } from '../../../node-facts/group-number';
import { lowerCased } from '../../../node-facts/lower-cased';
import { MetricState } from '../../components/MetricState';
import type { Scene } from './graph-scene';
import classes from './GraphView.module.css';
import type { Coloring } from './node-colors';

interface GraphLegendProps {
  readonly scene: Scene;
  readonly coloring: Coloring;
}

export function GraphLegend({ scene, coloring }: GraphLegendProps) {
  return coloring.kind === 'classes' ? (
    <Classes scene={scene} coloring={coloring} />
  ) : (
    <Numbers scene={scene} coloring={coloring} />
  );
}

function Classes({ scene, coloring }: { scene: Scene; coloring: Coloring & { kind: 'classes' } }) {
  const { classification, classes: byPath } = coloring;
  const paths = scene.items.flatMap(({ item }) => item.members ?? [item.path]);
  return (
    <ul className={classes.legend} aria-label={`Colors: ${lowerCased(classification.title)}`}>
      {countClasses(paths, classification.classes, byPath).map(({ class: { hue, title }, count }) => (
        <li key={hue} className={classes.entry}>
          <span className={classes.swatch} style={{ '--swatch': `var(--hue-${hue})` } as React.CSSProperties} />
          {title} {formatCount(count)}
        </li>
      ))}
      {scene.items.some(({ item }) => item.kind === 'block') ? (
        <li className={classes.entry}>Blocks show the shares of their nodes</li>
      ) : null}
      {classification.withoutClass === null ? null : <li className={classes.entry}>{classification.withoutClass}</li>}
    </ul>
  );
}

function Numbers({ scene, coloring }: { scene: Scene; coloring: Coloring & { kind: 'numbers' } }) {
  const { metric, numbers, scale } = coloring;
  if (numbers.state !== 'known') return <MetricState metric={metric} numbers={numbers} />;
  const word = groupWord(metric);
  const hasBlocks = scene.items.some(({ item }) => item.kind === 'block');
  const open = scene.items.filter(({ item }) => numbers.byPath.get(item.path) === null).length;
  return (
    <div className={classes.legend} title={metric.explanation} data-outdated={numbers.outOfDate !== undefined}>
      {scale === null ? (
        <span>{metric.title}: none</span>
      ) : (
        <span className={classes.entry}>
          {metric.title}: {metric.formatShort(scale.least)}
          <span
            className={classes.scale}
            data-strongest={metric.scale.kind === 'even' ? metric.scale.strongest : 'most'}
            role="img"
            aria-label="to"
          />
          {metric.formatShort(scale.most)}
        </span>
      )}
      {open === 0 ? null : <span>unknown for {formatCounted(open, 'node')} (dotted)</span>}
      <MetricState metric={metric} numbers={numbers} />
      {!hasBlocks ? null : (
        <span>{word === null ? 'blocks: sum of their nodes' : `blocks: ${word} of their nodes`}</span>
      )}
      {numbers.source === null ? null : <span>{numbers.source}</span>}
    </div>
  );
}
