import type { InspectedValue } from '../../../../engine/analysis/inspection';
import classes from './ModelView.module.css';

function shapeText(shape: InspectedValue['shape']): string {
  if (shape === null) return 'unknown rank';
  if (shape.length === 0) return 'scalar';
  return shape.map((entry) => entry ?? '?').join(' × ');
}

export function ValueTable({
  caption,
  values,
}: {
  readonly caption: string;
  readonly values: readonly InspectedValue[];
}) {
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={caption}>
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">Shape</th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ name, dtype, shape }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{dtype}</td>
              <td>{shapeText(shape)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
