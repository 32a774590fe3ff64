/** Finds nodes by operator, name or shape; goes through what was found. */
import { ActionIcon, TextInput, UnstyledButton } from '@mantine/core';
import { useEffect, useRef, useState, type KeyboardEvent, type Ref } from 'react';
import { formatCount } from '../../../../engine/format';
import type { GraphSelection } from '../../../state/models/graph-view';
import { ChevronIcon, SearchIcon } from '../../components/icons';
import type { Hit } from './find-in-graphs';
import classes from './GraphView.module.css';

export interface GraphSearchProps {
  readonly searchRef: Ref<HTMLInputElement>;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly hits: readonly Hit[];
  readonly onHit: (hit: Hit) => void;
  readonly selected: GraphSelection | null;
}

function isSame({ of, path }: Hit, selected: GraphSelection | null): boolean {
  return of === selected?.of && path === selected.path;
}

/** The number of listed hits; the buttons and Enter go through all of them. */
const listedHits = 100;

export function GraphSearch({ searchRef, query, onQuery, hits, onHit, selected }: GraphSearchProps) {
  const [isListOpen, setListOpen] = useState(false);
  const at = hits.findIndex((hit) => isSame(hit, selected));
  const step = (by: number): void => {
    const from = at === -1 && by < 0 ? 0 : at;
    const next = hits[(from + by + hits.length) % hits.length];
    if (next !== undefined) onHit(next);
  };
  const awaitHits = useAwaitedHits(query, hits, onHit);
  const answerKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      if (hits.length === 0) awaitHits();
      else step(event.shiftKey ? -1 : 1);
      // The list closes, so that it does not cover the hit.
      setListOpen(false);
    }
    if (event.key === 'ArrowDown') setListOpen(true);
    if (event.key !== 'Escape') return;
    if (isListOpen) setListOpen(false);
    else onQuery('');
  };
  const isSearching = query.trim() !== '';
  return (
    <search
      className={classes.search}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setListOpen(false);
      }}
    >
      <TextInput
        ref={searchRef}
        className={classes.field}
        aria-label="Search by operator, name or shape"
        placeholder="Search: conv 64×112"
        leftSection={<SearchIcon />}
        value={query}
        onChange={(event) => {
          onQuery(event.currentTarget.value);
          setListOpen(true);
        }}
        onFocus={() => setListOpen(true)}
        onKeyDown={answerKey}
      />
      {isSearching ? <Steps at={at} count={hits.length} onStep={step} /> : null}
      {isSearching && isListOpen && hits.length > 0 ? (
        <HitList
          hits={hits}
          selected={selected}
          onHit={(hit) => {
            onHit(hit);
            setListOpen(false);
          }}
        />
      ) : null}
    </search>
  );
}

/**
 * Models are described and compared while a person types. If Enter comes before the result, it is handled when the
 * result is there.
 */
function useAwaitedHits(query: string, hits: readonly Hit[], onHit: (hit: Hit) => void): () => void {
  const awaited = useRef<string | null>(null);
  useEffect(() => {
    if (awaited.current !== query) awaited.current = null;
    const [first] = hits;
    if (awaited.current === null || first === undefined) return;
    awaited.current = null;
    onHit(first);
  }, [query, hits, onHit]);
  return () => {
    awaited.current = query;
  };
}

interface StepsProps {
  /** Position of the selected item among what was found, or -1. */
  readonly at: number;
  readonly count: number;
  readonly onStep: (by: number) => void;
}

function Steps({ at, count, onStep }: StepsProps) {
  const place = at === -1 ? '' : `${formatCount(at + 1)} of `;
  return (
    <>
      <span className={classes.count} role="status">
        {count === 0 ? 'nothing found' : `${place}${formatCount(count)}`}
      </span>
      <ActionIcon variant="default" size={32} aria-label="Previous" disabled={count === 0} onClick={() => onStep(-1)}>
        <span className={classes.up}>
          <ChevronIcon />
        </span>
      </ActionIcon>
      <ActionIcon variant="default" size={32} aria-label="Next" disabled={count === 0} onClick={() => onStep(1)}>
        <ChevronIcon />
      </ActionIcon>
    </>
  );
}

function HitList({ hits, selected, onHit }: Pick<GraphSearchProps, 'hits' | 'selected' | 'onHit'>) {
  return (
    <ul className={classes.list} aria-label="Found">
      {hits.slice(0, listedHits).map((hit) => (
        <li key={`${hit.of} ${hit.path}`}>
          <UnstyledButton
            className={classes.hit}
            aria-current={isSame(hit, selected) ? 'true' : undefined}
            onClick={() => onHit(hit)}
          >
            <strong>{hit.title}</strong> <span>{hit.note}</span>
          </UnstyledButton>
        </li>
      ))}
      {hits.length > listedHits ? (
        <li className={classes.more}>and {formatCount(hits.length - listedHits)} more</li>
      ) : null}
    </ul>
  );
}
