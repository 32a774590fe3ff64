/** The name of an operator or a value, which may break between its words where there is no room for all of it. */
import { Fragment } from 'react';

/** A name may break before a capital that follows a small letter or a digit, and after a sign. */
const breaks = /(?<=[a-z\d])(?=[A-Z])|(?<=[/_.:-])(?=\w)/;

export function BreakableName({ text }: { readonly text: string }) {
  return text.split(breaks).map((part, index) => (
    // A name may hold a word twice.
    // eslint-disable-next-line react/no-array-index-key
    <Fragment key={index}>
      {index === 0 ? null : <wbr />}
      {part}
    </Fragment>
  ));
}
