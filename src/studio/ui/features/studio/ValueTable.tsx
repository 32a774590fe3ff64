import type { InspectedValue } from '../../../../engine/analysis/inspection';
import { ScrollTable } from '../../components/ScrollTable';

function shapeText(shape: InspectedValue['shape']): string {
  if (shape === null) return 'unknown rank';
  if (shape.length === 0) return 'scalar';
  return shape.map((entry) => entry ?? '?').join(' × ');
}

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
      rows={values.map(({ name, dtype, shape }) => ({ name, cells: [dtype, shapeText(shape)] }))}
    />
  );
}
