/** The name of a variant on one line: where there is no room, its middle is cut, since many names differ at the end alone. */
import classes from './VariantList.module.css';

export function VariantName({ name }: { readonly name: string }) {
  const place = endOfName(name);
  return (
    <span className={classes.name} title={name}>
      <span className={classes.nameStart}>{name.slice(0, place)}</span>
      <span className={classes.nameEnd}>{name.slice(place)}</span>
    </span>
  );
}

/** A longer end would leave no room for the beginning. */
const longestEnd = 18;

/** Where the end of a name begins: what was done last, else a word. Between words, so that nothing reads it as two. */
function endOfName(name: string): number {
  const places = [' + ', ', ', ' '].map((separator) => name.lastIndexOf(separator));
  const place = places.find((at) => at > 0 && name.length - at <= longestEnd);
  return place === undefined ? name.length : name.indexOf(' ', place);
}
