/** A text beside the tokens that it becomes. */
import { formatCounted } from '../../../../engine/format';
import type { DataPreview } from '../../../jobs/jobs';
import classes from './TextPreview.module.css';

export function TextPreview({ preview: { texts, tokens, count } }: { readonly preview: DataPreview['texts'][number] }) {
  return (
    <figure className={classes.figure} aria-label="Text and tokens">
      {texts.map((text, at) => (
        <blockquote key={at} className={classes.text}>
          {text}
        </blockquote>
      ))}
      <ol className={classes.tokens} aria-label="Tokens">
        {tokens.map(({ text, id }, at) => (
          <li key={at} title={`Id ${id}`}>
            {text}
          </li>
        ))}
      </ol>
      <figcaption className={classes.count}>
        {formatCounted(count, 'token')}
        {count > tokens.length ? `, the first ${tokens.length} shown` : ''}
      </figcaption>
    </figure>
  );
}
