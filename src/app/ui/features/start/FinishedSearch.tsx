/** What comes out: a trade-off that a search really found. Picture and words are taken by `npm run screenshots`. */
import classes from './FinishedSearch.module.css';
import darkPicture from './finished-search/dark.svg?no-inline';
import lightPicture from './finished-search/light.svg?no-inline';
import told from './finished-search/told.json';

export function FinishedSearch() {
  return (
    <figure className={classes.figure}>
      <Picture source={lightPicture} theme="light" />
      <Picture source={darkPicture} theme="dark" />
      <figcaption className={classes.caption}>
        <strong>{told.sample}, after a minute.</strong> {told.sentence}
      </figcaption>
    </figure>
  );
}

/** Both are there, and the style sheet shows one: the other is never loaded. */
function Picture({ source, theme }: { readonly source: string; readonly theme: 'light' | 'dark' }) {
  const { width, height } = told.picture;
  return <img className={classes[theme]} src={source} alt={told.chart} width={width} height={height} loading="lazy" />;
}
