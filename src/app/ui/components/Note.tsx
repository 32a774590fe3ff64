/** Muted small print. */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface NoteProps {
  readonly children: ReactNode;
  /** True inside a line, a heading or a button, which may not contain a paragraph. */
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
