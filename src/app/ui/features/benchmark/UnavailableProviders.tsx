import type { ProviderAvailability } from '../../../../engine/metrics/cell';
import { ProviderTerm } from '../../components/ProviderTerm';
import classes from './UnavailableProviders.module.css';

/** Providers without a column: why, and what would bring them. */
export function UnavailableProviders({ providers }: { readonly providers: readonly ProviderAvailability[] }) {
  if (providers.length === 0) return null;
  return (
    <section className={classes.section} aria-labelledby="unavailable-providers">
      <h2 id="unavailable-providers" className={classes.title}>
        Not on this device
      </h2>
      <dl className={classes.list}>
        {providers.map(({ ep, reason }) => (
          <div key={ep} className={classes.item}>
            <dt>
              <ProviderTerm ep={ep} />
            </dt>
            <dd>{reason}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
