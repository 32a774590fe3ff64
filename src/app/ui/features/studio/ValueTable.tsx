import type { InspectedValue } from '../../../../engine/analysis/inspection';
import { formatShape } from '../../../../engine/format';
import { ScrollTable } from '../../components/ScrollTable';

const columns = [{ name: 'Name' }, { name: 'Type' }, { name: 'Shape' }];

export function ValueTable({
  caption,
  values,
}: {
  readonly caption: string;
  readonly values: readonly InspectedValue[];
}) {
  return (
    <ScrollTable
      label={caption}
      caption={caption}
      columns={columns}
      rows={values.map(({ name, dtype, shape }) => ({ name, cells: [dtype, formatShape(shape)] }))}
    />
  );
}
