/** Terms and their values, one to a line: what a file, a device or a measurement is. */
import type { ReactNode } from 'react';
import { ExplainedCaption } from './ExplainedCaption';
import classes from './Evidence.module.css';

export type Fact = readonly [term: string, value: ReactNode];

export function FactList({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className={classes.listFacts}>
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>
            <ExplainedCaption text={term} />
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
