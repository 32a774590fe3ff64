import { useMediaQuery } from '@mantine/hooks';

export const phone = '(max-width: 699px)';

/** True while the window matches a media query. The first render knows it too. */
export function useMedia(query: string): boolean {
  return useMediaQuery(query, undefined, { getInitialValueInEffect: false }) ?? false;
}
