/** Real models that come with the application, one click each. */
import { Text, UnstyledButton } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatBytes, formatCounted } from '../../../../engine/format';
import { listSamples, type Sample } from '../../../platform/samples';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { openSample } from '../../../state/models/open-actions';
import classes from './StartScreen.module.css';
import { Note } from '../../components/Note';

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

/** `454 kB · 2,000 samples` */
function factsOf({ sizeBytes, data }: Sample): string {
  const samples = data === undefined ? [] : [formatCounted(data.evaluation.samples, 'sample')];
  return [formatBytes(sizeBytes), ...samples].join(' · ');
}

export function SampleList() {
  const listing = useSamples();
  if (listing === null) return <div className={classes.pending} aria-hidden="true" />;
  if ('problem' in listing) return <Text c="dimmed">{listing.problem}</Text>;
  return (
    <ul className={classes.cards}>
      {listing.samples.map((sample) => (
        <li key={sample.id}>
          <UnstyledButton
            className={classes.card}
            title={`${sample.description} License: ${sample.license}.`}
            onClick={() => openSample(sample)}
          >
            <Text fw={600}>{sample.title}</Text>
            <Note>{factsOf(sample)}</Note>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
