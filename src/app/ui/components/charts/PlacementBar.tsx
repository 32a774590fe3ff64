/** Which provider computed how many nodes, as shares of one bar with the names on it. */
import { Term } from '../Term';
import classes from './PlacementBar.module.css';
import { describePlacement, placementSegments } from './placement-segments';

interface PlacementBarProps {
  readonly placement: Readonly<Record<string, number>>;
  /** Of the variant. */
  readonly colour: string;
}

export function PlacementBar({ placement, colour }: PlacementBarProps) {
  const segments = placementSegments(placement);
  if (segments.length === 0) return null;
  return (
    <section className={classes.section}>
      <h3>
        <Term name="Placement" />
      </h3>
      <div className={classes.bar} style={{ '--variant': colour } as React.CSSProperties} aria-hidden="true">
        {segments.map(({ provider, share }, index) => (
          <span key={provider} className={classes.segment} data-first={index === 0} style={{ flexGrow: share }} />
        ))}
      </div>
      <p className={classes.note}>{describePlacement(placement)}</p>
    </section>
  );
}
