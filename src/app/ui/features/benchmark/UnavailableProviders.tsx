import { Text } from '@mantine/core';
import { formatList, formatProvider } from '../../../../engine/format';
import type { ProviderAvailability } from '../../../../engine/metrics/cell';
import { FactList } from '../../components/FactList';

/** Providers without a column: why, and what would bring them. */
export function UnavailableProviders({ providers }: { readonly providers: readonly ProviderAvailability[] }) {
  if (providers.length === 0) return null;
  return (
    <details>
      <Text component="summary" size="xs" c="dimmed">
        Not on this device: {formatList(providers.map(({ ep }) => formatProvider(ep)))}
      </Text>
      <FactList facts={providers.map(({ ep, reason }) => [formatProvider(ep), reason])} />
    </details>
  );
}
