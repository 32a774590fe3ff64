/** A control with its caption above and a note below. */
import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface CaptionedFieldProps {
  readonly caption: ReactNode;
  readonly title?: string;
  /** `null`: none, and no room for one. */
  readonly note: ReactNode;
  /** The control. It names itself for assistive technology. */
  readonly children: ReactNode;
}

export function CaptionedField({ caption, title, note, children }: CaptionedFieldProps) {
  return (
    <Stack gap={4} align="flex-start" title={title}>
      <Text component="span" fw={600} inherit>
        {caption}
      </Text>
      {children}
      {note === null ? null : (
        <Text component="span" size="xs" c="dimmed" maw={220}>
          {note}
        </Text>
      )}
    </Stack>
  );
}
