/** Real models that come with the application, one click each. */
import { UnstyledButton } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatBytes, formatCounted } from '../../../../engine/format';
import { listSamples, type Sample } from '../../../platform/samples';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { openSample } from '../../../state/models/open-actions';
import classes from './SampleList.module.css';

type Listing = { readonly samples: readonly Sample[] } | { readonly problem: string } | null;

function useSamples(): Listing {
  const [listing, setListing] = useState<Listing>(null);
  useEffect(() => {
    const controller = new AbortController();
    listSamples(controller.signal)
      .then((samples) => setListing({ samples }))
      .catch((error: unknown) => {
        if (!controller.signal.aborted) setListing({ problem: sentenceOf(error) });
      });
    return () => controller.abort();
  }, []);
  return listing;
}

/** `27.5 kB · MIT · 797 labelled samples` */
function factsOf({ sizeBytes, licence, data }: Sample): string {
  const samples = data === undefined ? [] : [formatCounted(data.evaluation.samples, 'labelled sample')];
  return [formatBytes(sizeBytes), licence, ...samples].join(' · ');
}

export function SampleList() {
  const listing = useSamples();
  if (listing === null) return <div className={classes.pending} aria-hidden="true" />;
  if ('problem' in listing) return <p className={classes.problem}>{listing.problem}</p>;
  return (
    <ul className={classes.list}>
      {listing.samples.map((sample) => (
        <li key={sample.id} className={classes.item}>
          <UnstyledButton className={classes.card} onClick={() => openSample(sample)}>
            <span className={classes.title}>{sample.title}</span>
            <span className={classes.description}>{sample.description}</span>
            <span className={classes.facts}>{factsOf(sample)}</span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
