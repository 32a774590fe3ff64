/** A text beside the tokens that it becomes. */
import { Text } from '@mantine/core';
import { formatCounted } from '../../../../engine/format';
import type { DataPreview } from '../../../jobs/jobs';
import classes from './data.module.css';

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
      <Text component="figcaption" size="xs" c="dimmed">
        {formatCounted(count, 'token')}
        {count > tokens.length ? `, first ${tokens.length} shown` : ''}
      </Text>
    </figure>
  );
}
