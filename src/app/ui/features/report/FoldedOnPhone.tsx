/** Long parts of the report are folded on a phone, so that the whole report stays short there. */
import { Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { phone, useMedia } from '../../components/use-media';

interface FoldedOnPhoneProps {
  /** Opens the content on a phone. Elsewhere nothing is folded and nothing opens it. */
  readonly summary: ReactNode;
  readonly children: ReactNode;
}

export function FoldedOnPhone({ summary, children }: FoldedOnPhoneProps) {
  return useMedia(phone) ? <Folded summary={summary}>{children}</Folded> : children;
}

function Folded({ summary, children }: FoldedOnPhoneProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <Text component="summary">{summary}</Text>
      {isOpen ? (
        <Stack gap={12} mt={8}>
          {children}
        </Stack>
      ) : null}
    </details>
  );
}

interface ReportPartProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A section with its heading, which opens it on a phone. */
export function ReportPart({ title, children }: ReportPartProps) {
  return (
    <Stack component="section" gap={12} aria-label={title}>
      {useMedia(phone) ? (
        <Folded summary={<h2 style={{ display: 'inline' }}>{title}</h2>}>{children}</Folded>
      ) : (
        <>
          <h2>{title}</h2>
          {children}
        </>
      )}
    </Stack>
  );
}
