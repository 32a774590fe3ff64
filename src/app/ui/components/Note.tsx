/** Muted small print. */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface NoteProps {
  readonly children: ReactNode;
  /** Inside a line, a heading or a button, which hold no paragraph. */
  readonly span?: boolean;
  readonly role?: 'status';
  readonly className?: string | undefined;
}

export function Note({ children, ...props }: NoteProps) {
  return (
    <Text size="xs" c="dimmed" {...props}>
      {children}
    </Text>
  );
}
